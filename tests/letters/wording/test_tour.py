from __future__ import annotations

from dispatch.domain.letter import Draft
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.oddity import Oddity, OddityKind
from dispatch.letters.wording.tour import ENOUGH, by_oddity, tour
from tests.documents.contents import about

DRAFTS = [Draft(content=about(name), recipients=()) for name in ("A", "B", "C")]
KNOWN = [
    Branch(place="letter.md:1:yes", source="", words="one"),
    Branch(place="letter.md:1:no", source="", words="", without="one"),
    Branch(place="letter.md:2:yes", source="", words="two"),
    Branch(place="letter.md:3:yes", source="", words="three"),
]
ONE, NOT_ONE, TWO, _ = (each.place for each in KNOWN)


def test_few_letters_show_every_branch_the_oddest_first() -> None:
    stops = by_oddity(DRAFTS, {})
    found = tour(stops, [(ONE,), (NOT_ONE,), (ONE, TWO)], KNOWN)
    assert [stop.draft for stop in found.stops] == [stops[1].draft, stops[2].draft]
    assert [[each.place for each in stop.shows] for stop in found.stops] == [[NOT_ONE], [ONE, TWO]]
    assert [each.words for each in found.unseen] == ["three"]
    assert found.letters == 3


def test_the_oddest_letter_comes_first() -> None:
    odd = {"ABC": (Oddity(OddityKind.NO_NAME),)}
    assert by_oddity(DRAFTS, odd)[0].odd == odd["ABC"]


def test_a_letter_that_cannot_be_made_is_among_them() -> None:
    stops = by_oddity(DRAFTS, {})
    found = tour(stops, [(), (ONE,), (ONE,)], KNOWN[:1])
    assert [each.draft for each in found.stops] == [stops[0].draft, stops[1].draft]


def test_without_any_branch_the_oddest_are_shown() -> None:
    stops = by_oddity(DRAFTS * 4, {})
    found = tour(stops, [()] * len(stops), ())
    assert (len(found.stops), found.unseen) == (ENOUGH, ())
