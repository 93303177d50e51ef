from __future__ import annotations

import pytest

from dispatch.domain.letters.comparison import Figure, Side, figures, passages
from tests.documents.contents import a_content, boxes

G, N, S = Side.GONE, Side.NEW, Side.SAME
OLD = "Dear Mr Mitchell\n\nWe investigated ten complaints and\nupheld two.\n\nYours"


@pytest.mark.parametrize(
    ("new", "pieces"),
    [
        (OLD.replace("complaints and\nupheld", "complaints\nand upheld"), []),
        (
            OLD.replace("ten", "eleven"),
            [(S, "We investigated"), (G, "ten"), (N, "eleven"), (S, "complaints and upheld two.")],
        ),
        (
            OLD.replace("Dear Mr Mitchell", "Good morning"),
            [(G, "Dear Mr Mitchell"), (N, "Good morning")],
        ),
        (OLD + "\n\nA last line.", [(N, "A last line.")]),
        (OLD.replace("\n\nYours", ""), [(G, "Yours")]),
    ],
)
def test_the_text_of_two_letters_says_what_is_new_and_gone(
    new: str, pieces: list[tuple[Side, str]]
) -> None:
    changed = [each for each in passages(OLD, new) if not each.is_same]
    assert [(piece.side, piece.text) for each in changed for piece in each.pieces] == pieces


def test_figures_stand_side_by_side_with_their_change() -> None:
    old = a_content(boxes=boxes((1, 4, 50), (1, 1, None)))
    new = a_content(boxes=boxes((2, 4, 60), (0, 0, None)))
    found = {each.name: each for each in figures(old, new)}
    upheld, *_ = found.values()
    assert upheld == Figure(upheld.name, "1 of 4 (25%)", "2 of 4 (50%)", "+25 points")
    assert found[f"{upheld.name}: average"] == Figure(f"{upheld.name}: average", "50%", "60%", "")
    assert "nothing to measure" in {each.now for each in found.values()}
