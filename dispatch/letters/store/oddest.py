"""Statements about what is odd about letters, and the letters oddest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    Tuple,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, defer

from dispatch.database.sql import as_list, insert_into, listed
from dispatch.database.tables import Letter, Mailout, SeenLetter
from dispatch.domain.letter import LetterState
from dispatch.domain.letters.oddity import Oddity, OddityKind
from dispatch.letters.store.letters import are_in_force, are_not_made


def codes_before(
    session: Session, mailout: Mailout, codes: Collection[str] | None = None
) -> frozenset[str] | None:
    """Return the codes of the letters that other mailouts sent; None if none has sent any.

    All of them, or those of some codes.
    """
    others = select(Mailout.id).where(Mailout.released_at.is_not(None), Mailout.id != mailout.id)
    before = select(Letter.authority_code).where(Letter.mailout_id.in_(others))
    if session.scalar(before.limit(1)) is None:
        return None
    if codes is None:
        return frozenset(session.scalars(before.distinct()))
    these = listed(session.get_bind().dialect.name, "codes", String())
    found = before.where(Letter.authority_code.in_(these)).distinct()
    return frozenset(session.scalars(found, {"codes": as_list((each,) for each in codes)}))


def branches(session: Session, mailout: Mailout) -> dict[str, int]:
    """Return how many letters took each set of branches."""
    query = (
        select(Letter.branches, func.count())
        .where(*are_in_force([mailout.id]), Letter.branches.is_not(None))
        .group_by(Letter.branches)
    )
    return {taken: count for taken, count in session.execute(query) if taken is not None}


def to_note(
    session: Session, mailout: Mailout, found: Collection[str], kinds: Iterable[str]
) -> Sequence[Letter]:
    """Return the letters that took these sets of branches, or have an oddity of these kinds."""
    is_one = or_(Letter.branches.in_(found), *(_has(kind) for kind in kinds))
    query = select(Letter).where(*are_in_force([mailout.id]), is_one)
    return session.scalars(query.options(defer(Letter.draft))).all()


def _has(kind: str) -> ColumnElement[bool]:
    return cast(Letter.oddities, String).contains(f'"{kind}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters of a mailout are wanted; all, by default."""

    group: str | None = None
    is_odd: bool = False
    is_failed: bool = False
    has_own_paragraph: bool = False
    is_changed: bool = False
    """Made since the last approval."""
    is_unseen: bool = False
    """Not looked at by the person."""
    made_since: datetime | None = None

    def conditions(self, person: str) -> Iterator[ColumnElement[bool]]:
        if self.group is not None:
            yield Letter.group_name == self.group if self.group else Letter.group_name.is_(None)
        if self.is_odd:
            yield Letter.plainness < 0
        if self.is_failed:
            yield from are_not_made(Letter.state, LetterState.FAILED)
        if self.has_own_paragraph:
            yield Letter.plainness < 0  # as of all that have an oddity: the index knows these
            yield _has(OddityKind.OWN_PARAGRAPH.value)
        if self.is_changed:
            yield Letter.approval_index.is_(None)
        if self.made_since:
            yield Letter.rendered_at > self.made_since
        if self.is_unseen:
            yield ~_is_seen(person)


def _is_seen(person: str) -> ColumnElement[bool]:
    return exists().where(SeenLetter.person == person, SeenLetter.digest == Letter.digest)


@dataclass(frozen=True, slots=True)
class Row:
    """A letter in the list of all."""

    id: UUID
    code: str
    authority: str
    """The name of the authority that it is about."""
    group: str | None
    state: LetterState
    version: int
    plainness: int
    oddities: tuple[Oddity, ...]
    is_seen: bool
    """Whether the person has looked at it as it is."""
    digest: str
    """Its own; empty until it is made."""

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list."""
        return self.plainness, self.code


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[Row]:
    return [
        Row(
            id_,
            code,
            name or code,
            group,
            state,
            version,
            plainness,
            _read(odd),
            bool(seen),
            made or "",
        )
        for id_, code, name, group, state, version, plainness, odd, seen, made in session.execute(
            query
        )
    ]


def _read(stored: Iterable[Sequence[Any]]) -> tuple[Oddity, ...]:
    return tuple(map(Oddity.of, stored))


def _query(mailout: Mailout, person: str) -> Select[*tuple[Any, ...]]:
    draft = type_coerce(Letter.draft, JSON)
    return select(
        Letter.id,
        Letter.authority_code,
        draft[("content", "authority", "official_name")].as_string(),
        Letter.group_name,
        Letter.state,
        Letter.version,
        Letter.plainness,
        Letter.oddities,
        _is_seen(person),
        Letter.digest,
    ).where(*are_in_force([mailout.id]))


def page(
    session: Session,
    mailout: Mailout,
    wanted: Wanted,
    person: str,
    *,
    after: tuple[int, str] | None = None,
    limit: int,
) -> list[Row]:
    """Return letters, the oddest first, that follow a place in the list."""
    query = _query(mailout, person).where(*wanted.conditions(person))
    if after is not None:
        query = query.where(_place() > tuple_(*after))
    ordered = query.order_by(Letter.plainness, Letter.authority_code).limit(limit)
    return _rows(session, ordered)


def _place() -> Tuple:
    """Return where a letter stands, as one value: both databases find that by the index."""
    return tuple_(Letter.plainness, Letter.authority_code)


def beside(session: Session, mailout: Mailout, letter: Letter) -> tuple[str | None, str | None]:
    """Return the codes of the letters before and after one in the list of all."""
    place, own = (
        (Letter.plainness, Letter.authority_code),
        (letter.plainness, letter.authority_code),
    )
    query = select(Letter.authority_code).where(*are_in_force([mailout.id])).limit(1)
    before = query.where(_place() < tuple_(*own)).order_by(*(each.desc() for each in place))
    after = query.where(_place() > tuple_(*own)).order_by(*place)
    return session.scalar(before), session.scalar(after)


def groups(session: Session, mailout: Mailout) -> list[str | None]:
    """Return the comparison groups of the letters of a mailout; None last, if any has none."""
    query = select(Letter.group_name).where(Letter.mailout_id == mailout.id).distinct()
    return sorted(session.scalars(query), key=lambda each: (each is None, each or ""))


def drawn(
    session: Session, mailout: Mailout, since: Mapping[str | None, str], person: str, *, limit: int
) -> list[Row]:
    """Return letters of each group in the order of their digests from a point on, then the first.

    Their digests are as good as random, so that these are drawn by the point of the group alone.
    One statement, however many groups there are.
    """
    if not since:
        return []
    some = union_all(
        *(
            select(_drawn(mailout, group, is_from, limit).subquery().c.id)
            for group, point in since.items()
            for is_from in (Letter.digest >= point, Letter.digest < point)
        )
    )
    query = _query(mailout, person).where(Letter.id.in_(some))
    found = _rows(session, query)
    return sorted(found, key=lambda row: (row.digest < since[row.group], row.digest))


def _drawn(
    mailout: Mailout, group: str | None, is_from: ColumnElement[bool], limit: int
) -> Select[*tuple[Any, ...]]:
    is_in = Letter.group_name == group if group is not None else Letter.group_name.is_(None)
    query = select(Letter.id).where(*are_in_force([mailout.id]), is_in, is_from)
    return query.order_by(Letter.digest).limit(limit)


def see(session: Session, person: str, digest: str, *, now: datetime) -> None:
    """Note that a person has looked at the letter with this digest."""
    values = {"person": person, "digest": digest, "seen_at": now}
    session.execute(insert_into(session, SeenLetter).values(values).on_conflict_do_nothing())
