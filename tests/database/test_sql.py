from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Integer, Select, String, Uuid, literal, select, tuple_, union_all
from sqlalchemy.types import TypeEngine

from dispatch.database import Sessions, sql
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Suppression
from dispatch.domain.errors import NotFound, RuleBroken

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


ALIKE = "abcdef12"
FIRST, LAST, ELSEWHERE = (
    UUID(each) for each in (ALIKE.ljust(32, "0"), ALIKE.ljust(32, "f"), "0" * 32)
)


@pytest.fixture
def three_rows(sessions: Sessions) -> None:
    """Two whose ids begin alike, the first and the last of all that can, and another."""
    with sessions.begin() as session:
        for each in (FIRST, LAST, ELSEWHERE):
            row = Suppression(
                address="a@oxo.example",
                reason="asked",
                added_at=datetime(2020, 7, 20, tzinfo=UTC),
                added_by="sam",
            )
            row.id = each
            session.add(row)


def id_of(sessions: Sessions, beginning: str) -> UUID:
    with sessions.read() as session:
        return sql.id_starting_with(
            session, Suppression.id, beginning, what="word", see="`the list`"
        )


@pytest.mark.parametrize(
    "beginning", ["ABCDEF12f", " abcdef12-ffff ", str(LAST), LAST.hex, str(LAST).upper()[:23]]
)
@pytest.mark.usefixtures("three_rows")
def test_a_row_is_found_by_the_beginning_of_its_id(sessions: Sessions, beginning: str) -> None:
    assert id_of(sessions, beginning) == LAST
    assert id_of(sessions, f"{ALIKE}0") == FIRST


@pytest.mark.usefixtures("three_rows")
def test_a_beginning_that_two_share_names_neither(sessions: Sessions) -> None:
    with pytest.raises(RuleBroken, match="more than one word has an id that begins with abcdef12:"):
        id_of(sessions, ALIKE)


@pytest.mark.parametrize("beginning", ["", "-", "xyz", "0" * 33, "%"])
@pytest.mark.usefixtures("three_rows")
def test_what_is_no_id_is_said_to_be_none(sessions: Sessions, beginning: str) -> None:
    with pytest.raises(NotFound, match=f"'{beginning}' is not the id of a word; see `the list`"):
        id_of(sessions, beginning)


@pytest.mark.usefixtures("three_rows")
def test_an_id_that_nothing_has_is_not_found(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match="no word has an id that begins with 00-1; see `the list`"):
        id_of(sessions, "00-1")
