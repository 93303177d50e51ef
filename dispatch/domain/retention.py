"""Retention: how long what tells of people is kept, by kind, and what is past its time."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Final, Self

from dispatch.domain import calendar
from dispatch.domain.errors import BadInput

LEAST_MONTHS: Final = 12
"""No kind is kept for less, so that a slip of the pen takes nothing away that is in use."""

_PERIOD: Final = re.compile(r"([1-9]\d{0,2})([my])")
_MONTHS: Final = {"m": 1, "y": 12}


class Kind(Enum):
    """What is kept for a time of its own. The value is the word for it in the settings."""

    MAIL = "mail"
    """Mail that came in, as it came, and what was read in it; from the day it came."""

    ADDRESSES = "addresses"
    """Names and addresses: of a mailout from its upload date, of a contact from its last day."""

    LETTERS = "letters"
    """Letters on paper and as mail, from the mailout's upload date."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time in calendar months."""

    months: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "7y" or "18m". Raises `BadInput` for what is neither, or less than a year."""
        found = _PERIOD.fullmatch(text.strip().lower())
        if not found:
            raise BadInput(f"{text!r} is no time: write years or months, such as 7y or 18m")
        months = int(found[1]) * _MONTHS[found[2]]
        if months < LEAST_MONTHS:
            raise BadInput(f"{text!r} is less than a year: nothing is taken away that soon")
        return cls(months)

    def before(self, day: date) -> date:
        """Return the day that lies so long before another; the month's last, if it has none."""
        year, month = divmod(day.year * 12 + day.month - 1 - self.months, 12)
        if year < date.min.year:
            return date.min
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        return f"{self.months} months" if months else f"{years} year{'s' if years > 1 else ''}"


Retention = Mapping[Kind, Period]
"""What is not named is kept for ever."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What is older than this day is past its time."""

    day: date

    @property
    def at(self) -> datetime:
        """When that day began in London."""
        return calendar.moment(self.day, time(0))


def retention(text: str) -> dict[Kind, Period]:
    """Read "mail=2y addresses=7y letters=10y". Raises `BadInput` that names what is wrong."""
    kept: dict[Kind, Period] = {}
    for entry in text.replace(",", " ").split():
        word, _, period = entry.partition("=")
        if word not in {kind.value for kind in Kind}:
            kinds = ", ".join(kind.value for kind in Kind)
            raise BadInput(f"{word!r} is no kind of what is kept: these are {kinds}")
        if Kind(word) in kept:
            raise BadInput(f"{word} is there twice")
        kept[Kind(word)] = Period.parse(period)
    return kept


def limits(kept: Retention, now: datetime) -> dict[Kind, Limit]:
    """Return for each kind that has a time the day before which that is over."""
    today = calendar.local(now).date()
    return {kind: Limit(period.before(today)) for kind, period in kept.items()}
