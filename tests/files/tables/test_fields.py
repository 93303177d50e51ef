from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.register.authority import slugified
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong


def rule_of(read: Callable[[str], object], value: str) -> str:
    with pytest.raises(Wrong) as wrong:
        read(value)
    return str(wrong.value)


def test_a_name_of_300_characters_is_taken_and_one_more_is_not() -> None:
    assert fields.text(300)("x" * 300) == "x" * 300
    assert rule_of(fields.text(300), "x" * 301) == "has 301 characters, and 300 are the most"


@pytest.mark.parametrize("invisible", ["\x07", "\n", "\u202e", "\u200b", "\u2028", "\ufffe"])
def test_what_nobody_can_see_is_refused_by_its_number(invisible: str) -> None:
    rule = rule_of(fields.text(300), f"Ox{invisible}ford")

    assert rule.startswith(f"holds the invisible character U+{ord(invisible):04X}")


def test_what_the_letters_font_lacks_is_refused() -> None:
    read = fields.text(300, str.isascii)

    assert read("Oxford") == "Oxford"
    assert rule_of(read, "Ŵyn") == "holds Ŵ (U+0174), which the font of the letters cannot show"


def test_a_code_is_three_letters_in_any_case() -> None:
    assert fields.code("oxo") == "OXO"
    for wrong in ("OX", "OXFO", "0X1", "ÖXO"):
        assert "is not a code of three letters" in rule_of(fields.code, wrong)


def test_a_slug_is_words_for_machines() -> None:
    assert fields.slug("transport-for-london") == "transport-for-london"
    for wrong in ("Oxford", "a--b", "-a", "a b", "a_b"):
        assert "is not a slug" in rule_of(fields.slug, wrong)


@given(st.text())
def test_every_name_becomes_a_slug_or_nothing(name: str) -> None:
    slug = slugified(name)

    assert not slug or fields.slug(slug) == slug


def test_a_known_word_is_taken_in_any_case() -> None:
    read = fields.one_of(["chief executive", "leader"], "a role")

    assert read("Chief Executive") == "chief executive"
    assert rule_of(read, "laeder") == "is not a role; did you mean leader?"
    assert rule_of(read, "mayor") == "is not a role; these are known: chief executive, leader"


def test_very_many_known_words_are_not_listed() -> None:
    read = fields.one_of([f"A{n}" for n in range(400)], "the code of an authority")

    assert rule_of(read, "XYZ") == "is not the code of an authority"


def test_what_was_meant_is_not_sought_for_ever() -> None:
    read = fields.one_of(["leader"], "a role")

    rules = [rule_of(read, f"leade{n}") for n in range(fields.SUGGESTED + 1)]

    assert rules[0] == rules[-2] == rule_of(read, "leade0") == "is not a role; did you mean leader?"
    assert rules[-1] == "is not a role; these are known: leader"


@pytest.mark.parametrize("value", ["2020-07-22", "22/07/2020", "22/7/2020"])
def test_a_day_is_read_as_people_write_it(value: str) -> None:
    assert fields.day(value) == date(2020, 7, 22)


@pytest.mark.parametrize(
    "time",
    [
        *(" 00:00:00", "T00:00:00", " 00:00", " 0:00", " 00:00:00.000", "T00:00:00Z"),
        *("T00:00:00+00:00", " 12:00:00 AM"),
    ],
)
def test_midnight_after_a_day_is_nothing(time: str) -> None:
    assert fields.day(f"2020-07-22{time}") == fields.day(f"22/07/2020{time}") == date(2020, 7, 22)


@pytest.mark.parametrize(
    "value",
    [
        "2020-07-22 09:30",
        "2020-07-22 00:00:01",
        "2020-02-30",
        "07/22/2020",
        "22.7.2020",
        "20200722",
        "2020",
    ],
)
def test_what_is_no_day_is_refused(value: str) -> None:
    assert "write it as 2020-07-22 or 22/07/2020" in rule_of(fields.day, value)


@given(st.integers(0, 999_999_999))
def test_a_count_is_read_with_and_without_commas(count: int) -> None:
    assert fields.whole_number(str(count)) == fields.whole_number(f"{count:,}") == count


@pytest.mark.parametrize(
    "value", ["12.5", "-3", "n/a", "1,23", "12,34,567", "1 234", "٣", "²", "1e3", "9999999999"]
)
def test_what_is_no_count_is_refused(value: str) -> None:
    assert "is not a whole number of 0 or more" in rule_of(fields.whole_number, value)


def test_a_percentage_may_carry_its_sign() -> None:
    assert fields.percentage("61") == fields.percentage("61%") == fields.percentage("61 %") == 61
    assert "is not a whole percentage" in rule_of(fields.percentage, "0.61")


def test_a_year_is_two_that_follow_each_other() -> None:
    assert fields.year("2019-20") == "2019-20"
    assert fields.year("1999-00") == "1999-00"
    for same in (
        "2019/20",
        "2019-2020",
        "2019\u201320",
        "2019 \u2014 20",
        "2019\u221220",
        "2019\u201120",
    ):
        assert fields.year(same) == "2019-20"
    assert "20" in rule_of(fields.year, "2019-21")
    for wrong in ("2019", "2019.20", "19-20", "2020-07-22"):
        assert rule_of(fields.year, wrong) == "is not a year of data; write it as 2019-20"


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2011-12-01", "2011-12"),
        ("01/10/2009", "2009-10"),
        ("2011-12-01 00:00:00", "2011-12"),
        ("Dec-11", "2011-12"),
        ("Oct 2009", "2009-10"),
    ],
)
def test_a_year_that_became_a_date_is_explained(value: str, meant: str) -> None:
    assert f"a spreadsheet has made a date of {meant}: format" in rule_of(fields.year, value)


def test_a_whole_number_may_have_nought_after_its_point() -> None:
    assert fields.whole_number("9.0") == fields.whole_number("9.00") == 9
    assert fields.whole_number("1,234.0") == 1234
    assert fields.percentage("50.0") == fields.percentage("50.0%") == 50
