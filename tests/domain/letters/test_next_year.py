from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch.domain.hours import SendingDays
from dispatch.domain.letters.next_year import Left, left, next_year
from dispatch.domain.mailout import Averaging
from dispatch.domain.register.figures import Average
from tests.factories import a_plan

NONE: frozenset[date] = frozenset()
GOOD_FRIDAY, EASTER_MONDAY = date(2021, 4, 2), date(2021, 4, 5)


def test_the_dates_are_those_on_which_the_letters_really_went() -> None:
    plan = a_plan()
    found = []
    for _ in range(4):
        plan = next_year(plan, NONE)
        found.append((plan.name, plan.title, plan.year, plan.letter_date, plan.upload_date))
    assert found == [
        (
            f"annual-review-{year}",
            f"Annual Review letter {year}",
            f"{year - 1}-{year - 2000}",
            date(year, 7, day),
            date(year, 7, day + 7),
        )
        for year, day in ((2021, 21), (2022, 20), (2023, 19), (2024, 17))
    ]
    assert plan.not_after == datetime(2024, 7, 23, 16, tzinfo=UTC)
    assert plan.year_end == date(2024, 3, 31)


@pytest.mark.parametrize(
    ("days", "free", "letter", "upload"),
    [
        # Friday and the Monday after it: next year, Good Friday and Easter Monday
        (SendingDays.WORKING, {GOOD_FRIDAY, EASTER_MONDAY}, date(2021, 4, 6), date(2021, 4, 7)),
        (SendingDays.ANY, {GOOD_FRIDAY, EASTER_MONDAY}, date(2021, 4, 6), date(2021, 4, 7)),
        (SendingDays.ANY, NONE, GOOD_FRIDAY, EASTER_MONDAY),
    ],
)
def test_a_date_that_would_be_a_bank_holiday_is_on_the_next_working_day(
    days: SendingDays, free: set[date], letter: date, upload: date
) -> None:
    before = a_plan(
        letter_date=date(2020, 4, 3),
        upload_date=date(2020, 4, 6),
        not_after=datetime(2020, 4, 5, 16, tzinfo=UTC),
        sending_days=days,
    )
    plan = next_year(before, free)
    assert (plan.letter_date, plan.upload_date) == (letter, upload)
    last_day = plan.not_after.date()
    assert plan.letter_date < last_day <= plan.upload_date


def test_letters_that_went_on_a_saturday_on_purpose_do_so_again() -> None:
    saturday = a_plan(letter_date=date(2020, 7, 18), sending_days=SendingDays.ANY)
    assert next_year(saturday, NONE).letter_date == date(2021, 7, 17)


def test_what_was_written_for_last_year_alone_is_left_behind_and_named() -> None:
    before = a_plan(
        bespoke={"BIR": "Waste."},
        attachments={"OXO": []},
        averaging=Averaging.GIVEN,
        given_averages={"District Council": {"upheld": Average(percent=50)}},
        extra_holidays=(date(2020, 7, 24),),
    )
    plan = next_year(before, NONE)
    assert (plan.bespoke, plan.attachments, plan.given_averages, plan.extra_holidays) == (
        *({}, {}, {}),
        (),
    )
    assert plan.averaging is Averaging.GIVEN
    assert (plan.constants, plan.signatory) == (before.constants, before.signatory)
    assert left(before) == Left(
        ("BIR",), ("OXO",), has_averages=True, extra_holidays=before.extra_holidays
    )


@pytest.mark.parametrize(
    ("name", "title", "as_name", "as_title"),
    [
        ("letters", "Letters", "letters-2021", "Letters"),
        ("review-2019-20", "2019/20 and 2020", "review-2020-21", "2020/21 and 2021"),
        ("a-1999-00", "20201 or 12020", "a-2000-01", "20201 or 12020"),
    ],
)
def test_years_in_names_and_titles_are_one_more(
    name: str, title: str, as_name: str, as_title: str
) -> None:
    plan = next_year(a_plan(name=name, title=title), NONE)
    assert (plan.name, plan.title) == (as_name, as_title)


def test_a_year_that_ends_in_february_ends_on_its_last_day() -> None:
    plan = next_year(a_plan(year_end=date(2023, 2, 28)), NONE)
    assert plan.year_end == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "year", "ended", "then"),
    [
        (
            "quarterly-2026-27-q1",
            "2026-27 Q1",
            date(2026, 6, 30),
            ("quarterly-2026-27-q2", "2026-27 Q2", date(2026, 9, 30)),
        ),
        (
            "quarterly-2026-27-q4",
            "2026-27 Q4",
            date(2027, 3, 31),
            ("quarterly-2027-28-q1", "2027-28 Q1", date(2027, 6, 30)),
        ),
        (
            "letters",
            "2026 H2",
            date(2026, 12, 31),
            ("letters-2027-h1", "2027 H1", date(2027, 6, 30)),
        ),
    ],
)
def test_the_plan_after_that_of_a_quarter_is_for_the_next(
    name: str, year: str, ended: date, then: tuple[str, str, date]
) -> None:
    plan = next_year(a_plan(name=name, title=f"Figures of {year}", year=year, year_end=ended), NONE)

    assert (plan.name, plan.year, plan.year_end) == then
    assert plan.title == f"Figures of {plan.year}"
    weeks = 26 if "H" in year else 13
    assert plan.letter_date == date(2020, 7, 22) + timedelta(weeks=weeks)
