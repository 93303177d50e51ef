from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.digest import UNLESS_NONE, canonical, digest

scalars = st.none() | st.booleans() | st.integers() | st.text()


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    colour: Colour
    on: date
    at: time
    names: frozenset[str]


@given(st.dictionaries(st.text(), scalars), st.randoms())
def test_the_order_of_keys_makes_no_difference(value: dict[str, object], random: object) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


@given(st.lists(scalars, min_size=2, unique_by=repr))
def test_the_order_of_a_list_does(value: list[object]) -> None:
    assert digest(value) != digest(value[::-1])


def test_a_domain_value_has_one_spelling() -> None:
    thing = Thing(Colour.RED, date(2020, 7, 22), time(9), frozenset({"b", "a"}))
    assert canonical(thing) == (
        '{"at":"09:00:00","colour":"red","names":["a","b"],"on":"2020-07-22"}'
    )


def test_the_digest_never_changes_between_versions() -> None:
    """Digests already published must verify for ever: this value is not to be updated."""
    assert digest(["Oxford City Council", 2020])[:16] == "001cd8f309974ba3"


def test_what_has_no_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="no canonical spelling for object"):
        digest(object())


@dataclass(frozen=True)
class Later:
    name: str
    hours: str | None = field(default=None, metadata={UNLESS_NONE: True})


def test_a_field_that_came_later_changes_no_digest_until_it_is_filled() -> None:
    assert digest(Later("a")) == digest({"name": "a"})
    assert digest(Later("a", "08:00-18:00")) != digest(Later("a"))
