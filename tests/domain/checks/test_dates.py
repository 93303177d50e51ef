from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from dispatch.domain.checks.dates import Almanac, findings
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.domain.mailout import Plan
from dispatch.files.holidays import bank_holidays
from tests.factories import a_plan

HOLIDAYS = bank_holidays(range(2020, 2029))
BEFORE = datetime(2026, 11, 2, 9, tzinfo=UTC)


def this_year(**changes: Any) -> Plan:
    """The plan of letters on Tuesday 1 December 2026, uploaded a week later."""
    dates: dict[str, Any] = {
        "year": "2025-26",
        "year_end": date(2026, 3, 31),
        "letter_date": date(2026, 12, 1),
        "upload_date": date(2026, 12, 8),
        "not_after": datetime(2026, 12, 7, 17, tzinfo=UTC),
    }
    return a_plan(**dates | changes)


def said(plan: Plan, now: datetime | None = BEFORE) -> list[tuple[str, str]]:
    almanac = Almanac(bank_holidays=HOLIDAYS, now=now)
    return [(each.place, each.message) for each in findings(plan, almanac)]


def test_a_plan_whose_dates_are_well_has_no_finding() -> None:
    hours = SendingHours(time(8), time(20))
    reminders = ReminderHours((time(9), time(14)))
    assert said(this_year(sending_hours=hours, reminders=reminders)) == []


PAST = "the letter date has passed: the letters would leave"


@pytest.mark.parametrize(
    ("now", "hours", "place", "words"),
    [
        pytest.param(
            datetime(2026, 12, 2, 9, tzinfo=UTC),
            None,
            "dates.letter",
            f"{PAST} at once, dated 1 December 2026",
            id="the day after",
        ),
        pytest.param(
            datetime(2026, 12, 2, 21, tzinfo=UTC),
            SendingHours(time(8), time(20)),
            "dates.letter",
            f"{PAST} at Thu 3 December 2026 08:00 GMT, dated 1 December 2026",
            id="the evening after, when the hours are over",
        ),
        pytest.param(
            datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
            None,
            "dates.send_at",
            "09:00 today has passed: the letters would leave at once",
            id="half an hour late",
        ),
        pytest.param(
            datetime(2026, 12, 9, 9, tzinfo=UTC),
            None,
            "dates.not_after",
            "the not-after time, Mon 7 December 2026 17:00 GMT, has passed: no letter would leave",
            id="altogether too late",
        ),
    ],
)
def test_a_time_that_has_passed_says_when_the_letters_would_leave(
    now: datetime, hours: SendingHours | None, place: str, words: str
) -> None:
    assert said(this_year(sending_hours=hours), now) == [(place, words)]
    assert said(this_year(sending_hours=hours), None) == []


def test_sending_hours_that_do_not_open_again_are_named() -> None:
    now = datetime(2026, 12, 6, 21, tzinfo=UTC)
    plan = this_year(
        sending_hours=SendingHours(time(8), time(20)),
        not_after=datetime(2026, 12, 7, 7, tzinfo=UTC),
    )
    assert ("dates.sending_hours" in dict(said(plan, now))) is True
    assert "no letter would leave" in dict(said(plan, now))["dates.sending_hours"]


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"upload_date": date(2026, 12, 13)}, "dates.upload", "Sunday 13 December 2026"),
        (
            {"upload_date": date(2026, 12, 25)},
            "dates.upload",
            "Friday 25 December 2026 (Christmas Day)",
        ),
        (
            {"not_after": datetime(2026, 12, 5, 12, tzinfo=UTC)},
            "dates.not_after",
            "Saturday 5 December 2026",
        ),
        ({"letter_date": date(2026, 11, 29)}, "dates.letter", "Sunday 29 November 2026"),
    ],
)
def test_a_day_on_which_offices_are_closed_is_named(
    changes: dict[str, Any], place: str, words: str
) -> None:
    message = dict(said(this_year(**changes)))[place]
    assert f", {words}, is not a working day in England" in message


def test_a_not_after_time_at_midnight_belongs_to_the_day_before() -> None:
    assert said(this_year(not_after=datetime(2026, 12, 5, 0, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        (
            {"letter_date": date(2027, 12, 1), "upload_date": date(2027, 12, 8)},
            "dates.letter",
            "Wednesday 1 December 2027, is 12 months ahead",
        ),
        (
            {"year_end": date(2025, 3, 31)},
            "dates.letter",
            "is 20 months after the end of the figures' year, 31 March 2025",
        ),
        ({"upload_date": date(2027, 12, 8)}, "dates.upload", "is 372 days after the letters"),
        ({"upload_date": date(2026, 12, 2)}, "dates.upload", "after only 1 working day:"),
    ],
)
def test_a_date_that_may_be_of_another_year_is_asked_about(
    changes: dict[str, Any], place: str, words: str
) -> None:
    assert words in dict(said(this_year(**changes)))[place]


SPRING = {"letter_date": date(2027, 3, 28), "upload_date": date(2027, 4, 6)}
AUTUMN = {"letter_date": date(2026, 10, 25), "upload_date": date(2026, 10, 30)}
EARLY = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "at", "words"),
    [
        (
            SPRING,
            time(1, 30),
            (
                "there is no 01:30 on Sunday 28 March 2027 in London, the clocks go forward: the "
                "letters would leave at Sun 28 March 2027 02:30 BST"
            ),
        ),
        (
            AUTUMN,
            time(1),
            (
                "01:00 is there twice on Sunday 25 October 2026 in London, the clocks go back: the "
                "first is meant, 01:00 BST"
            ),
        ),
        (SPRING, time(2), None),
        (SPRING, time(0, 59), None),
        (AUTUMN, time(2), None),
        (AUTUMN, time(0, 59, 59), None),
    ],
)
def test_a_time_that_the_clocks_skip_or_show_twice_is_named(
    days: dict[str, Any], at: time, words: str | None
) -> None:
    plan = this_year(**days, send_at=at, not_after=datetime(2027, 4, 2, 16, tzinfo=UTC))
    assert dict(said(plan, EARLY)).get("dates.send_at") == words


def test_the_other_times_of_a_plan_are_looked_at_on_the_nights_when_clocks_change() -> None:
    plan = this_year(
        letter_date=date(2026, 10, 21),
        upload_date=date(2026, 10, 30),
        not_after=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        sending_hours=SendingHours(time(1, 15), time(8)),
        reminders=ReminderHours((time(1, 45), time(9)), is_working_days_only=False),
    )
    twice = "is there twice on Sunday 25 October 2026 in London, the clocks go back"
    found = said(plan, EARLY)
    assert ("dates.not_after", f"01:30 {twice}: the first is meant, 01:30 BST") in found
    assert ("dates.sending_hours", f"01:15 {twice}: the sending hours hold both times") in found
    assert ("reminders.hours", f"01:45 {twice}: the reminder goes the first time") in found
    closed = "Saturday 24 October 2026 and Sunday 25 October 2026"
    assert ("reminders", f"reminders also go while offices are closed: {closed}") in found


def test_times_that_are_skipped_in_spring_are_named_too() -> None:
    plan = this_year(
        letter_date=date(2027, 3, 25),
        upload_date=date(2027, 4, 6),
        not_after=datetime(2027, 4, 5, 16, tzinfo=UTC),
        sending_hours=SendingHours(time(1, 15), time(8)),
        reminders=ReminderHours((time(1, 45),), is_working_days_only=False),
    )
    places = dict(said(plan))
    assert "there is no 01:15" in places["dates.sending_hours"]
    assert "the reminder goes an hour later" in places["reminders.hours"]
    assert "Friday 26 March 2027 (Good Friday)" in places["reminders"]
    assert places["reminders"].endswith("and 3 more")


def test_reminders_that_are_never_due_are_named() -> None:
    plan = this_year(
        letter_date=date(2026, 12, 4),
        upload_date=date(2026, 12, 5),
        reminders=ReminderHours((time(9),)),
    )
    assert ("reminders", "no reminder is ever due between the letters and the upload") in said(plan)


def test_a_year_whose_bank_holidays_nobody_knows_is_named() -> None:
    plan = this_year(letter_date=date(2031, 12, 1), upload_date=date(2031, 12, 8))
    assert "the bank holidays of 2031 are not known" in dict(said(plan))["dates"]
