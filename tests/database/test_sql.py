from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Integer, Select, String, Uuid, literal, select, tuple_, union_all
from sqlalchemy.types import TypeEngine

from dispatch.database import Sessions
from dispatch.database.lists import as_list, listed

ID, OTHER = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("types", "given", "found"),
    [
        ((Uuid(), Integer()), [(ID, 1), (OTHER, 2)], [(ID, 1)]),
        ((Uuid(), Integer()), [(ID, 2), (OTHER, 1)], []),
        ((Uuid(), Integer()), [], []),
        ((String(), Integer()), [("it's", 1), ('"', 1), ("é\\", 3)], [("it's", 1), ("é\\", 3)]),
        ((Uuid(),), [(ID,), (ID,)], [(ID,)]),
    ],
)
def test_rows_are_in_a_list_if_all_of_their_columns_are(
    sessions: Sessions,
    types: tuple[TypeEngine[object], ...],
    given: list[tuple[object, ...]],
    found: list[tuple[object, ...]],
) -> None:
    there = [*found, tuple(_another(type_) for type_ in types)]
    rows = union_all(*(_row(each, types) for each in there)).subquery()
    with sessions.read() as session:
        dialect = session.get_bind().dialect.name
        asked = select(rows).where(tuple_(*rows.c).in_(listed(dialect, "given", *types)))
        assert [tuple(row) for row in session.execute(asked, {"given": as_list(given)})] == found


def _row(
    row: tuple[object, ...], types: tuple[TypeEngine[object], ...]
) -> Select[*tuple[Any, ...]]:
    named = zip("abc", row, types, strict=False)
    return select(*(literal(value, type_).label(name) for name, value, type_ in named))


def _another(type_: TypeEngine[object]) -> object:
    return {Uuid: uuid4(), Integer: 99, String: "none of them"}[type(type_)]


def test_a_list_may_be_long(sessions: Sessions) -> None:
    given = [(number,) for number in range(50_000)]
    with sessions.read() as session:
        asked = listed(session.get_bind().dialect.name, "given", Integer())
        found = session.execute(asked, {"given": as_list(given)}).all()
    assert [tuple(row) for row in found] == given
