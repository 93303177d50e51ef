"""Settle: a delivery in doubt is settled, by evidence that a server has it or on a person's word.

Nothing here sends. A word that it was not sent puts the delivery back where the workers find it,
if its letter may still leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Attempt, Delivery, Mailout
from dispatch.domain.acceptance import Acceptance
from dispatch.domain.delivery import FITS_ACCEPTANCE, DeliveryState
from dispatch.domain.envelope import envid
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.mailout import CLOSED, MailoutState
from dispatch.domain.word import named
from dispatch.ledger import journal
from dispatch.register.store import register
from dispatch.sending.store import doubts


class Decision(Enum):
    """What a person knows of a delivery in doubt. The value is the word for it."""

    ACCEPTED = "accepted"
    """A server has it."""

    NOT_SENT = "not-sent"
    """No server has it."""


class Finding(Enum):
    """What a piece of evidence comes to."""

    SETTLED = "settled"
    """The delivery was in doubt and is accepted."""

    KNOWN = "known"
    """The delivery is accepted already, or its worker is about to learn that it is."""

    CONTRADICTED = "contradicted"
    """The record says that no server has it: somebody was wrong, and it may go twice."""

    UNKNOWN = "unknown"
    """There is no such delivery here."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery in doubt and what is known of its last attempt, which may be nothing."""

    delivery: Delivery
    attempt: Attempt | None

    @property
    def envid(self) -> str:
        return envid(self.delivery.id, self.delivery.attempts)

    @property
    def offered_at(self) -> datetime:
        """The earliest moment at which a server can have taken it."""
        at = self.attempt and self.attempt.offered_at
        return at or self.delivery.state_at

    @property
    def ended_at(self) -> datetime:
        """The latest such moment."""
        at = self.attempt and self.attempt.ended_at
        return at or self.delivery.state_at

    @property
    def trouble(self) -> str:
        """What happened to the line; or the server's answer, if one came too late to count."""
        if self.attempt is None or not self.attempt.text:
            return "nothing is known of the line"
        if self.attempt.code:
            return f"a late reply: {self.attempt.code} {self.attempt.text}"
        return self.attempt.text


def doubtful(session: Session, mailout: Mailout | None = None) -> Sequence[Doubt]:
    """Return what is in doubt in one mailout, or in all, with the evidence so far."""
    return [Doubt(*found) for found in doubts.in_doubt(session, mailout)]


def settle(  # noqa: PLR0913 - a decision is who, what, why and when
    session: Session,
    delivery_id: UUID,
    decision: Decision,
    *,
    because: str,
    actor: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> DeliveryState:
    """Settle one delivery on the word of `actor`, and return the state that it comes into.

    That is as `leads_to` says; a mailout that was sent goes back to releasing if there is
    something to send again. The ledger keeps the reason, and who was at the keyboard. Raises
    `NotFound`; `RuleBroken` if it is not in doubt, or without a reason or a person's name.
    """
    person, reason = named(actor), " ".join(because.split())
    if not reason:
        raise RuleBroken("say why: what shows that it is so?")
    delivery, mailout = doubts.with_mailout(session, delivery_id, is_locked=True)
    state = leads_to(session, delivery, mailout, decision, now=now)
    detail = {
        "as": decision.value,
        "because": reason,
        "envid": envid(delivery.id, delivery.attempts),
        "at_keyboard": at_keyboard or person,
    }
    journal.append(session, _settled(delivery_id, detail, person, now))
    delivery.lease_until = None
    if decision is Decision.ACCEPTED:
        delivery.move_to(state, now)
    else:
        _give_back(session, delivery, mailout, state, person, now)
    return state


def leads_to(
    session: Session, delivery: Delivery, mailout: Mailout, decision: Decision, *, now: datetime
) -> DeliveryState:
    """Return the state that a decision brings a delivery in doubt into.

    That a letter was not sent is a fact, and is recorded whatever the hour; whether it may be
    sent now is another matter. It is not if its mailout was cancelled or is public, if the
    address is suppressed by now, or if its not-after time has passed: then the delivery ends at
    once as cancelled, suppressed or expired, and counts among the unreached. In a paused mailout
    it waits. Raises `RuleBroken` if it is not in doubt.
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
    if delivery.address_key in register.suppressed(session):
        return DeliveryState.SUPPRESSED
    return DeliveryState.EXPIRED if delivery.not_after <= now else DeliveryState.QUEUED


def by_evidence(
    session: Session, evidence: Acceptance, *, now: datetime, actor: str = WORKER
) -> Finding:
    """Settle the delivery that evidence names, if it is in doubt; return what came of it.

    Safe to repeat: what is not in doubt is left as it is.
    """
    if not doubts.accept(session, evidence.delivery_id, now=now):
        return weigh(session, evidence)
    detail = {"as": Decision.ACCEPTED.value, "because": str(evidence)}
    if evidence.attempt is not None:
        detail["attempt"] = str(evidence.attempt)
    if evidence.at is not None:
        detail["evidence_at"] = evidence.at.isoformat()
    journal.append(session, _settled(evidence.delivery_id, detail, actor, now))
    return Finding.SETTLED


def weigh(session: Session, evidence: Acceptance) -> Finding:
    """Return what a piece of evidence would come to now."""
    delivery = session.get(Delivery, evidence.delivery_id, populate_existing=True)
    if delivery is None:
        return Finding.UNKNOWN
    if delivery.state is DeliveryState.IN_DOUBT:
        return Finding.SETTLED
    return Finding.KNOWN if delivery.state in FITS_ACCEPTANCE else Finding.CONTRADICTED


def _give_back(
    session: Session,
    delivery: Delivery,
    mailout: Mailout,
    state: DeliveryState,
    actor: str,
    now: datetime,
) -> None:
    """Queue a delivery, and let it go on from there: to the workers, or to its end."""
    delivery.move_to(DeliveryState.QUEUED, now)
    delivery.due_at = now
    if state is not DeliveryState.QUEUED:
        delivery.move_to(state, now)
        subject = f"delivery:{delivery.id}"
        journal.append(session, Event(now, actor, f"delivery.{state.value}", subject))
    elif mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.RELEASING)
        detail = {"why": f"delivery {delivery.id} is sent again"}
        subject = f"mailout:{mailout.name}"
        journal.append(session, Event(now, actor, "mailout.releasing", subject, detail))


def _settled(delivery_id: UUID, detail: dict[str, str], actor: str, now: datetime) -> Event:
    return Event(now, actor, "delivery.settled", f"delivery:{delivery_id}", detail)
