"""Suppress an address at somebody's request or after a notice, or lift the suppression.

A notice suppresses an address that is dead, has often been unable to take mail, or whose owner
complained. No letter is sent to a suppressed address. Lifting a suppression sends nothing: what it
stopped can be resent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery, NoticeRow, Suppression
from dispatch.domain.address import folded
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.notice import Category, Reason
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.files.contacts import checked_address
from dispatch.ledger import events, journal
from dispatch.register.store import suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionProposal(Proposal):
    """What it does to suppress an address."""

    address: str
    """The address, folded."""
    stops: Sequence[Delivery]
    """The deliveries that wait to go there, and are not sent."""
    held: int
    """How many letters to it a worker is sending now; they may still go out."""

    @property
    def effect(self) -> object:
        """The address and what stops. How much is being sent right now may change meanwhile."""
        return [self.address, [str(each.id) for each in self.stops]]


@dataclass(frozen=True, slots=True)
class Lifted:
    """The result of lifting a suppression."""

    address: str
    unsent: Sequence[tuple[str, Delivery]]
    """The deliveries that it stopped and that may still be wanted, with their mailouts' names."""


def propose(session: Session, address: str) -> SuppressionProposal:
    """Return what it would do to suppress an address.

    Raises `BadInput` if it is not an email address, `RuleBroken` if it is suppressed already.
    """
    key = folded(checked_address(address))
    if known := suppressions.suppression_of(session, key):
        raise RuleBroken(f"{key} is suppressed already: {known.reason}")
    return SuppressionProposal(
        address=key,
        stops=suppressions.waiting(session, key),
        held=suppressions.held(session, key),
    )


def suppress(
    session: Session, address: str, word: Word, *, agreed: str | None = None
) -> SuppressionProposal:
    """Suppress an address, stop the deliveries that wait to go there, and return what was done.

    `agreed` is the digest of the proposal that the person saw, if they were shown one. Raises as
    `propose` does; `ChangedMeanwhile` if it would do anything else than what was agreed;
    `RuleBroken` without a reason.
    """
    reason = word.needed_reason()
    shown = propose(session, address)
    if agreed is not None:
        shown.check(agreed)
    row = suppressions.add(session, shown.address, reason, by=word.person, now=word.at)
    journal.append(session, events.ADDRESS_SUPPRESSED.by(word, row.id, why=reason))
    _stop(session, shown.stops, word)
    return shown


def stop_waiting(session: Session, word: Word) -> int:
    """Stop the deliveries that wait to go to a suppressed address, and return how many.

    Those that a worker has claimed are left to it.
    """
    found = suppressions.waiting(session)
    _stop(session, found, word)
    return len(found)


def _stop(session: Session, found: Sequence[Delivery], word: Word) -> None:
    for delivery in found:
        delivery.move_to(DeliveryState.SUPPRESSED, word.at)
    kind = events.DELIVERY_SUPPRESSED
    journal.append_all(session, (kind.by(word, each.id) for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifting(Proposal):
    """What it does to let an address be written to again."""

    address: str
    suppressions: tuple[UUID, ...]
    """Those that are lifted: there may be several."""
    unsent: Sequence[tuple[str, Delivery]]
    """The deliveries that they stopped and that may still be wanted, with their mailouts' names."""

    @property
    def effect(self) -> object:
        """The address and what is lifted: nothing is sent."""
        return [self.address, [str(each) for each in self.suppressions]]


def propose_lifting(session: Session, suppression_id: UUID) -> Lifting:
    """Return what it would do to lift a suppression. Locks nothing.

    Raises `NotFound`, and `RuleBroken` if it was lifted already.
    """
    row = suppressions.one(session, suppression_id)
    if row.lifted_at is not None:
        raise RuleBroken(f"that was lifted already, by {row.lifted_by}")
    return Lifting(
        address=row.address,
        suppressions=tuple(each.id for each in suppressions.unlifted(session, row.address)),
        unsent=suppressions.unsent(session, row.address),
    )


def lift_as_agreed(session: Session, suppression_id: UUID, agreed: str, word: Word) -> Lifted:
    """Lift a suppression if that does what a person agreed to, by its digest.

    Raises as `propose_lifting` and `lift`, and `ChangedMeanwhile`.
    """
    shown = propose_lifting(session, suppression_id)
    shown.check(agreed)
    return lift(session, shown.address, word)


def lift(session: Session, address: str, word: Word) -> Lifted:
    """Let an address be written to again. What was not sent meanwhile stays unsent.

    Raises `NotFound` if it is not suppressed; `RuleBroken` without a reason.
    """
    reason = word.needed_reason()
    key = folded(address.strip())
    rows = suppressions.locked(session, key)
    if not rows:
        raise NotFound(f"{key} is not suppressed", remedy=Remedy(kind=RemedyKind.SUPPRESSIONS))
    for row in rows:
        row.lifted_at, row.lifted_by, row.lifted_because = word.at, word.person, reason
        journal.append(session, events.SUPPRESSION_LIFTED.by(word, row.id, because=reason))
    return Lifted(key, suppressions.unsent(session, key))


def suppress_after(
    session: Session, notice: NoticeRow, delivery: Delivery, *, soft_bounces: int, now: datetime
) -> Suppression | None:
    """Suppress a delivery's address if a notice about it is a reason to, and return the row.

    Returns None if it is not, or if the address is suppressed already. `soft_bounces` is how many
    deliveries may come back for a passing reason before that is a reason.
    """
    why = _why(session, notice, delivery, soft_bounces)
    key = delivery.address_key
    if not why or notice.suppression_id or suppressions.suppression_of(session, key):
        return None
    row = suppressions.add(session, key, why, by=WORKER, now=now)
    notice.suppression_id = row.id
    return row


def lift_unjustified(
    session: Session,
    notice: NoticeRow,
    delivery: Delivery | None,
    *,
    soft_bounces: int,
    now: datetime,
) -> Suppression | None:
    """Lift the suppression that a notice caused that the same notice, read again, would not cause.

    Returns the row that was lifted, or None.
    """
    if notice.suppression_id is None:
        return None
    row = session.get_one(Suppression, notice.suppression_id)
    is_same = delivery is not None and delivery.address_key == row.address
    if (
        delivery
        and is_same
        and notice.is_believed
        and _why(session, notice, delivery, soft_bounces)
    ):
        return None
    notice.suppression_id = None
    if row.lifted_at:
        return None
    said = "soft bounce" if notice.counts_against_address else notice.category.value
    row.lifted_at, row.lifted_by = now, WORKER
    row.lifted_because = f"the notice is now read as {said}"
    return row


def _why(session: Session, notice: NoticeRow, delivery: Delivery, soft_bounces: int) -> str | None:
    """Return why a notice is a reason to suppress its delivery's address, or None."""
    if notice.category is Category.COMPLAINT:
        return "complaint"
    if not notice.counts_against_address:
        return None
    reason = (notice.reason or Reason.UNKNOWN).value.replace("_", " ")
    if notice.is_hard:
        return f"hard bounce: {reason}"
    session.flush()  # this notice counts as well
    bounced = suppressions.bounced_deliveries(session, delivery.address_key)
    return f"{bounced} soft bounces, the last: {reason}" if bounced >= soft_bounces else None
