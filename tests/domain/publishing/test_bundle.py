from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.letter import Content
from dispatch.domain.publishing.bundle import FIGURES, LETTERS, Sheet, checkpoint, paths
from tests.documents.contents import OXFORD, a_content

NAME = "annual-review-2020"


def a_letter(code: str, name: str) -> Content:
    authority = replace(OXFORD, code=code, name=name, official_name=name)
    return a_content(mailout=NAME, authority=authority)


def test_a_letter_lies_under_its_mailout_by_authority_and_year() -> None:
    found = paths([a_letter("OXO", "Oxford City Council")])
    assert found == {"OXO": f"letters/{NAME}/oxford-city-council-2020.pdf"}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("King's Lynn & West Norfolk", "kings-lynn-west-norfolk-2020.pdf"),
        ("Cyngor Sir Ynys Môn", "cyngor-sir-ynys-mon-2020.pdf"),
        ("../../etc/passwd", "etc-passwd-2020.pdf"),
        ("北京", "abc-2020.pdf"),
    ],
)
def test_a_file_has_a_name_that_any_computer_takes(name: str, file: str) -> None:
    assert paths([a_letter("ABC", name)])["ABC"] == f"letters/{NAME}/{file}"


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), unique_by=lambda x: x[0]))
def test_no_two_letters_lie_in_one_file(authorities: list[tuple[str, str]]) -> None:
    found = paths(a_letter(code, name) for code, name in authorities)
    assert len({path.casefold() for path in found.values()}) == len(found) == len(authorities)
    assert all(path.startswith(f"letters/{NAME}/") for path in found.values())
    assert all(path.isascii() and path.count("/") == 2 for path in found.values())


@pytest.mark.parametrize("sheet", [LETTERS, FIGURES], ids=lambda sheet: str(sheet.file))
def test_rows_are_told_apart_by_columns_that_there_are(sheet: Sheet) -> None:
    assert set(sheet.key) < set(sheet.names)
    assert len(set(sheet.names)) == len(sheet.names)


def test_a_checkpoint_lies_beside_the_letters_under_its_mailout() -> None:
    assert checkpoint(NAME) == f"checkpoints/{NAME}.txt"
