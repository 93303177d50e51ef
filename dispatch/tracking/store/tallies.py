"""How much there is of what, of some mailouts at once: counted by one statement, and not kept.

A counter that is kept would be a row that every sender waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    distinct,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from dispatch.database.sql import is_of
from dispatch.database.tables import Delivery, Letter, Mailout, NoticeRow
from dispatch.domain.delivery import WAITING, DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.letters.store import letters
from dispatch.tracking.store import reach

Part = Select[*tuple[Any, ...]]
"""A statement for one number or moment of each mailout: its id, what is counted, how many, when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of what in one mailout."""

    letters: Mapping[LetterState, int]
    """The letters in force, by state."""
    deliveries: Mapping[DeliveryState, int]
    proposed: Mapping[str, datetime | None]
    """The authorities with a new version that waits for approval, and when it was made."""
    with_delivery: int
    """How many authorities have a delivery to the first To role."""
    about_us: int
    """How many deliveries came back because of our own server or domain."""
    next_due_at: datetime | None
    """When the first of the waiting deliveries is due; None if none is in time."""

    @property
    def in_force(self) -> int:
        """How many letters are in force."""
        return sum(self.letters.values())

    @property
    def waiting(self) -> int:
        """How many deliveries wait."""
        return sum(self.deliveries.get(state, 0) for state in WAITING)


def tally(session: Session, mailout: Mailout) -> Tally:
    """Count one mailout."""
    return tallies(session, [mailout])[mailout.id]


def tallies(session: Session, mailouts: Sequence[Mailout]) -> dict[UUID, Tally]:
    """Count some mailouts, by id."""
    if not mailouts:
        return {}
    named = (
        select(literal(name).label("part"), *part.subquery().c)
        for name, part in _parts([each.id for each in mailouts], reach.is_to_role(mailouts))
    )
    found: dict[tuple[UUID, str], list[Counted]] = defaultdict(list)
    for part, id_, *counted in session.execute(union_all(*named)):
        found[id_, part].append(Counted(*counted))
    return {each.id: _tally({part: found[each.id, part] for part in PARTS}) for each in mailouts}


class Counted(NamedTuple):
    """What is counted, how much of it there is, and when."""

    key: str
    number: int
    at: datetime | None


PARTS: Final = ("letters", "deliveries", "proposed", "to", "about us", "due")


def _tally(part: Mapping[str, list[Counted]]) -> Tally:
    return Tally(
        letters={LetterState(each.key): each.number for each in part["letters"]},
        deliveries={DeliveryState(each.key): each.number for each in part["deliveries"]},
        proposed={each.key: each.at for each in sorted(part["proposed"])},
        with_delivery=sum(each.number for each in part["to"]),
        about_us=sum(each.number for each in part["about us"]),
        next_due_at=min((each.at for each in part["due"] if each.at), default=None),
    )


def _parts(ids: Sequence[UUID], is_to_role: ColumnElement[bool]) -> Iterator[tuple[str, Part]]:
    delivery, state = Delivery.mailout_id, type_coerce(Delivery.state, String)
    no_key, no_number = type_coerce(null(), String), type_coerce(null(), func.count().type)
    no_moment = type_coerce(null(), Delivery.due_at.type)
    yield (
        "letters",
        select(Letter.mailout_id, type_coerce(Letter.state, String), func.count(), no_moment)
        .where(*letters.are_in_force(ids))
        .group_by(Letter.mailout_id, Letter.state),
    )
    yield (
        "deliveries",
        select(delivery, state, func.count(), no_moment)
        .where(is_of(delivery, ids))
        .group_by(delivery, Delivery.state),
    )
    yield (
        "to",
        select(delivery, no_key, func.count(distinct(Delivery.authority_code)), no_moment)
        .where(is_to_role)
        .group_by(delivery),
    )
    yield (
        "due",
        select(delivery, no_key, no_number, func.min(Delivery.due_at))
        .where(
            is_of(delivery, ids),
            Delivery.state.in_(WAITING),
            Delivery.due_at < Delivery.not_after,
        )
        .group_by(delivery),
    )
    yield (
        "proposed",
        select(Letter.mailout_id, Letter.authority_code, no_number, Letter.rendered_at).where(
            is_of(Letter.mailout_id, ids),
            Letter.version > letters.FIRST,
            Letter.state == LetterState.PROPOSED,
        ),
    )
    yield (
        "about us",
        select(delivery, no_key, func.count(distinct(NoticeRow.delivery_id)), no_moment)
        .join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .where(is_of(delivery, ids), NoticeRow.is_about_us, NoticeRow.is_believed)
        .group_by(delivery),
    )
