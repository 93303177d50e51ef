from __future__ import annotations

import pytest

from dispatch.documents.markdown import parts
from dispatch.documents.multilingual import equal
from dispatch.documents.multilingual.version import Version
from dispatch.documents.pages import Pages
from dispatch.domain.letters.languages import in_language
from tests.documents.contents import a_content

NOTE = list(parts("::: note\n\nDear Jo\n"))


def version(language: str, letter: str, in_words: tuple[int, ...] = ()) -> Version:
    said = {"letter": in_words, "covering note": (), "note to send again": ()}
    return Version(
        content=in_language(a_content(), language),
        pages=Pages({}),
        title="",
        letter=list(parts(f"::: body\n\n{letter}\n")),
        note=NOTE,
        again=NOTE,
        branches=(),
        in_words=said,
    )


@pytest.mark.parametrize(
    ("welsh", "english"),
    [
        (
            "Un.\n\nDau 57%, [yma](https://x.example/cy/1).",
            "One.\n\nTwo 57%, [here](https://x.example/).",
        ),
        ("Ar 1 Ebrill 2026, y 3ydd.", "On 1 April 2026, the 3rd."),
        ("1,234 o gwynion", "1234 complaints"),
        ("<https://x.example/cy/2026> 5", "<https://x.example/en/2025> 5"),
    ],
)
def test_what_says_the_same_is_not_complained_of(welsh: str, english: str) -> None:
    assert not list(equal.flaws([version("cy", welsh), version("en", english)]))


@pytest.mark.parametrize(
    ("welsh", "english", "said"),
    [
        (
            "Un.",
            "One.\n\nTwo.",
            'letter: cy lacks what en has in body: the paragraph "Two."',
        ),
        (
            "Un.\n\n- dau\n- tri",
            "One.\n\n- two",
            'letter: cy lacks what en has in body: the list of 1 "two"',
        ),
        (
            "Y ffigur yw 75%.",
            "The figure is 57%.",
            'letter: cy lacks the number 57, which en has in "The figure is 57%."',
        ),
        (
            "Un ac un: 2 a 2.",
            "One and one: 2.",
            'letter: en lacks the number 2, which cy has in "Un',
        ),
        ("# Un", "## One", 'letter: en lacks what cy has in body: the heading of level 1 "Un"'),
    ],
)
def test_what_one_language_lacks_is_named_with_its_place(
    welsh: str, english: str, said: str
) -> None:
    found = list(equal.flaws([version("cy", welsh), version("en", english)]))
    assert any(each.startswith(said) for each in found), found


def test_a_number_in_words_counts_as_one_in_figures() -> None:
    english = version("en", "We have three measures.", in_words=(3,))
    assert not list(equal.flaws([version("cy", "Mae gennym 3 mesur."), english]))


def test_a_part_that_is_missing_is_named() -> None:
    more = version("en", "One.\n\n::: box\n\nTwo.")
    [flaw] = equal.flaws([version("cy", "Un."), more])
    assert flaw == "letter: its parts are body in cy, and body, box in en"
