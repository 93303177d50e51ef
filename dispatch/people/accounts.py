"""Invite a person, change what they may do, give them a new code, end their account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.database import Session, key_of
from dispatch.database.tables import AccountRow, Invitation
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.people.account import Account, AccountRole
from dispatch.domain.people.identities import Identities
from dispatch.domain.people.signing_in import INVITED_FOR
from dispatch.domain.person import is_spelt_alike, named
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.ledger import people_events
from dispatch.people import codes, records, tokens, visits
from dispatch.people.identity import identities
from dispatch.people.joining import JOIN
from dispatch.people.store import accounts as store


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who has a code to join with."""

    account: Account
    code: str
    """Shown once, and to be told to the person by another way than the page's address."""
    until: datetime


def invite(
    session: Session, name: str, role: AccountRole, other_names: Iterable[str], word: Word
) -> Invitee:
    """Make an account, and a code that its person types in at /join.

    Raises `RuleBroken` for what is not a name, and for one that is somebody's or looks like it.
    """
    known = identities(session)
    name = named(name)
    row = AccountRow(
        name=name,
        role=role,
        other_names=_others(other_names, name),
        made_at=word.at,
        made_by=word.person,
    )
    _refuse_taken(known, row)
    detail = {"role": role.value, "name": name, "other_names": ", ".join(row.other_names)}
    records.tell(session, row, people_events.ACCOUNT_MADE, word, **detail)
    return _invited(session, row, word)


def new_code(session: Session, account_id: UUID, word: Word) -> Invitee:
    """Give a person another code to join with, as when their telephone is lost.

    Their password, their telephone's codes and their visits no longer count.
    """
    row = _open_account(session, account_id)
    row.password_hash = row.code_seed = row.issuer = row.subject = row.last_step = None
    row.recovery_hashes = []
    row.failures, row.wait_until = 0, None
    visits.end_all(session, row.id, word.at)
    return _invited(session, row, word)


def grant(
    session: Session,
    account_id: UUID,
    word: Word,
    *,
    role: AccountRole | None = None,
    other_names: Iterable[str] | None = None,
) -> Invitee | None:
    """Change what a person may do, or what else they go by.

    Returns a new code to join with if the role needs a second factor which they have not set up.
    Raises `RuleBroken` for the last administrator's role, and for names as `invite`.
    """
    known = identities(session)
    row = _open_account(session, account_id)
    was = row.role
    if role is not None and role is not was:
        if was is AccountRole.ADMIN:
            _refuse_without_admin(session, row)
        row.role = role
    if other_names is not None:
        row.other_names = _others(other_names, row.name)
        _refuse_taken(known, row)
    detail = {
        "was": was.value,
        "role": row.role.value,
        "name": row.name,
        "other_names": ", ".join(row.other_names),
        "because": word.because,
    }
    records.tell(session, row, people_events.ACCOUNT_CHANGED, word, **detail)
    return new_code(session, row.id, word) if row.has_joined and row.lacks_code else None


def end_account(session: Session, account_id: UUID, word: Word) -> Account:
    """End an account: its person can no longer sign in, and what they did stays theirs.

    Raises `RuleBroken` for the last administrator's.
    """
    row = _open_account(session, account_id)
    if row.role is AccountRole.ADMIN:
        _refuse_without_admin(session, row)
    row.ended_at = word.at
    records.tell(session, row, people_events.ACCOUNT_ENDED, word, because=word.because)
    visits.end_all(session, row.id, word.at)
    tokens.end_all(session, row.id, word)
    _use_up_invitations(session, row, word.at)
    return row.to_account()


def account_named(session: Session, name: str) -> Account:
    """Return the account of a name, of those that have not ended. Raises `NotFound`."""
    if found := store.named(session, name):
        return found.to_account()
    raise NotFound(
        f"nobody has an account under the name {name}", remedy=Remedy(kind=RemedyKind.ACCOUNTS)
    )


def _open_account(session: Session, account_id: UUID) -> AccountRow:
    row = store.account(session, account_id)
    if row.ended_at is not None:
        raise RuleBroken(f"the account of {row.name} has ended: add it again")
    return row


def _refuse_without_admin(session: Session, row: AccountRow) -> None:
    """Refuse to leave the office without an administrator who can sign in."""
    admins = (each for each in store.every(session) if each.role is AccountRole.ADMIN)
    others = [each for each in admins if each.ended_at is None and each.id != row.id]
    if not any(each.has_joined for each in others) and (row.has_joined or not others):
        raise RuleBroken(
            f"{row.name} is the last administrator: make somebody else one first, and let them join"
        )


def _refuse_taken(known: Identities, row: AccountRow) -> None:
    own = row.to_account()
    before = next((each for each in known.accounts if each.id == row.id), None)
    for name in own.names:
        if other := known.taken(name, but=before):
            raise RuleBroken(
                f"{name} may be read as a name of {other.name}, who has an account: give a fuller "
                f"name, or add the name to that account",
                remedy=Remedy(kind=RemedyKind.ACCOUNTS),
            )


def _others(names: Iterable[str], own: str) -> list[str]:
    """Return other names as they are recorded, each once and none that is spelt as the name."""
    found: list[str] = []
    for name in map(named, names):
        if not any(is_spelt_alike(name, each) for each in (own, *found)):
            found.append(name)
    return found


def _invited(session: Session, row: AccountRow, word: Word) -> Invitee:
    _use_up_invitations(session, row, word.at)
    code = codes.new_join_code()
    until = word.at + INVITED_FOR
    invitation = Invitation(
        account_id=row.id,
        code=codes.coded(key_of(session), JOIN, code),
        code_seed=codes.new_seed(),
        made_at=word.at,
        expires_at=until,
    )
    session.add(row)
    session.flush()
    records.write(session, invitation)
    detail = {"until": until.isoformat(), "because": word.because}
    records.tell(session, row, people_events.ACCOUNT_INVITED, word, **detail)
    return Invitee(row.to_account(), code, until)


def _use_up_invitations(session: Session, row: AccountRow, at: datetime) -> None:
    open_ones: Sequence[Invitation] = store.invitations_of(session, row.id)
    for each in open_ones:
        each.used_at = at
        records.write(session, each)
