from __future__ import annotations

import pytest

from dispatch.domain.register.search import Sought, searched, words


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Ynys Mo\u0302n", "ynys mon"),
        ("Bath & North", "bath north"),
        ("Bath and North", "bath north"),
        ("saint alb", "st alb"),
        ("St. Albans", "st albans"),
        ("King\u2019s Lynn", "kings lynn"),
        ("and", "and"),
        ("%_\x00", ""),
    ],
)
def test_words_are_compared_as_people_spell_them(typed: str, same: str) -> None:
    assert " ".join(words(typed)) == same


def test_an_authority_has_a_text_with_the_words_of_its_names_and_of_those_before() -> None:
    found = searched(("St Albans", "St. Albans City & District Council"), ("Verulam",))
    assert found == "| st albans | st albans city district council =| verulam "


def test_a_long_text_is_cut_before_it_is_looked_for() -> None:
    sought = Sought.of("ynys mon " + "x" * 100_000)
    assert len(" ".join(sought.words)) == len(sought.slug) == 80
    assert len(sought.pieces) <= 10
