"""Sign in and out, and confirm who one is.

Every way to fail has one outcome, so that nobody learns which names have accounts, or that a
password was right. After some failures in a row an account waits, longer each time, since somebody
who tries passwords may come from many addresses. The wait is in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from structlog.stdlib import get_logger

from dispatch.database import Session, key_of
from dispatch.database.tables import AccountRow, VisitRow
from dispatch.domain.people.account import Account
from dispatch.domain.people.signing_in import HowEntered, Visit, wait_after
from dispatch.domain.person import is_spelt_alike
from dispatch.domain.proof.ledger import WEB
from dispatch.domain.word import Word
from dispatch.ledger import journal, people_events
from dispatch.people import codes, passwords, records, visits
from dispatch.people.store import accounts as store
from dispatch.people.visits import Caller

logger = get_logger("dispatch.people")

UNKNOWN = "unknown"
"""What the ledger has in the place of an account, if somebody gives a name that nobody has."""


class Outcome(Enum):
    """What a try to sign in led to."""

    REFUSED = auto()
    NEEDS_CODE = auto()
    ENTERED = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """A try to sign in: what it led to, what the browser's cookie holds from now on, and who."""

    outcome: Outcome
    secret: str | None = None
    account: Account | None = None


def enter(session: Session, name: str, password: str, caller: Caller) -> Entry:
    """Sign in with a password; where the account has a second factor, a code comes next."""
    row = store.named(session, name)
    known = row.password_hash if row else None
    is_right = passwords.is_right(key_of(session), row.id if row else None, password, known)
    if row is None or not records.holds(session, row):
        return _refused(session, None, "no such account", caller)
    if why := _obstacle(row, caller, is_right=is_right):
        return _refused(session, row, why, caller)
    entered_as = _name_of(row, name)
    if row.code_seed is None:
        return _entered(session, row, HowEntered.PASSWORD, caller, entered_as)
    secret = visits.begin(session, row, None, caller, entered_as)
    return Entry(Outcome.NEEDS_CODE, secret)


def _obstacle(row: AccountRow, caller: Caller, *, is_right: bool) -> str | None:
    if row.wait_until and caller.at < row.wait_until:
        return "wait"
    if not is_right:
        return "password"
    return "no second factor" if row.lacks_code else None


def enter_code(session: Session, secret: str, code: str, caller: Caller) -> Entry:
    """Sign in with a code of the telephone, or a recovery code, after the password."""
    found = visits.half(session, secret, caller.at)
    if found is None:
        return _refused(session, None, "too late", caller)
    visit, account = found
    row = store.account(session, account.id)
    if row.ended_at is not None or not records.holds(session, row):
        return _refused(session, None, "no such account", caller)
    if row.wait_until and caller.at < row.wait_until:
        return _refused(session, row, "wait", caller)
    how = _code_used(session, row, code, caller)
    if how is None:
        return _refused(session, row, "code", caller)
    visits.end(session, visit, caller.at)
    return _entered(session, row, how, caller, visit.entered_as)


def enter_by_office(session: Session, issuer: str, subject: str, caller: Caller) -> Entry:
    """Sign in somebody whom the office's own sign-in has sent here."""
    row = store.joined_to(session, issuer, subject)
    if row is None or not records.holds(session, row):
        return _refused(session, None, "no such account", caller)
    return _entered(session, row, HowEntered.OFFICE, caller, row.name)


def confirm(session: Session, visit: Visit, password: str, code: str, caller: Caller) -> bool:
    """Note that the person has confirmed who they are, if password and code are right."""
    row = store.account(session, visit.account.id)
    known = row.password_hash
    is_right = passwords.is_right(key_of(session), row.id, password, known)
    how: HowEntered | None = HowEntered.PASSWORD
    why = _obstacle(row, caller, is_right=is_right)
    if why is None and row.code_seed is not None:
        how = _code_used(session, row, code, caller)
        why = None if how else "code"
    if why is not None or how is None:
        _refused(session, row, why or "code", caller)
        return False
    _confirmed(session, row, visit, how, caller)
    return True


def confirm_by_office(
    session: Session, visit: Visit, issuer: str, subject: str, caller: Caller
) -> bool:
    """Note that the office's own sign-in has just asked the person again who they are."""
    row = store.account(session, visit.account.id)
    if (row.issuer, row.subject) != (issuer, subject):
        _refused(session, row, "somebody else", caller)
        return False
    _confirmed(session, row, visit, HowEntered.OFFICE, caller)
    return True


def _confirmed(
    session: Session, row: AccountRow, visit: Visit, how: HowEntered, caller: Caller
) -> None:
    row.failures, row.wait_until = 0, None
    stored = session.get_one(VisitRow, visit.id)
    stored.confirmed_at = caller.at
    records.write(session, stored)
    word = _word(visit.account, visit.entered_as, caller)
    journal.append(session, people_events.CONFIRMED.by(word, row.id, how=how.value))


def leave(session: Session, visit: Visit, caller: Caller) -> None:
    """Sign out of this browser."""
    row = session.get_one(VisitRow, visit.id)
    visits.end(session, row, caller.at)
    _left(session, visit, caller, 1)


def leave_everywhere(
    session: Session, visit: Visit, caller: Caller, *, but_here: bool = False
) -> int:
    """Sign out of every browser, or every other one; return of how many."""
    here = visit.id if but_here else None
    count = visits.end_all(session, visit.account.id, caller.at, but=here)
    if count:
        _left(session, visit, caller, count)
    return count


def leave_one(session: Session, visit: Visit, other: UUID, caller: Caller) -> bool:
    """Sign out of another browser; False if it is none of this person's."""
    row = session.get(VisitRow, other)
    if row is None or row.account_id != visit.account.id or row.ended_at is not None:
        return False
    visits.end(session, row, caller.at)
    _left(session, visit, caller, 1)
    return True


def _left(session: Session, visit: Visit, caller: Caller, count: int) -> None:
    word = _word(visit.account, visit.entered_as, caller)
    journal.append(session, people_events.SIGNED_OUT.by(word, visit.account.id, visits=str(count)))


def _code_used(session: Session, row: AccountRow, code: str, caller: Caller) -> HowEntered | None:
    """Use up a code of a telephone, or a recovery code; None if it is neither."""
    if row.code_seed is None:
        return None
    key = key_of(session)
    secret = codes.secret_of(key, row.id, row.code_seed)
    step = codes.step_of(secret, code, caller.machine_at, after=row.last_step)
    if step is not None:
        row.last_step = step
        return HowEntered.CODE
    [known] = codes.recovery_hashes(key, row.id, [code])
    if known not in row.recovery_hashes:
        return None
    row.recovery_hashes = [each for each in row.recovery_hashes if each != known]
    word = _word(row.to_account(), row.name, caller)
    records.tell(
        session, row, people_events.ACCOUNT_CODES, word, left=str(len(row.recovery_hashes))
    )
    return HowEntered.RECOVERY


def _entered(
    session: Session, row: AccountRow, how: HowEntered, caller: Caller, name: str
) -> Entry:
    row.failures, row.wait_until = 0, None
    secret = visits.begin(session, row, how, caller, name)
    account = row.to_account()
    journal.append(
        session, people_events.SIGNED_IN.by(_word(account, name, caller), row.id, how=how.value)
    )
    return Entry(Outcome.ENTERED, secret, account)


def _refused(session: Session, row: AccountRow | None, why: str, caller: Caller) -> Entry:
    """Record a refusal. The name that was typed is not kept: people type passwords there."""
    if row is not None and why in {"password", "code"}:
        row.failures += 1
        wait = wait_after(row.failures)
        row.wait_until = caller.at + wait if wait else None
    about = UNKNOWN if row is None else row.id
    journal.append(session, people_events.SIGN_IN_REFUSED.event(caller.at, WEB, about, reason=why))
    logger.info("sign-in refused", account=about, reason=why)
    return Entry(Outcome.REFUSED)


def _word(account: Account, entered_as: str, caller: Caller) -> Word:
    return Word(person=account.name, keyboard=entered_as or account.name, at=caller.at)


def _name_of(row: AccountRow, typed: str) -> str:
    """Return the name of an account that was typed, as the account has it."""
    from_row = (each for each in (row.name, *row.other_names) if is_spelt_alike(each, typed))
    return next(from_row, row.name)
