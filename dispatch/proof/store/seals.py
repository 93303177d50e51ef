"""The seals: who may seal, writing a seal with what it holds, and reading seals back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Select, String, Update, bindparam, select, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, insert_into, insert_many, listed, many
from dispatch.database.tables import EventRow, ImprintRow, SealRow
from dispatch.domain.proof.ledger import Imprint
from dispatch.domain.proof.seal import Seal, opening

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
    return Kept(row.to_seal(), row.hash, [bytes.fromhex(root) for root in row.edge])


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
    start = seal.size - len(events) - len(imprints)
    dialect = session.get_bind().dialect.name
    placed = [
        {"event_id": id_, "its_place": place, "its_hash": hash_.hex(), "its_salt": salt}
        for place, (id_, hash_, salt) in enumerate(events, start)
    ]
    if dialect == "postgresql":
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


def hold_still(session: Session) -> None:
    """Read the database as it is at this moment until the transaction ends; call this first."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
