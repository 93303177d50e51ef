from __future__ import annotations

from datetime import date

import pytest

from dispatch.domain.register import period


@pytest.mark.parametrize(
    ("written", "stored", "kind", "before", "after"),
    [
        ("2026-27", "2026-27", "year", "2025-26", "2027-28"),
        ("1999/2000", "1999-00", "year", "1998-99", "2000-01"),
        ("2026", "2026", "calendar year", "2025", "2027"),
        ("2026/27 q1", "2026-27 Q1", "quarter", "2025-26 Q4", "2026-27 Q2"),
        ("Q4 2026-2027", "2026-27 Q4", "quarter", "2026-27 Q3", "2027-28 Q1"),
        ("2026-27 H2", "2026-27 H2", "half-year", "2026-27 H1", "2027-28 H1"),
        ("2026 M12", "2026 M12", "month", "2026 M11", "2027 M01"),
        ("2026-27 M1", "2026-27 M01", "month", "2025-26 M12", "2026-27 M02"),
    ],
)
def test_a_period_is_read_named_and_followed(
    written: str, stored: str, kind: str, before: str, after: str
) -> None:
    assert period.read(written) == stored
    assert period.kind(stored) == kind
    assert (period.before(stored), period.moved(stored, 1)) == (before, after)
    assert period.before(stored) < stored < period.moved(stored, 1)


@pytest.mark.parametrize("wrong", ["", "Q1", "2026-28", "2026-27 Q5", "2026-27 Q0", "2026-27 Z1"])
def test_what_is_not_a_period_is_not_read(wrong: str) -> None:
    assert period.read(wrong) is None


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 6, 30), 3, date(2026, 9, 30)),
        (date(2026, 9, 30), 3, date(2026, 12, 31)),
        (date(2023, 2, 28), 12, date(2024, 2, 29)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
    ],
)
def test_the_last_day_of_a_month_stays_the_last(day: date, months: int, then: date) -> None:
    assert period.months_on(day, months) == then


@pytest.mark.parametrize(
    ("of", "day", "is_right"),
    [
        ("2026-27", date(2027, 3, 31), True),
        ("2026-27", date(2026, 12, 31), False),
        ("2026-27 Q1", date(2026, 6, 30), True),
        ("2026-27 Q4", date(2027, 3, 31), True),
        ("2026", date(2026, 12, 31), True),
        ("2026", date(2027, 1, 1), False),
    ],
)
def test_the_last_day_of_a_period_is_in_its_years(of: str, day: date, is_right: bool) -> None:
    assert period.ends_in(of, day) is is_right
