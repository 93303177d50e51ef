from __future__ import annotations

import pytest

from dispatch.domain.register.spelling import did_you_mean, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("District Council", "DISTRICT COUNCILS"),
        ("Bath & North East Somerset", "Bath and North East Somerset"),
        ("Stoke-on-Trent", "stoke on trent"),
        ("King\u2019s Lynn", "Kings Lynn"),
        ("Fire authorities", "fire authority"),
        ("London\u00a0Borough", "London Borough"),
        ("St. Helens", "St Helens"),
    ],
)
def test_names_that_differ_in_spelling_alone_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("Adur", "Arun"), ("Ross", "Ros"), ("gas", "ga")])
def test_other_names_are_not(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_a_name_that_is_near_to_none_suggests_none() -> None:
    assert did_you_mean("fire", ["County Council", "London Borough"]) == ""
    assert did_you_mean("Borough Council", ["County Council", "District Council"]) == ""
