"""A person types in the code they were given, chooses a password and sets up codes.

The code is typed into a page and comes in no link: what scans links in mail would use it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from dispatch.database import Session, key_of
from dispatch.database.tables import AccountRow, Invitation
from dispatch.domain.people.account import NEEDS_CODE, Account
from dispatch.domain.people.signing_in import HowEntered, Visit
from dispatch.domain.proof.mac import mac
from dispatch.domain.word import Word
from dispatch.ledger import people_events
from dispatch.people import codes, passwords, records, visits
from dispatch.people.store import accounts as store
from dispatch.people.visits import Caller

JOIN: str = "code to join with"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody whose code is good."""

    account: Account
    needs_code: bool
    """Whether the role needs a second factor."""
    secret: str
    """The secret that their telephone makes codes from."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who has joined."""

    account: Account
    recovery_codes: Sequence[str] = ()
    """Shown once."""


class NotJoined(Enum):
    """Why somebody has not joined."""

    NOT_INVITED = auto()
    """The code to join with is wrong, was used, or is too old."""

    WEAK_PASSWORD = auto()
    """As `passwords.fault` says."""

    WRONG_CODE = auto()
    """The telephone's code is wrong."""


def invited(session: Session, code: str, caller: Caller) -> Invited | None:
    """Return whom a code was given to; None if it is not good."""
    found = _good(session, code, caller)
    if found is None:
        return None
    invitation, row = found
    secret = codes.secret_of(key_of(session), row.id, invitation.code_seed)
    return Invited(row.to_account(), row.role in NEEDS_CODE, secret)


def join(
    session: Session, code: str, password: str, telephone_code: str, caller: Caller
) -> Joined | NotJoined:
    """Take in a person's password and, where their role needs it, their telephone's codes."""
    found = _good(session, code, caller)
    if found is None:
        return NotJoined.NOT_INVITED
    invitation, row = found
    if passwords.fault(password, row.name):
        return NotJoined.WEAK_PASSWORD
    recovery: Sequence[str] = ()
    if row.role in NEEDS_CODE:
        made = _set_up(session, row, invitation.code_seed, telephone_code, caller)
        if made is None:
            return NotJoined.WRONG_CODE
        recovery = made
    row.password_hash = passwords.hashed(key_of(session), row.id, password)
    _joined(session, invitation, row, HowEntered.PASSWORD, caller)
    return Joined(row.to_account(), recovery)


def coded(session: Session, code: str) -> str:
    """Return what the database knows of a code to join with."""
    return codes.coded(key_of(session), JOIN, code)


def join_by_office(
    session: Session, known: str, issuer: str, subject: str, caller: Caller
) -> Account | None:
    """Join an account to somebody in the office's own sign-in, who needs no password here.

    `known` is what the database knows of the code to join with: the code itself is not kept while
    the person is away. None if the code is not good, or if that somebody has an account already.
    """
    found = _known(session, known, caller)
    if found is None or store.joined_to(session, issuer, subject):
        return None
    invitation, row = found
    row.issuer, row.subject = issuer, subject
    _joined(session, invitation, row, HowEntered.OFFICE, caller)
    return row.to_account()


def change_password(session: Session, visit: Visit, password: str, caller: Caller) -> str | None:
    """Give a person another password, and sign them out elsewhere; return why it will not do."""
    row = store.account(session, visit.account.id)
    if why := passwords.fault(password, row.name):
        return why
    row.password_hash = passwords.hashed(key_of(session), row.id, password)
    records.tell(session, row, people_events.ACCOUNT_PASSWORD, _word(row, caller))
    visits.end_all(session, row.id, caller.at, but=visit.id)
    return None


def next_secret(session: Session, visit: Visit) -> str:
    """Return the secret for another telephone, the same until it is set up."""
    row = store.one(session, visit.account.id)
    return codes.secret_of(key_of(session), row.id, _next_seed(session, visit, row))


def change_codes(
    session: Session, visit: Visit, telephone_code: str, caller: Caller
) -> Sequence[str] | None:
    """Set up another telephone; return new recovery codes, or None if its code is wrong."""
    row = store.account(session, visit.account.id)
    seed = _next_seed(session, visit, row)
    made = _set_up(session, row, seed, telephone_code, caller)
    if made is not None:
        _tell_codes(session, row, caller)
        visits.end_all(session, row.id, caller.at, but=visit.id)
    return made


def new_recovery_codes(session: Session, visit: Visit, caller: Caller) -> Sequence[str]:
    """Give a person new recovery codes, in the place of those they had."""
    row = store.account(session, visit.account.id)
    made = codes.new_recovery_codes()
    row.recovery_hashes = codes.recovery_hashes(key_of(session), row.id, made)
    _tell_codes(session, row, caller)
    return made


def _tell_codes(session: Session, row: AccountRow, caller: Caller) -> None:
    left = str(len(row.recovery_hashes))
    records.tell(session, row, people_events.ACCOUNT_CODES, _word(row, caller), left=left)


def _next_seed(session: Session, visit: Visit, row: AccountRow) -> str:
    """Return a seed that only this visit has, and only until the account has it."""
    return mac(key_of(session), "next seed", f"{visit.id}:{row.code_seed}".encode())[:40]


def _good(session: Session, code: str, caller: Caller) -> tuple[Invitation, AccountRow] | None:
    """Return an invitation that is good, and the account that it is for."""
    return _known(session, coded(session, code), caller)


def _known(session: Session, known: str, caller: Caller) -> tuple[Invitation, AccountRow] | None:
    found = store.invitation(session, known)
    if found is None or found.used_at or not found.made_at <= caller.at < found.expires_at:
        return None
    row = store.account(session, found.account_id)
    is_so = row.ended_at is None and records.is_ours(session, found)
    return (found, row) if is_so and records.holds(session, row) else None


def _set_up(
    session: Session, row: AccountRow, seed: str, telephone_code: str, caller: Caller
) -> Sequence[str] | None:
    key = key_of(session)
    secret = codes.secret_of(key, row.id, seed)
    step = codes.step_of(secret, telephone_code, caller.machine_at, after=None)
    if step is None:
        return None
    made = codes.new_recovery_codes()
    row.code_seed, row.last_step = seed, step
    row.recovery_hashes = codes.recovery_hashes(key, row.id, made)
    return made


def _joined(
    session: Session, invitation: Invitation, row: AccountRow, how: HowEntered, caller: Caller
) -> None:
    row.failures, row.wait_until = 0, None
    invitation.used_at = caller.at
    records.write(session, invitation)
    records.tell(session, row, people_events.ACCOUNT_JOINED, _word(row, caller), how=how.value)


def _word(row: AccountRow, caller: Caller) -> Word:
    return Word(person=row.name, keyboard=row.name, at=caller.at)
