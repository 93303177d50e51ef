"""The seals: who may seal, writing a seal with what it holds, and reading seals back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

from sqlalchemy import BigInteger, Select, String, Update, bindparam, select, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, insert_into, insert_many, listed, many
from dispatch.database.tables import EventRow, ImprintRow, SealRow
from dispatch.domain.proof.ledger import Imprint
from dispatch.domain.proof.seal import Seal, opening, own_entry

FIRST: Final = 0
"""The number of the seal whose row serves as the lock."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A seal as it is stored, with the hash that is stored beside it."""

    seal: Seal
    hash: str
    edge: list[bytes]


def hold(session: Session, *, now: datetime) -> Kept | None:
    """Return the last seal, and let nobody else seal until the transaction ends.

    None while somebody else is sealing. Opens the ledger if it is new.
    """
    # Always the same row is locked, and not that of the last seal: one who waited for that would
    # then hold a row that is no longer the last. With six writers on PostgreSQL it failed 101 of
    # 150 times.
    row = session.scalars(_lock()).one_or_none()
    if row is None:
        if session.get(SealRow, FIRST):
            return None
        _open(session, now)
        if session.scalars(_lock()).one_or_none() is None:
            return None
    return last(session)


def _lock() -> Select[SealRow]:
    return select(SealRow).where(SealRow.number == FIRST).with_for_update(skip_locked=True)


def _open(session: Session, now: datetime) -> None:
    seal = opening(now)
    session.execute(insert_into(session, SealRow).values(_row(seal, ())).on_conflict_do_nothing())


def last(session: Session) -> Kept | None:
    """Return the last seal; None if nothing has been sealed yet."""
    row = session.scalars(select(SealRow).order_by(SealRow.number.desc()).limit(1)).one_or_none()
    return _kept(row) if row else None


def _kept(row: SealRow) -> Kept:
    return Kept(row.to_seal(), row.hash, [octets(root) for root in row.edge])


def octets(spelled: str) -> bytes:
    """Return what stands in hexadecimal; nothing if it is not, which no hash is."""
    try:
        return bytes.fromhex(spelled)
    except ValueError:
        return b""


def _row(seal: Seal, edge: Iterable[bytes]) -> dict[str, object]:
    values = {name: getattr(seal, name) for name in Seal.__dataclass_fields__}
    return {**values, "hash": seal.hash, "edge": [root.hex() for root in edge]}


def write(
    session: Session,
    seal: Seal,
    edge: Sequence[bytes],
    events: Sequence[tuple[int, bytes, str | None]],
    imprints: Sequence[Imprint],
) -> None:
    """Write a seal and its imprints, and give its events (id, hash, salt) their places."""
    start = seal.end - len(events) - len(imprints)
    dialect = session.get_bind().dialect.name
    placed = [
        {"event_id": id_, "its_place": place, "its_hash": hash_.hex(), "its_salt": salt}
        for place, (id_, hash_, salt) in enumerate(events, start)
    ]
    if not placed:
        pass  # the seal's own entry is all there is
    elif dialect == "postgresql":
        rows = as_list(tuple(each.values()) for each in placed)
        session.execute(_placing_many(), {"rows": rows})
    else:
        session.connection().execute(_placing(), placed)
    if imprints:
        table = table_of(ImprintRow)
        made = [
            {"place": place, "record": each.record, "digest": each.digest, "salt": each.salt}
            for place, each in enumerate(imprints, start + len(events))
        ]
        session.execute(insert_many(dialect, table), many(dialect, made))
    session.execute(insert_into(session, SealRow).values(_row(seal, edge)))


def _placing() -> Update:
    table = table_of(EventRow)
    return (
        update(table)
        .where(table.c.id == bindparam("event_id"))
        .values(
            place=bindparam("its_place"), hash=bindparam("its_hash"), salt=bindparam("its_salt")
        )
    )


def _placing_many() -> Update:
    table = table_of(EventRow)
    types = (BigInteger(), BigInteger(), String(), String())
    id_, place, hash_, salt = listed("postgresql", "rows", *types).subquery().c
    return update(table).where(table.c.id == id_).values(place=place, hash=hash_, salt=salt)


def after(session: Session, number: int, limit: int) -> Sequence[Kept]:
    """Return the seals after one, in order."""
    query = select(SealRow).where(SealRow.number > number).order_by(SealRow.number).limit(limit)
    rows = session.scalars(query).all()
    kept = [_kept(row) for row in rows]
    for row in rows:
        session.expunge(row)  # there may be very many
    return kept


@dataclass(frozen=True, slots=True)
class SealEntry:
    """The entry of the ledger that a seal has itself, with its place."""

    place: int
    entry: bytes


def own_entries(session: Session, size: int) -> list[SealEntry]:
    """Return the seals' own entries among the first `size` entries of the ledger, by place."""
    table = table_of(SealRow).c
    said = (table.number, table.previous, table.sealed_at, table.is_caught_up)
    query = select(table.size, *said).where(table.is_in_tree, table.size <= size)
    return [
        SealEntry(end - 1, own_entry(number, previous, sealed_at=at, is_caught_up=is_caught_up))
        for end, number, previous, at, is_caught_up in session.execute(query.order_by(table.size))
    ]


def around(
    session: Session, places: Iterable[int], size: int
) -> dict[int, tuple[SealEntry | None, SealEntry | None]]:
    """Return the seals' own entries on both sides of these places of the first `size` entries.

    What stands at a place came there after the first of the two seals was made, and was there when
    the second was. None in place of the first: the seals before it are of an older release, and
    have no entries. None in place of the second: no later one has. A seal's own entry is the second
    of itself.
    """
    own = own_entries(session, size)
    found = {}
    for place in places:
        after = bisect_left(own, place, key=attrgetter("place"))
        found[place] = (own[after - 1] if after else None, own[after] if after < len(own) else None)
    return found


def hold_still(session: Session) -> None:
    """Read the database as it is at this moment until the transaction ends; call this first."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
