"""The period that figures are for: a year, or one of the parts that a scheme takes years apart in.

A year of data is spelt 2019-20, and a calendar year 2019. A part follows it: "2026-27 Q1" for a
quarter, H for a half and M for a month. So periods of one kind sort by time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

YEAR: Final = "year"
CALENDAR_YEAR: Final = "calendar year"

PARTS: Final[Mapping[str, int]] = {"H": 2, "Q": 4, "M": 12}
"""How many parts a year has, by the letter that stands for them."""

WORDS: Final[Mapping[str, str]] = {"": YEAR, "H": "half-year", "Q": "quarter", "M": "month"}

PERIOD: Final = re.compile(
    r"(?P<first>[0-9]{4})(?:-(?P<second>[0-9]{2}))?(?: (?P<part>[HQM])(?P<number>[0-9]{1,2}))?"
)
MONTHS: Final = 12


def is_one(text: str) -> bool:
    """Whether a text spells a period as it is stored."""
    return _spelt(text) == text


def _spelt(text: str) -> str | None:
    found = PERIOD.fullmatch(text)
    if not found:
        return None
    first, second, part, number = found.group("first", "second", "part", "number")
    if second is not None and (int(first) + 1) % 100 != int(second):
        return None
    if part is not None and not 1 <= int(number) <= PARTS[part]:
        return None
    return _joined(int(first), part or "", int(number or 0), is_calendar=second is None)


def _joined(first: int, part: str, number: int, *, is_calendar: bool) -> str:
    year = f"{first:04}" if is_calendar else f"{first:04}-{(first + 1) % 100:02}"
    width = len(str(PARTS[part])) if part else 0
    return f"{year} {part}{number:0{width}}" if part else year


def read(text: str) -> str | None:
    """Return a period as it is stored, from what a person wrote; None for what is not one.

    The part may come first, or be written as "q1": "Q1 2026/27" is "2026-27 Q1".
    """
    words = re.sub(r"([0-9]{4}) ?[/-] ?(?:[0-9]{2}(?=[0-9]{2}\b))?", r"\1-", text.upper()).split()
    year = [word for word in words if word[:1].isdigit()]
    part = [word for word in words if not word[:1].isdigit()]
    return _spelt(" ".join([*year, *part]))


def kind(period: str) -> str:
    """Return what a period is: a year, calendar year, quarter, half-year or month."""
    part = _part(period)
    if part:
        return WORDS[part]
    return YEAR if "-" in period else CALENDAR_YEAR


def noun(period: str) -> str:
    """Return the word for a period: "year" for a calendar year as well."""
    return WORDS[_part(period)]


def _part(period: str) -> str:
    found = PERIOD.fullmatch(period)
    return (found["part"] or "") if found else ""


def moved(period: str, by: int) -> str:
    """Return the period that is `by` of its kind later, or earlier."""
    found = PERIOD.fullmatch(period)
    if not found:
        return period
    part = found["part"] or ""
    size = PARTS.get(part, 1)
    at = int(found["first"]) * size + int(found["number"] or 1) - 1 + by
    first, number = divmod(at, size)
    return _joined(first, part, number + 1, is_calendar=found["second"] is None)


def before(period: str) -> str:
    """Return the period before: that of "2026-27 Q1" is "2025-26 Q4"."""
    return moved(period, -1)


def months(period: str) -> int:
    """Return how many months a period has."""
    return MONTHS // PARTS.get(_part(period), 1)


def ends_in(period: str, day: date) -> bool:
    """Whether a day can be a period's last: in its second year, or in either for a part of it."""
    found = PERIOD.fullmatch(period)
    if not found:
        return False
    first = int(found["first"])
    last = first if found["second"] is None else first + 1
    return day.year == last or (bool(found["part"]) and day.year == first)


def months_on(day: date, count: int) -> date:
    """Return the same day `count` months later; the last day of a month stays the last."""
    following = day + timedelta(days=1)
    if following.day == 1:
        return _first_of(following, count) - timedelta(days=1)
    start = _first_of(day.replace(day=1), count)
    length = (_first_of(start, 1) - start).days
    return start.replace(day=min(day.day, length))


def _first_of(first: date, months: int) -> date:
    year, month = divmod(first.year * MONTHS + first.month - 1 + months, MONTHS)
    return date(year, month + 1, 1)


def like(period: str) -> str:
    """Return the pattern, for LIKE, of the periods of the same kind."""
    return re.sub("[0-9]", "_", period)
