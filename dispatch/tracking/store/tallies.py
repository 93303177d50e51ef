"""How much there is of what, of some mailouts at once: counted by one statement, and not kept.

A counter that is kept would be a row that every sender waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import String, case, distinct, func, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.sql import is_of, unindexed
from dispatch.database.tables import Delivery, Letter, Mailout, NoticeRow
from dispatch.domain.delivery import WAITING, DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.letters.store import letters
from dispatch.tracking.store import facts, reach
from dispatch.tracking.store.facts import Found, Part, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of what in one mailout."""

    letters: Mapping[LetterState, int]
    """The letters in force, by state."""
    missing: int
    """How many of these have no delivery to the first To role."""
    deliveries: Mapping[DeliveryState, int]
    proposed: Mapping[str, datetime | None]
    """The authorities with a new version that waits for approval, and when it was made."""
    with_delivery: int
    """How many authorities have a delivery to the first To role."""
    about_us: int
    """How many deliveries came back because of our own server or domain."""
    next_due_at: datetime | None
    """When the first of the waiting deliveries is due; None if none is in time."""

    EMPTY: ClassVar[Self]
    """Nothing at all."""

    @property
    def in_force(self) -> int:
        """How many letters are in force."""
        return sum(self.letters.values())

    @property
    def waiting(self) -> int:
        """How many deliveries wait."""
        return sum(self.deliveries.get(state, 0) for state in WAITING)


Tally.EMPTY = Tally(
    letters={}, missing=0, deliveries={}, proposed={}, with_delivery=0, about_us=0, next_due_at=None
)


def tallies(session: Session, mailouts: Sequence[Mailout]) -> dict[UUID, Tally]:
    """Count some mailouts, by id."""
    found = facts.read(session, parts(mailouts)) if mailouts else {}
    return {each.id: of_mailout(found, each) for each in mailouts}


def of_mailout(found: Found, mailout: Mailout) -> Tally:
    """Return the tally of a mailout, of the facts that `parts` ask for."""

    def each(kind: str) -> Sequence[facts.Fact]:
        return found.get((mailout.id, kind), ())

    return Tally(
        letters={LetterState(it.key): it.number for it in each("letters")},
        missing=sum(it.other for it in each("letters")),
        deliveries={DeliveryState(it.key): it.number for it in each("deliveries")},
        proposed={it.key: it.at for it in sorted(each("proposed"), key=lambda it: it.key)},
        with_delivery=sum(it.number for it in each("to")),
        about_us=sum(it.number for it in each("about us")),
        next_due_at=min((it.at for it in each("due") if it.at), default=None),
    )


def parts(mailouts: Sequence[Mailout]) -> Iterator[tuple[str, Part]]:
    """Yield the statements by which some mailouts are counted, each with its kind."""
    ids, number, delivery = [each.id for each in mailouts], func.count(), Delivery.mailout_id
    is_its = is_of(delivery, ids)
    letter_state = type_coerce(Letter.state, String)
    missing = func.sum(case((reach.has_none(mailouts), 1), else_=0))
    yield (
        "letters",
        fact(Letter.mailout_id, key=letter_state, number=number, other=missing)
        .where(*letters.are_in_force(ids))
        .group_by(Letter.mailout_id, Letter.state),
    )
    yield (
        "deliveries",
        fact(delivery, key=type_coerce(Delivery.state, String), number=number)
        .where(is_its)
        .group_by(delivery, Delivery.state),
    )
    yield (
        "to",
        fact(delivery, number=func.count(distinct(Delivery.authority_code)))
        .where(reach.is_to_role(mailouts))
        .group_by(delivery),
    )
    is_in_time = Delivery.state.in_(WAITING), Delivery.due_at < Delivery.not_after
    yield (
        "due",
        fact(delivery, at=func.min(Delivery.due_at)).where(is_its, *is_in_time).group_by(delivery),
    )
    is_proposed = Letter.version > letters.FIRST, Letter.state == LetterState.PROPOSED
    yield (
        "proposed",
        fact(Letter.mailout_id, key=Letter.authority_code, at=Letter.rendered_at).where(
            is_of(Letter.mailout_id, ids), *is_proposed
        ),
    )
    yield (
        "about us",
        fact(delivery, number=func.count(distinct(NoticeRow.delivery_id)))
        .join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .where(is_of(unindexed(delivery), ids), NoticeRow.is_about_us, NoticeRow.is_believed)
        .group_by(delivery),
    )
