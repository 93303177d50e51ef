from __future__ import annotations

import pytest

from dispatch.documents.font import drawable, undrawable


@pytest.mark.parametrize("character", [*"aZ9 '£éŵŷŁ", "\u2019", "\u2013", "\n", "\u00a0", "\u2011"])
def test_what_british_and_european_names_need_can_be_drawn(character: str) -> None:
    assert drawable(character)


@pytest.mark.parametrize(
    "character", ["漢", "😀", "\u0627", "\u202e", "\u200b", "\ufffe", "\uffff"]
)
def test_what_the_font_lacks_cannot_be_drawn(character: str) -> None:
    assert not drawable(character)


def test_what_cannot_be_drawn_is_named_once() -> None:
    assert undrawable("a漢b漢😀") == "漢😀"
    assert undrawable("Mr O'Neill") == ""
