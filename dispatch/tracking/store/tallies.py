"""How much there is of what, of some mailouts at once: counted by one statement, and not kept.

A counter that is kept would be a row that every sender waits for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Self
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    distinct,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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

    counted = Counter({LetterState(it.key): -it.number for it in each("replaced")})
    for it in each("letters"):
        counted.update(dict(zip(LETTERS, (it.number, it.second, it.third), strict=True)))
    with_delivery = sum(it.number for it in each("to"))
    lost = sum(it.number for it in each("lost"))
    return Tally(
        letters={state: number for state, number in counted.items() if number},
        missing=counted.total() - with_delivery + lost,
        deliveries={DeliveryState(it.key): it.number for it in each("deliveries")},
        proposed={it.key: it.at for it in sorted(each("proposed"), key=lambda it: it.key)},
        with_delivery=with_delivery,
        about_us=sum(it.number for it in each("about us")),
        next_due_at=min((it.at for it in each("due") if it.at), default=None),
    )


def parts(mailouts: Sequence[Mailout]) -> Iterator[tuple[str, Part]]:
    """Yield the statements by which some mailouts are counted, each with its kind."""
    ids, number, delivery = [each.id for each in mailouts], func.count(), Delivery.mailout_id
    is_its = is_of(delivery, ids)
    yield from _letters(mailouts)
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
    yield (
        "about us",
        fact(delivery, number=func.count(distinct(NoticeRow.delivery_id)))
        .join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .where(is_of(unindexed(delivery), ids), NoticeRow.is_about_us, NoticeRow.is_believed)
        .group_by(delivery),
    )


LETTERS: Final = (LetterState.RENDERED, LetterState.WANTED, LetterState.FAILED)
"""The states of letters in force, in the order in which they are counted."""


def _letters(mailouts: Sequence[Mailout]) -> Iterator[tuple[str, Part]]:
    """Yield the statements that count letters: each reads an index in its order, and no letter.

    To ask of each letter whether it is replaced, and whether it has a delivery, takes five times as
    long. Those that are replaced are few, as are those that were sent and are void, so they are
    counted by themselves and taken off.
    """
    ids, of = [each.id for each in mailouts], Letter.mailout_id
    counts = [func.count().filter(Letter.state == state) for state in LETTERS]
    yield (
        "letters",
        fact(of, number=counts[0], second=counts[1], third=counts[2])
        .where(is_of(of, ids))
        .group_by(of),
    )
    # From here on what is looked up of each is a statement of its own within: SQLite begins at the
    # index of later versions, where there are few, only if that has all that is asked for.
    is_later = is_of(of, ids), Letter.version > letters.FIRST
    before = aliased(Letter)
    was = _of_same(before, before.state).where(
        before.version < Letter.version, before.state.in_(LETTERS)
    )
    last = was.order_by(before.version.desc()).limit(1).scalar_subquery()
    gone = select(of, last.label("was")).where(*is_later, Letter.state.in_(LETTERS)).subquery().c
    yield (
        "replaced",
        fact(gone.mailout_id, key=type_coerce(gone.was, String), number=func.count())
        .where(gone.was.is_not(None))
        .group_by(gone.mailout_id, gone.was),
    )
    same = aliased(Letter)
    made_at = _of_same(same, same.rendered_at).where(same.version == Letter.version)
    yield (
        "proposed",
        fact(of, key=Letter.authority_code, at=made_at.scalar_subquery()).where(
            *is_later, Letter.state == LetterState.PROPOSED
        ),
    )
    if released := [each for each in mailouts if each.released_at]:
        yield "lost", _lost(released)


def _of_same(other: type[Letter], column: InstrumentedAttribute[Any]) -> Select[Any]:
    """Select a column of the versions of a letter that stands outside."""
    is_same = (
        other.mailout_id == Letter.mailout_id,
        other.authority_code == Letter.authority_code,
    )
    return select(column).where(*is_same).correlate(Letter)


def _lost(mailouts: Sequence[Mailout]) -> Part:
    """Count the authorities that have a delivery to the first To role, and no letter in force."""
    ids, void, of = [each.id for each in mailouts], aliased(Letter), Delivery.mailout_id
    voided = select(void.mailout_id, void.authority_code).where(
        is_of(void.mailout_id, ids), *letters.are_not_made(void.state, LetterState.VOID)
    )
    has_one: Select[int] = select(literal_column("1")).where(
        Letter.mailout_id == of,
        Letter.authority_code == Delivery.authority_code,
        *letters.are_in_force(ids),
    )
    return (
        fact(of, number=func.count(distinct(Delivery.authority_code)))
        .where(
            tuple_(of, Delivery.authority_code).in_(voided),
            reach.is_to_role(mailouts),
            ~has_one.correlate(Delivery).exists(),
        )
        .group_by(of)
    )
