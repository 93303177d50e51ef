"""Settle deliveries in doubt: by a known acceptance, or on a person's word.

Nothing here sends. If a person says that a letter was not sent, its delivery is queued again for
the workers, as long as the letter may still leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.database.tables import Attempt, Delivery, Mailout
from dispatch.domain.delivery import FITS_ACCEPTANCE, DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import CLOSED, MailoutState
from dispatch.domain.proposal import Proposal
from dispatch.domain.sending.acceptance import Acceptance, LogReading, Sought, Trace
from dispatch.domain.sending.envelope import envid
from dispatch.domain.word import Word
from dispatch.ledger import catalogue, events, journal
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import suppressions
from dispatch.sending import first_letters
from dispatch.sending.store import deliveries


class Decision(Enum):
    """What a person knows about a delivery in doubt. The value is what they type."""

    ACCEPTED = "accepted"
    """A server has it."""

    NOT_SENT = "not-sent"
    """No server has it."""


class Weighed(Enum):
    """What a known acceptance means for its delivery."""

    SETTLED = "settled"
    """The delivery was in doubt and is now accepted."""

    KNOWN = "known"
    """The delivery is accepted already, or its worker is about to learn that it is."""

    CONTRADICTED = "contradicted"
    """The record says that no server has it: somebody was wrong, and it may be sent twice."""

    UNKNOWN = "unknown"
    """There is no such delivery here."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery in doubt, with its last attempt where one is recorded."""

    delivery: Delivery
    attempt: Attempt | None

    @property
    def envid(self) -> str:
        """The envelope id of the last attempt."""
        return envid(self.delivery.id, self.delivery.attempts)

    @property
    def offered_at(self) -> datetime:
        """The earliest moment at which a server can have accepted it."""
        at = self.attempt and self.attempt.offered_at
        return at or self.delivery.state_at

    @property
    def ended_at(self) -> datetime:
        """The latest moment at which a server can have accepted it."""
        at = self.attempt and self.attempt.ended_at
        return at or self.delivery.state_at

    @property
    def sought(self) -> Sought:
        """What logs are searched for."""
        return Sought(
            delivery_id=self.delivery.id,
            address=self.delivery.address,
            since=self.offered_at,
            until=self.ended_at,
        )

    @property
    def trouble(self) -> str:
        """What happened to the connection, or the server's reply if it came too late to count."""
        if self.attempt is None or not self.attempt.text:
            return "nothing is known about the connection"
        if self.attempt.code:
            return f"a late reply: {self.attempt.code} {self.attempt.text}"
        return self.attempt.text


def doubtful(session: Session, mailout: Mailout | None = None) -> Sequence[Doubt]:
    """Return the deliveries in doubt of one mailout, or of all, with what is known of each."""
    return [Doubt(*found) for found in deliveries.in_doubt(session, mailout)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling(Proposal):
    """What each answer about a delivery in doubt would do."""

    doubt: Doubt
    mailout: Mailout
    leads_to: Mapping[Decision, DeliveryState]

    @property
    def effect(self) -> object:
        """Which attempt is in doubt, and the state that each answer leads to."""
        states = {each.value: state.value for each, state in self.leads_to.items()}
        return [self.doubt.envid, self.mailout.state.value, states]


def look(session: Session, delivery_id: UUID, *, now: datetime) -> Settling:
    """Return what each answer would do. Raises `NotFound`, and `RuleBroken` as `leads_to`."""
    delivery, mailout = deliveries.with_mailout(session, delivery_id)
    states = {each: leads_to(session, delivery, mailout, each, now=now) for each in Decision}
    [attempt] = [each for row, each in deliveries.in_doubt(session, mailout) if row is delivery]
    return Settling(doubt=Doubt(delivery, attempt), mailout=mailout, leads_to=states)


def settle(
    session: Session, delivery_id: UUID, decision: Decision, word: Word, agreed: str | None = None
) -> DeliveryState:
    """Settle one delivery on a person's word, and return its new state, as `leads_to` gives it.

    A mailout that was sent goes back to releasing if the letter will be sent again. Raises
    `NotFound`; `RuleBroken` if the delivery is not in doubt or the word gives no reason; and
    `ChangedMeanwhile` if what was `agreed` to, by the digest of what `look` gave, is not so now.
    """
    if agreed is not None:
        look(session, delivery_id, now=word.at).check(agreed)
    reason = word.needed_reason()
    delivery, mailout = deliveries.with_mailout(session, delivery_id, is_locked=True)
    state = leads_to(session, delivery, mailout, decision, now=word.at)
    detail = {
        "as": decision.value,
        "because": reason,
        "envid": envid(delivery.id, delivery.attempts),
    }
    journal.append(session, events.DELIVERY_SETTLED.by(word, delivery_id, **detail))
    delivery.lease_until = None
    if decision is Decision.ACCEPTED:
        delivery.move_to(state, word.at)
    else:
        _requeue(session, delivery, mailout, state, word)
    return state


def leads_to(
    session: Session, delivery: Delivery, mailout: Mailout, decision: Decision, *, now: datetime
) -> DeliveryState:
    """Return the state that a decision brings a delivery in doubt into.

    That a letter was not sent is a fact, recorded at any hour; whether it may be sent now is
    another matter. If its mailout is cancelled or public, its address is suppressed or its
    not-after time has passed, the delivery ends as cancelled, suppressed or expired, and its
    recipient counts as unreached. In a paused mailout it waits. Raises `RuleBroken` if the
    delivery is not in doubt.
    """
    if delivery.state is not DeliveryState.IN_DOUBT:
        raise RuleBroken(
            f"delivery {delivery.id} is {delivery.state.value}, not in doubt: "
            f"there is nothing to settle"
        )
    if decision is Decision.ACCEPTED:
        return DeliveryState.ACCEPTED
    if mailout.state in CLOSED:
        return DeliveryState.CANCELLED
    if delivery.address_key in suppressions.suppressed(session):
        return DeliveryState.SUPPRESSED
    return DeliveryState.EXPIRED if delivery.not_after <= now else DeliveryState.QUEUED


def _requeue(
    session: Session, delivery: Delivery, mailout: Mailout, state: DeliveryState, word: Word
) -> None:
    """Queue a delivery, and either leave it to the workers or move it to its end."""
    delivery.move_to(DeliveryState.QUEUED, word.at)
    delivery.due_at = first_letters.due_at(session, mailout, delivery, now=word.at)
    if state is not DeliveryState.QUEUED:
        delivery.move_to(state, word.at)
        journal.append(session, catalogue.into(state).by(word, delivery.id))
    elif mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.RELEASING)
        why = f"delivery {delivery.id} is sent again"
        journal.append(session, events.MAILOUT_RELEASING.by(word, mailout.name, why=why))


def accept(session: Session, acceptance: Acceptance, word: Word) -> Weighed:
    """Settle a delivery that a server is known to have accepted, if it is in doubt.

    Safe to repeat: a delivery that is not in doubt stays as it is. The event gives the source of
    the acceptance as its reason; `word` says only who brought it.
    """
    if not deliveries.accept(session, acceptance.delivery_id, now=word.at):
        return weigh(session, acceptance)
    detail = {"as": Decision.ACCEPTED.value, "because": str(acceptance)}
    if acceptance.attempt is not None:
        detail["attempt"] = str(acceptance.attempt)
    if acceptance.at is not None:
        detail["evidence_at"] = acceptance.at.isoformat()
    journal.append(session, events.DELIVERY_SETTLED.by(word, acceptance.delivery_id, **detail))
    return Weighed.SETTLED


def _return(session: Session, delivery_id: UUID, words: str, word: Word) -> None:
    """Record that a delivery, just settled as accepted, could not be delivered by the server."""
    delivery, _ = deliveries.with_mailout(session, delivery_id, is_locked=True)
    delivery.move_to(DeliveryState.BOUNCED, word.at)
    journal.append(session, events.DELIVERY_BOUNCED.by(word, delivery_id, reason=words))


def _named(delivery: Delivery) -> Sought:
    return Sought(delivery_id=delivery.id, address=delivery.address)


def weigh(session: Session, acceptance: Acceptance) -> Weighed:
    """Return what `accept` would find now, and change nothing."""
    delivery = session.get(Delivery, acceptance.delivery_id, populate_existing=True)
    if delivery is None:
        return Weighed.UNKNOWN
    if delivery.state is DeliveryState.IN_DOUBT:
        return Weighed.SETTLED
    return Weighed.KNOWN if delivery.state in FITS_ACCEPTANCE else Weighed.CONTRADICTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What a mail server's log says about deliveries in doubt."""

    settled: Sequence[Acceptance]
    """What is settled, or would be if this is a dry run."""
    returned: Sequence[tuple[Delivery, str]]
    """Of these, what the server could not deliver, with the words of the log."""
    remaining: Sequence[tuple[Doubt, Trace]]
    """What stays in doubt, and what the log says of it."""
    contradicted: Sequence[tuple[Delivery, Acceptance]]
    """Deliveries that a person said were not sent, although a server accepted them."""
    reading: LogReading

    @property
    def missing(self) -> list[Doubt]:
        """Those that stay in doubt, although the log covers their time: it has no trace of them."""
        return [doubt for doubt, trace in self.remaining if trace is Trace.NO_TRACE]


def reconcile(
    sessions: Sessions,
    name: str | None,
    read: Callable[[Sequence[Sought]], LogReading],
    word: Word,
    *,
    is_dry_run: bool,
) -> Reconciliation:
    """Settle the deliveries in doubt that a mail server's log shows were accepted.

    Of mailout `name`, or of all. `read` reads the log for some deliveries. That a letter was not
    sent remains for a person to say, also by `settle_missing`. Owns its transactions, and none is
    open while the log is read. Raises `NotFound`, and what `read` raises.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        doubts, denied = doubtful(session, mailout), deliveries.denied(session, mailout)
    reading = read([each.sought for each in doubts] + [_named(each) for each in denied])
    accepted = {each.delivery_id: each for each in reading.acceptances}
    with sessions.read() if is_dry_run else sessions.begin() as session:
        found = {
            id_: weigh(session, each) if is_dry_run else accept(session, each, word)
            for id_, each in accepted.items()
        }
        settled = [id_ for id_, finding in found.items() if finding is Weighed.SETTLED]
        returned = {id_: reading.returned[id_] for id_ in settled if id_ in reading.returned}
        if not is_dry_run:
            for id_, words in returned.items():
                _return(session, id_, words, word)
    return Reconciliation(
        settled=[accepted[id_] for id_ in settled],
        returned=[
            (each.delivery, returned[each.delivery.id])
            for each in doubts
            if each.delivery.id in returned
        ],
        remaining=[
            (doubt, reading.trace_of(doubt.delivery.id, doubt.offered_at, doubt.ended_at))
            for doubt in doubts
            if doubt.delivery.id not in found
        ],
        contradicted=[
            (delivery, accepted[delivery.id])
            for delivery in denied
            if found.get(delivery.id) is Weighed.CONTRADICTED
        ],
        reading=reading,
    )


def settle_missing(sessions: Sessions, found: Reconciliation, word: Word) -> int:
    """Settle as not sent what the log covers and has no trace of, and return how many these are.

    On the word of a person, with the log as the reason. Raises `RuleBroken` if one was settled
    meanwhile; then none is.
    """
    with sessions.begin() as session:
        for doubt in found.missing:
            settle(session, doubt.delivery.id, Decision.NOT_SENT, word)
    return len(found.missing)
