"""Tell staff something about a mailout by email, at most once for each moment that it is due.

This holds whichever workers run and wherever one crashes: it is recorded as offered before the
server hears of it, and one without a verdict is never repeated. It never goes to a recipient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout, Reminder
from dispatch.documents import Templates
from dispatch.domain.address import folded
from dispatch.domain.errors import DispatchError
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.remedy import Remedy
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.tracking.reminders import (
    OFFERED,
    RETRY_AFTER,
    ReminderKind,
    ReminderState,
    came_to,
)
from dispatch.ledger import catalogue, journal
from dispatch.mail.outgoing.staff import StaffMessage, offer, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import reminders

FOLDER: Final = "notice"
FILES: Final = {
    ReminderKind.UNREACHED: "unreached",
    ReminderKind.ALL_REACHED: "all-reached",
    ReminderKind.WATCH: "watch",
}
"""The template of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMeans:
    """Who is told, and what that is done with."""

    staff: Sequence[str]
    """Their addresses."""
    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    clock: Callable[[], datetime]
    in_words: Callable[[Remedy], str]
    """Returns a remedy as a command or a sentence."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """How one message to staff ended."""

    state: ReminderState
    kind: ReminderKind
    withheld: int
    """How many addresses of staff it did not go to, because they are a recipient's as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is to be told at a moment, before it is written."""

    slot: datetime
    at: datetime
    """The moment at which it is written: the service may have been down at its own."""
    kind: ReminderKind
    unreached: int = 0
    about: str = ""
    """What a warning is about, for the ledger."""
    holds_in: Collection[MailoutState]
    """The states of the mailout in which it is still true."""

    @property
    def is_warning(self) -> bool:
        return self.kind is ReminderKind.WATCH

    @property
    def detail(self) -> dict[str, str]:
        """What the ledger keeps of it."""
        what = {"about": self.about} if self.is_warning else {"unreached": str(self.unreached)}
        return {"kind": self.kind.value, **what}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is told, as written and not yet recorded."""

    topic: Topic
    messages: tuple[StaffMessage, ...] = ()
    withheld: int = 0
    remark: str | None = None
    """Why nothing will be sent."""


def is_open(
    session: Session, mailout: Mailout, slot: datetime, now: datetime, *, is_warning: bool
) -> bool:
    """Whether nothing has been told for a moment yet, or what was deferred is due again."""
    row = reminders.of_slot(session, mailout, slot, is_warning=is_warning)
    return row is None or _is_due_again(row, now)


def _is_due_again(row: Reminder, now: datetime) -> bool:
    is_deferred = row.state is ReminderState.DEFERRED
    return is_deferred and row.ended_at is not None and row.ended_at + RETRY_AFTER <= now


def write(
    session: Session,
    means: ReminderMeans,
    mailout: Mailout,
    topic: Topic,
    values: Callable[[], Mapping[str, Any]],
) -> Written:
    """Write a message to each member of staff, or why nothing will be sent.

    `values` returns what the template of the topic may use.
    """
    others = reminders.addresses_of_others(session, mailout)
    to = [address for address in means.staff if folded(address) not in others]
    written = Written(topic=topic, withheld=len(means.staff) - len(to))
    if not to:
        return replace(written, remark="every address in DISPATCH_OFFICE is also a recipient's")
    try:
        text = means.templates.mail(FOLDER, FILES[topic.kind], values())
        messages = [
            staff_message(
                means.sender, address, text, at=topic.at, id_=_id(mailout, topic, address)
            )
            for address in to
        ]
    except DispatchError as error:
        return replace(written, remark=f"it cannot be written: {error}")
    return replace(written, messages=tuple(messages))


def _id(mailout: Mailout, topic: Topic, address: str) -> UUID:
    """Return the id of one moment's message to one address: the same when it is tried again."""
    kind = f"{topic.kind.value} " if topic.is_warning else ""
    return uuid5(mailout.id, f"{kind}{topic.slot.isoformat()} {address}")


def tell(means: ReminderMeans, name: str, written: Written) -> Reminded | None:
    """Record what is written, offer it to the server and record the outcome.

    None if another worker was quicker, or if it no longer holds. Owns its transactions, since none
    may be open while it waits for the server.
    """
    with means.sessions.begin() as session:
        row_id, messages = _record_offered(session, name, written)
    if row_id is None:
        return None
    state = ReminderState.UNSENT
    if messages:
        outcomes = {message.address: offer(means.transport, message) for message in messages}
        with means.sessions.begin() as session:
            state = _record_outcomes(session, name, row_id, outcomes, means.clock())
    return Reminded(state, written.topic.kind, written.withheld)


def _record_offered(
    session: Session, name: str, written: Written
) -> tuple[UUID | None, list[StaffMessage]]:
    """Record a message to staff as offered; return its row's id and the messages to offer.

    There are none if nothing will be sent. The id is None if another worker was quicker, or if it
    no longer holds. The lock on the mailout makes workers take turns here, and the commit that
    follows comes before the server hears anything: the second one finds the row.
    """
    topic = written.topic
    mailout = mailout_named(session, name, is_locked=True)
    row = reminders.of_slot(session, mailout, topic.slot, is_warning=topic.is_warning)
    is_taken = row is not None and not _is_due_again(row, topic.at)
    if is_taken or mailout.state not in topic.holds_in:
        return None, []
    earlier = row.verdicts if row else {}
    messages = [each for each in written.messages if _is_wanted(earlier.get(each.address))]
    state = ReminderState.OFFERED if messages else ReminderState.UNSENT
    row = _row_for(session, mailout, row, topic, state)
    row.remark = written.remark
    row.verdicts = {**earlier, **{each.address: OFFERED for each in messages}}
    row.ended_at = None if messages else topic.at
    counted = {"addresses": len(messages), "withheld": written.withheld}
    detail = topic.detail | {what: str(count) for what, count in counted.items() if count}
    journal.append(session, _event(row, name, topic.at, detail))
    return row.id, messages


def _is_wanted(verdict: str | None) -> bool:
    """Whether an address still needs it: it has not been offered there, or was deferred."""
    return verdict in {None, Verdict.DEFERRED.value}


def _row_for(
    session: Session, mailout: Mailout, row: Reminder | None, topic: Topic, state: ReminderState
) -> Reminder:
    """Return the moment's row in its new state: a new one, or the one that was deferred."""
    if row is not None:
        row.move_to(state)
        row.kind, row.unreached = topic.kind, topic.unreached
        return row
    row = Reminder(
        mailout_id=mailout.id,
        slot_at=topic.slot,
        kind=topic.kind,
        unreached=topic.unreached,
        state=state,
        created_at=topic.at,
        is_warning=topic.is_warning,
    )
    session.add(row)
    return row


def _record_outcomes(
    session: Session, name: str, row_id: UUID, outcomes: Mapping[str, Outcome], now: datetime
) -> ReminderState:
    """Record the server's reply for each address; return the state of the message as a whole."""
    row = session.get_one(Reminder, row_id, with_for_update=True)
    row.verdicts = row.verdicts | {to: outcome.verdict.value for to, outcome in outcomes.items()}
    row.replies = row.replies | {to: str(outcome) for to, outcome in outcomes.items()}
    row.ended_at = now
    row.move_to(came_to(row.verdicts.values()))
    counted = Counter(outcome.verdict.value for outcome in outcomes.values())
    detail = {verdict: str(count) for verdict, count in counted.items()}
    journal.append(session, _event(row, name, now, detail))
    return row.state


def _event(row: Reminder, name: str, now: datetime, detail: Mapping[str, str]) -> Event:
    hour = row.slot_at.isoformat()
    return catalogue.into(row.state).event(now, WORKER, name, hour=hour, **detail)
