from __future__ import annotations

import pytest

from dispatch.domain.letters.oddity import Oddity, OddityKind
from dispatch.views.oddities import WORDS, in_words, reasons

K = OddityKind


@pytest.mark.parametrize(
    ("oddity", "words"),
    [
        (Oddity(K.MOVED, ("Complaints upheld", 20, 80)), "80%, and 20% the year before"),
        (Oddity(K.SHARED_MAILBOX, ("ADU", "WOT")), "also gets the letter of ADU and WOT"),
        (
            Oddity(K.RARE_BRANCH, ("letter.md", 46, "no", 3)),
            "only 3 letters read so: where it does not hold (letter.md, line 46)",
        ),
        (Oddity(K.RARE_BRANCH, ("letter.md", 46, "yes", 1)), "no other letter reads so"),
        (
            Oddity(K.RARE_BRANCH, ("letter.md", 46, "yes", 3, "We are sorry.", "")),
            'only 3 letters say "We are sorry." (letter.md, line 46)',
        ),
        (
            Oddity(K.RARE_BRANCH, ("letter.md", 46, "no", 1, "", "Well done.")),
            'no other letter leaves out "Well done." (letter.md, line 46)',
        ),
        (Oddity(K.FAILED, ("{x} is missing",)), "could not be made: {x} is missing"),
    ],
)
def test_an_oddity_is_said_in_words(oddity: Oddity, words: str) -> None:
    assert words in in_words(oddity)


def test_each_kind_has_words_and_what_counts_most_is_said_first() -> None:
    assert WORDS.keys() == set(OddityKind)
    said = reasons([Oddity(K.NO_GROUP), Oddity(K.MADE_UP)])
    assert said == ("has made-up figures", "has no comparison group")


def test_of_many_rare_turns_three_are_named() -> None:
    said = reasons(
        [Oddity(K.RARE_BRANCH, ("letter.md", n, "yes", 2, "Sorry", "")) for n in range(5)]
    )
    assert len(said) == 3
    assert said[2].endswith("(letter.md, line 2), and 2 more such places")
