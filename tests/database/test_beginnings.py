from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from dispatch.database import Sessions, beginnings
from dispatch.database.tables import Suppression
from dispatch.domain.errors import NotFound, RuleBroken

ALIKE = "abcdef12"
FIRST, LAST, OTHER = (UUID(each) for each in (ALIKE.ljust(32, "0"), ALIKE.ljust(32, "f"), "0" * 32))


@pytest.fixture(autouse=True)
def three_rows(sessions: Sessions) -> None:
    """Two whose ids begin alike, the first and the last of all that can, and another."""
    with sessions.begin() as session:
        for each in (FIRST, LAST, OTHER):
            row = Suppression(
                address="a@oxo.example",
                reason="asked",
                added_at=datetime(2020, 7, 20, tzinfo=UTC),
                added_by="sam",
            )
            row.id = each
            session.add(row)


def found(sessions: Sessions, beginning: str) -> UUID:
    with sessions.read() as session:
        return beginnings.id_of(session, Suppression.id, beginning, what="word", see="`the list`")


@pytest.mark.parametrize(
    "beginning", ["ABCDEF12f", " abcdef12-ffff ", str(LAST), LAST.hex, str(LAST).upper()[:23]]
)
def test_a_row_is_found_by_the_beginning_of_its_id(sessions: Sessions, beginning: str) -> None:
    assert found(sessions, beginning) == LAST
    assert found(sessions, f"{ALIKE}0") == FIRST


def test_a_beginning_that_two_share_names_neither(sessions: Sessions) -> None:
    with pytest.raises(RuleBroken, match="more than one word has an id that begins with abcdef12:"):
        found(sessions, ALIKE)


@pytest.mark.parametrize("beginning", ["", "-", "xyz", "0" * 33, "%"])
def test_what_is_no_id_is_said_to_be_none(sessions: Sessions, beginning: str) -> None:
    with pytest.raises(NotFound, match=f"'{beginning}' is not the id of a word; see `the list`"):
        found(sessions, beginning)


def test_an_id_that_nothing_has_is_not_found(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match="no word has an id that begins with 00-1; see `the list`"):
        found(sessions, "00-1")
