from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.person import parts_of, same


@given(st.text())
def test_a_name_is_the_same_in_capitals_and_with_spaces(name: str) -> None:
    assert same(name, f" {name} ")
    assert same(name, name)


def test_two_people_are_two() -> None:
    assert not same("sam", "alex")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jo Smith", (None, "Jo", "Smith")),
        ("Dr. Jo  van der Smith", ("Dr", "Jo", "van der Smith")),
        ("Ms Siân Wyn-Ó Briain", ("Ms", "Siân", "Wyn-Ó Briain")),
        ("Ms Smith", ("Ms", None, "Smith")),
        ("Prof. Dame Ann Lee", ("Prof Dame", "Ann", "Lee")),
        ("Smith", (None, None, None)),
        ("Dr", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_a_name_has_parts_where_they_can_be_told(
    name: str, parts: tuple[str | None, str | None, str | None]
) -> None:
    assert parts_of(name) == parts
