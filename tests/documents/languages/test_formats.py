from __future__ import annotations

from datetime import date

import pytest

from dispatch.documents.languages import formats
from dispatch.domain.errors import CannotRender


@pytest.mark.parametrize(
    ("language", "said"),
    [("cy", "22 Gorffennaf 2026"), ("en", "22 July 2026"), ("ga", "22 Iúil 2026")],
)
def test_days_have_the_months_of_their_language(language: str, said: str) -> None:
    assert formats.day(date(2026, 7, 22), language) == said
    assert formats.day("2026-07-22", language) == said


@pytest.mark.parametrize(
    ("language", "value", "said"),
    [
        *(
            ("en", n, s)
            for n, s in ((1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"))
        ),
        *(("cy", n, s) for n, s in ((1, "1af"), (2, "2il"), (3, "3ydd"), (4, "4ydd"), (5, "5ed"))),
        *(("cy", n, s) for n, s in ((7, "7fed"), (10, "10fed"), (11, "11eg"), (12, "12fed"))),
        *(("cy", n, s) for n, s in ((16, "16eg"), (18, "18fed"), (20, "20fed"), (31, "31ain"))),
    ],
)
def test_ordinals_have_the_endings_of_their_language(language: str, value: int, said: str) -> None:
    assert formats.ordinal(value, language) == said


def test_an_ordinal_that_is_not_known_is_refused() -> None:
    for language, value in (("cy", 41), ("ga", 1), ("en", 0)):
        with pytest.raises(CannotRender, match="write it out"):
            formats.ordinal(value, language)


def test_a_plural_has_the_forms_that_its_language_has() -> None:
    forms = {"two": "ddwy gŵyn", "zero": "dim cwynion"}
    said = [formats.plural(n, "gŵyn", "cwyn", "cy", **forms) for n in (0, 1, 2, 3, 10)]
    assert said == ["dim cwynion", "gŵyn", "ddwy gŵyn", "cwyn", "cwyn"]
    assert formats.plural(2, "complaint", "complaints", "en") == "complaints"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Gwynedd"], "Gwynedd"),
        (["Gwynedd", "Abertawe"], "Gwynedd ac Abertawe"),
        (["Abertawe", "Caerdydd"], "Abertawe a Chaerdydd"),
        (["Conwy", "Gwynedd", "Powys"], "Conwy, Gwynedd a Phowys"),
        (["Conwy", "Wrecsam"], "Conwy a Wrecsam"),
    ],
)
def test_the_last_of_several_follows_and_in_welsh(words: list[str], said: str) -> None:
    assert formats.join_words(words, "cy") == said


def test_numbers_are_marked_as_their_language_marks_them() -> None:
    assert formats.number(1234567, "cy") == "1,234,567"


def test_letters_are_not_in_a_language_that_they_do_not_have() -> None:
    with pytest.raises(CannotRender, match="cannot be in the language xx"):
        formats.number(1, "xx")
