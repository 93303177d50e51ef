"""Verify the whole ledger once a night, keep the result, and tell the office if anything is wrong.

One of several workers does it; if it is killed, another begins again an hour later. Staff are told
at once, and not again of the same: only if something else is found the next night. That they are
told is recorded before the server hears of it, so that a crash does not send it twice.

Somebody who can write to the database cannot put the next audit off, nor say that one was held:
what is kept has a code (`tracking.store.audits`). Where that does not fit one is due at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import LedgerAudit
from dispatch.documents import Templates
from dispatch.domain import calendar
from dispatch.domain.digest import digest
from dispatch.domain.errors import BadInput, DispatchError
from dispatch.domain.proof.ledger import UNSPELLABLE, WORKER
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.tracking.reminders import RETRY_AFTER
from dispatch.ledger import journal, upkeep_events
from dispatch.mail.outgoing.staff import offer, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.proof import checkpoints
from dispatch.proof.checkpoints import Signer
from dispatch.proof.verify import audit
from dispatch.sending.store import claims
from dispatch.tracking.store import audits

AT: Final = time(2)
"""When a night's audit is due, London time; later if letters may leave at that moment."""

LATEST: Final = timedelta(days=2)
"""After so long without an audit one is due although letters may leave."""

GIVEN_UP: Final = timedelta(hours=1)
"""How long an audit may take before another worker begins it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyMeans:
    """What the ledger is verified with, and who is told."""

    sessions: Sessions
    clock: Callable[[], datetime]
    signer: Signer
    checkpoints: Path | None
    """The folder of stored checkpoints."""
    staff: Sequence[str]
    transport: Transport
    sender: Sender
    templates: Templates


def is_due(session: Session, *, now: datetime, has_staff: bool) -> bool:
    """Whether the ledger must be verified now, or staff must be told what was wrong with it."""
    row = audits.held(session, now=now)
    return _is_audit_due(session, row, now) or (has_staff and _is_untold(row, now))


def _is_audit_due(session: Session, row: LedgerAudit, now: datetime) -> bool:
    # What is yet to come was noted by a clock that was wrong then.
    if last_night(now) <= row.ended_at <= now:
        return False
    if row.ended_at < row.began_at <= now < row.began_at + GIVEN_UP:
        return False
    is_late = not row.ended_at <= now < row.ended_at + LATEST
    return is_late or not claims.count_due(session, now=now, most=1)


def last_night(now: datetime) -> datetime:
    """Return the last moment at which a night's audit was due."""
    today = calendar.local(now).date()
    due_at = calendar.moment(today, AT)
    return due_at if due_at <= now else calendar.moment(today - timedelta(days=1), AT)


def _is_untold(row: LedgerAudit, now: datetime) -> bool:
    is_waiting = row.told_at is not None and row.told_at <= now < row.told_at + RETRY_AFTER
    return bool(row.wrong) and row.told != digest(row.wrong) and not is_waiting


def verify(means: NightlyMeans) -> tuple[str, ...] | None:
    """Verify the ledger if that is due, and tell staff if they must be told.

    Returns what is wrong; None if the ledger was not verified. Owns its transactions.
    """
    with means.sessions.begin() as session:
        row = audits.held(session, now=means.clock())
        has_begun = _is_audit_due(session, row, means.clock())
        if has_begun:
            row.began_at = means.clock()
            audits.keep(session, row)
    wrong = _audited(means) if has_begun else None
    if means.staff:
        _tell(means)
    return wrong


def _audited(means: NightlyMeans) -> tuple[str, ...]:
    """Verify the ledger and keep the result; return what is wrong."""
    size, wrong = _found(means)
    with means.sessions.begin() as session:
        now = means.clock()
        row = audits.held(session, now=now)
        row.ended_at, row.wrong = now, list(wrong)
        if not wrong:
            row.held_at, row.told = now, None
        audits.keep(session, row)
        first = {"first": wrong[0]} if wrong else {}
        detail = {"wrong": str(len(wrong)), **first}
        journal.append(session, upkeep_events.LEDGER_AUDITED.event(now, WORKER, size, **detail))
    return wrong


def _found(means: NightlyMeans) -> tuple[int, tuple[str, ...]]:
    """Return the number of the last seal in order, and what is wrong.

    What cannot be read is wrong as well: nobody would be told of an audit that failed.
    """
    try:
        known = checkpoints.stored(means.checkpoints, means.signer.public)
        with means.sessions.read() as session:
            found = audit(session, known)
    except DispatchError as error:
        return 0, (str(error),)
    except (*UNSPELLABLE, LookupError) as error:
        return 0, (f"the ledger cannot be read to its end ({type(error).__name__})",)
    return found.last.number if found.last else 0, found.wrong


def _tell(means: NightlyMeans) -> None:
    """Tell staff what is wrong, unless they know."""
    with means.sessions.begin() as session:
        now = means.clock()
        row = audits.held(session, now=now)
        if not _is_untold(row, now):
            return
        wrong, row.told, row.told_at = tuple(row.wrong), digest(row.wrong), now
        audits.keep(session, row)
        values = {
            "rows": wrong,
            "at": calendar.moment_in_words(row.ended_at),
            "held": calendar.moment_in_words(row.held_at) if row.held_at else None,
        }
    text = means.templates.mail("notice", "ledger", values)
    verdicts = {_mailed(means, each, text, now) for each in means.staff}
    if not verdicts & {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
        with means.sessions.begin() as session:
            row = audits.held(session, now=now)
            row.told = None  # nobody has it: it is tried again
            audits.keep(session, row)


def _mailed(
    means: NightlyMeans, address: str, text: tuple[str, str, str], now: datetime
) -> Verdict:
    """Offer the message to one address; one that cannot be written to does not stop the others."""
    try:
        mail = staff_message(means.sender, address, text, at=now, id_=uuid4())
    except BadInput:
        return Verdict.REFUSED
    return offer(means.transport, mail).verdict
