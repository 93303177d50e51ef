from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.upkeep.retention import KeptKind, Limit, Period, limits, retention

NOW = datetime(2028, 2, 29, 23, 30, tzinfo=UTC)


def test_each_kind_has_a_time_of_its_own_and_what_is_not_named_has_none() -> None:
    assert retention("mail=2y, letters=18m") == {
        KeptKind.MAIL: Period(24),
        KeptKind.LETTERS: Period(18),
    }
    assert retention("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "post=2y",
            "'post' is not a kind of data with a period: these are mail, addresses, letters",
        ),
        ("mail=2y mail=3y", "mail is there twice"),
        ("mail", "'' is not a period: write years or months, such as 7y or 18m"),
        ("mail=2", "'2' is not a period"),
        ("mail=11m", "'11m' is less than a year: nothing is deleted that soon"),
        ("mail=0y", "'0y' is not a period"),
    ],
)
def test_what_is_written_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        retention(text)


def test_a_time_is_over_on_the_same_day_of_an_earlier_month() -> None:
    assert Period(24).before(date(2028, 2, 29)) == date(2026, 2, 28)
    assert Period(12).before(date(2027, 1, 31)) == date(2026, 1, 31)
    assert Period(18).before(date(2027, 3, 15)) == date(2025, 9, 15)
    assert Period(999 * 12).before(date(500, 1, 1)) == date.min


@given(st.dates(date(1990, 1, 1)), st.integers(12, 1200))
def test_a_longer_time_never_ends_sooner(day: date, months: int) -> None:
    assert Period(months + 1).before(day) <= Period(months).before(day) < day


def test_days_are_londons() -> None:
    """Half past eleven at night in UTC is half past twelve in London in summer."""
    kept = {KeptKind.MAIL: Period(12)}
    assert limits(kept, NOW) == {KeptKind.MAIL: Limit(date(2027, 2, 28))}
    assert limits(kept, NOW.replace(month=7)) == {KeptKind.MAIL: Limit(date(2027, 7, 30))}
    assert Limit(date(2027, 7, 30)).at == datetime(2027, 7, 29, 23, tzinfo=UTC)


def test_a_time_is_told_in_words() -> None:
    assert [str(Period(months)) for months in (12, 24, 18)] == ["1 year", "2 years", "18 months"]
