"""Deliveries in doubt, and what a mail server's log says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from dispatch.database.tables import Delivery, Mailout
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import RecipientKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.acceptance import Acceptance, Trace
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.wording.counts import counted, listed
from dispatch.mail.outgoing.headers import message_id
from dispatch.sending.doubts import Decision, Doubt, Reconciliation, Settling
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtView:
    """A delivery in doubt, with what is known of its last attempt."""

    id: UUID
    authority: str
    kind: RecipientKind
    role: str
    address: str
    since: Moment
    message_id: str
    attempt: int
    envid: str
    server: str
    tls: str | None
    offered_at: Moment
    """The earliest moment at which a server can have accepted it."""
    ended_at: Moment
    """The latest such moment."""
    trouble: str
    """What happened to the connection, or a reply that came too late."""


def doubt_view(doubt: Doubt, sender: Sender) -> DoubtView:
    """Return the view of a doubt; `sender` is the one that makes our Message-IDs."""
    return DoubtView(**_fields(doubt, sender))


def _fields(doubt: Doubt, sender: Sender) -> dict[str, Any]:
    delivery, attempt = doubt.delivery, doubt.attempt
    return {
        "id": delivery.id,
        "authority": delivery.authority_code,
        "kind": delivery.kind,
        "role": delivery.role,
        "address": delivery.address,
        "since": delivery.state_at,
        "message_id": message_id(delivery.id, sender),
        "attempt": delivery.attempts,
        "envid": doubt.envid,
        "server": attempt.server if attempt else "",
        "tls": attempt.tls if attempt else None,
        "offered_at": doubt.offered_at,
        "ended_at": doubt.ended_at,
        "trouble": doubt.trouble,
    }


def known(doubt: Doubt) -> list[str]:
    """Return what is known of a doubt, a sentence each, for a person who has to settle it."""
    attempt, at = doubt.attempt, calendar.moment_in_words(doubt.offered_at)
    if attempt is None:
        return [f"It was offered at about {at}, and nothing else is recorded of it."]
    seconds = round((doubt.ended_at - doubt.offered_at).total_seconds())
    later = f"{counted(seconds, 'second', 'seconds')} later" if seconds else "At once"
    tls = f"with {attempt.tls}" if attempt.tls else "not encrypted"
    return [
        f"It was offered to {attempt.server} at {at}, {tls}, whole, up to the final dot.",
        f"{later}: {doubt.trouble}.",
    ]


def traces(doubt: Doubt, sender: Sender) -> list[tuple[str, str]]:
    """Return by what the mail server's log names the message, if the server has it."""
    return [("Message-ID", message_id(doubt.delivery.id, sender)), ("Envelope id", doubt.envid)]


SETTLED: Final[Mapping[DeliveryState, str]] = {
    DeliveryState.ACCEPTED: "It counts as accepted, and nothing is sent again.",
    DeliveryState.QUEUED: (
        "It is sent again. If the mail server has it all the same, it arrives twice."
    ),
    DeliveryState.CANCELLED: "It stays unsent, since the mailout is closed.",
    DeliveryState.SUPPRESSED: "It stays unsent, since the address is suppressed.",
    DeliveryState.EXPIRED: "It stays unsent, since it may not leave any more.",
}
"""What an answer does, by the state that it leads to."""


def leads_to(settling: Settling) -> dict[Decision, str]:
    """Return what each answer about a delivery in doubt does, in words."""
    is_paused = settling.mailout.state is MailoutState.PAUSED
    waits = " The mailout is paused: it waits until that goes on." if is_paused else ""
    return {
        decision: SETTLED[state] + (waits if state is DeliveryState.QUEUED else "")
        for decision, state in settling.leads_to.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainingView(DoubtView):
    """A delivery that stays in doubt, with what the log says of it."""

    log: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceView:
    """That a server accepted a delivery's message, and how we know."""

    id: UUID
    source: str
    at: Moment | None
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionView(AcceptanceView):
    """That a server accepted a message which a person said was not sent."""

    state: DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanView:
    """The time that one log covers."""

    first_at: Moment
    last_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedView:
    """A delivery in doubt that the server took and could not deliver, by its log."""

    id: UUID
    authority: str
    address: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationView:
    """What a mail server's log says about deliveries in doubt."""

    settled: Sequence[AcceptanceView]
    returned: Sequence[ReturnedView]
    in_doubt: Sequence[RemainingView]
    contradicted: Sequence[ContradictionView]
    logs: Sequence[SpanView]


def reconciliation_view(found: Reconciliation, sender: Sender) -> ReconciliationView:
    """Return the view of a reconciliation; `sender` is the one that makes our Message-IDs."""
    return ReconciliationView(
        settled=[AcceptanceView(**_acceptance(each)) for each in found.settled],
        returned=[
            ReturnedView(
                id=delivery.id,
                authority=delivery.authority_code,
                address=delivery.address,
                log=words,
            )
            for delivery, words in found.returned
        ],
        in_doubt=[
            RemainingView(**_fields(doubt, sender), log=trace) for doubt, trace in found.remaining
        ],
        contradicted=[
            ContradictionView(**_acceptance(each), state=delivery.state)
            for delivery, each in found.contradicted
        ],
        logs=[
            SpanView(first_at=span.first_at, last_at=span.last_at) for span in found.reading.spans
        ],
    )


def _acceptance(found: Acceptance) -> dict[str, Any]:
    return {
        "id": found.delivery_id,
        "source": found.source,
        "at": found.at,
        "quote": found.quote,
    }


MOST_NAMED: Final = 12

TRACES: Final = {
    Trace.NO_TRACE: "the log covers the time and has no trace of it",
    Trace.BEGUN: "the server began to take it; no line says that it kept it",
    Trace.NOT_COVERED: "the log does not cover the time",
}
"""What a log says of a delivery that stays in doubt, in words."""


def question(delivery: Delivery, mailout: Mailout, state: DeliveryState) -> str:
    """Return what to ask a person before a delivery in doubt is settled into a state."""
    letter = f"the letter of {delivery.authority_code} to {delivery.address}"
    if state is DeliveryState.ACCEPTED:
        return f"Record that a server has {letter}? It is not sent again."
    if state is DeliveryState.QUEUED:
        is_paused = mailout.state is MailoutState.PAUSED
        when = f" as soon as {mailout.name}, which is paused, goes on" if is_paused else " now"
        return f"Send {letter} again{when}?"
    why = {
        DeliveryState.CANCELLED: f"{mailout.name} is {mailout.state.value}",
        DeliveryState.SUPPRESSED: "the address is suppressed",
        DeliveryState.EXPIRED: "its not-after time has passed",
    }
    return f"Record that {letter} was not sent? It stays unsent, since {why[state]}."


def missing_question(found: Reconciliation) -> str:
    """Return what to ask before what a log has no trace of is recorded as not sent."""
    of = listed([each.delivery.authority_code for each in found.missing], MOST_NAMED)
    what = counted(len(found.missing), "letter was not sent", "letters were not sent")
    return (
        f"Record that {what} ({of})? Each goes out again, if it still may. One that the server has "
        f"all the same would arrive twice."
    )
