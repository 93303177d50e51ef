from __future__ import annotations

from datetime import date

from dispatch.files.holidays import bank_holidays


def test_the_early_may_holiday_of_2020_was_moved_to_ve_day() -> None:
    days = bank_holidays([2020])

    assert date(2020, 5, 8) in days
    assert date(2020, 5, 4) not in days


def test_englands_holidays_are_meant_and_not_scotlands() -> None:
    days = bank_holidays([2020])

    assert date(2020, 8, 31) in days  # England's summer holiday
    assert date(2020, 8, 3) not in days  # Scotland's
    assert date(2020, 11, 30) not in days  # St Andrew's Day


def test_several_years_are_taken_together() -> None:
    assert {day.year for day in bank_holidays([2020, 2021])} == {2020, 2021}
