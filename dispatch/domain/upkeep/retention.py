"""Retention: how long each kind of personal data is kept, and what is past its time."""

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
"""No kind is kept for less, so that a typing mistake does not delete what is in use."""

_PERIOD: Final = re.compile(r"([1-9]\d{0,2})([my])")
_MONTHS: Final = {"m": 1, "y": 12}


class KeptKind(Enum):
    """What has a period of its own. The value is the word for it in the settings."""

    MAIL = "mail"
    """Incoming messages, and what was read in them; from the day that they arrived."""

    ADDRESSES = "addresses"
    """Names and addresses: a mailout's from its upload date, a contact's from its last day."""

    LETTERS = "letters"
    """Letters and the messages made from them, from the mailout's upload date."""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in calendar months."""

    months: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "7y" or "18m"; raise `BadInput` for anything else, or less than a year."""
        found = _PERIOD.fullmatch(text.strip().lower())
        if not found:
            raise BadInput(f"{text!r} is not a period: write years or months, such as 7y or 18m")
        months = int(found[1]) * _MONTHS[found[2]]
        if months < LEAST_MONTHS:
            raise BadInput(f"{text!r} is less than a year: nothing is deleted that soon")
        return cls(months)

    def before(self, day: date) -> date:
        """Return the day that is so long before another; the last of its month if there is none."""
        year, month = divmod(day.year * 12 + day.month - 1 - self.months, 12)
        if year < date.min.year:
            return date.min
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        return f"{self.months} months" if months else f"{years} year{'s' if years > 1 else ''}"


Retention = Mapping[KeptKind, Period]
"""The period of each kind; a kind that is not named is kept permanently."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Everything older than this day is past its time."""

    day: date

    @property
    def at(self) -> datetime:
        """The beginning of that day in London."""
        return calendar.moment(self.day, time(0))


def retention(text: str) -> dict[KeptKind, Period]:
    """Read "mail=2y addresses=7y letters=10y"; raise `BadInput` that says what is wrong."""
    kept: dict[KeptKind, Period] = {}
    for entry in text.replace(",", " ").split():
        word, _, period = entry.partition("=")
        if word not in {kind.value for kind in KeptKind}:
            kinds = ", ".join(kind.value for kind in KeptKind)
            raise BadInput(f"{word!r} is not a kind of data with a period: these are {kinds}")
        if KeptKind(word) in kept:
            raise BadInput(f"{word} is there twice")
        kept[KeptKind(word)] = Period.parse(period)
    return kept


def limits(kept: Retention, now: datetime) -> dict[KeptKind, Limit]:
    """Return, for each kind with a period, the day before which it is past its time."""
    today = calendar.local(now).date()
    return {kind: Limit(period.before(today)) for kind, period in kept.items()}
