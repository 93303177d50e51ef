from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.digest import canonical_json, canonical_texts, digest, plain

scalars = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text()


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
    assert canonical_json(plain(thing)) == (
        b'{"at":"09:00:00","colour":"red","names":["a","b"],"on":"2020-07-22"}'
    )


def test_the_digest_never_changes_between_versions() -> None:
    """Digests already published must verify for ever: this value is not to be updated."""
    assert digest(["Oxford City Council", 2020])[:16] == "001cd8f309974ba3"


def test_what_has_no_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="JSON has no object"):
        digest(object())


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800"])
def test_what_other_programs_would_read_as_something_else_is_refused(value: object) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        digest(value)


@given(
    st.recursive(
        scalars | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["9" * 16]),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_fast_spelling_is_that_of_the_rfc(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


ascii_names = st.text(st.characters(max_codepoint=126))
texts = st.text(st.characters(exclude_categories=["Cs"]))
plain_values = st.none() | st.booleans() | texts | st.integers(1 - 2**53, 2**53 - 1)


@given(
    st.recursive(plain_values, lambda inner: st.lists(inner) | st.dictionaries(ascii_names, inner))
)
def test_texts_are_spelled_as_the_rfc_says(value: Any) -> None:
    assert canonical_texts(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", ["\ud800", b"", 1j, date(2020, 7, 20), {1: ""}, 2**64])
def test_what_json_does_not_have_is_not_spelled_as_a_text(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_texts([value])


def test_keys_are_sorted_and_numbers_spelled_as_the_rfc_says() -> None:
    """After the examples of RFC 8785, sections 3.2.3 and 3.2.4."""
    value = {"\ufb33": 1e30, "\U0001f600": 4.50, "\u20ac": 0.000000000000000000000000001, "1": -0.0}
    assert canonical_json(value).decode() == (
        '{"1":0,"\u20ac":1e-27,"\U0001f600":4.5,"\ufb33":1e+30}'
    )
