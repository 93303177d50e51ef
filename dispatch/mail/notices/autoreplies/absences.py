"""The day until which somebody is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février fevrier febrero febbraio fevereiro februari",
            "march mar märz maerz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août aout agosto augustus",
            "september sept sep septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre decembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_CENTURY: Final = 100
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY: Final = (
    r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
    r"|(?:mon|tues?|wednes|wed|thurs|thur?|fri|satur|sat|sun)(?:day)?)?\.?,?\s*"
)
_UNTIL: Final = re.compile(
    r"""\b(?:until|till|til|return(?:ing|s)?|back|through|up\s+to|resum(?:e|ing)|again|bis|zurück|wieder
    |ab|jusqu['\u2019]?\s?au|retour|de\s+retour|hasta|regres\w+|vuelvo|volver\w*|fino\s+al|rientr\w+|até|tot)
    (?:\s+(?:and\s+including|in\s+the\s+office|to\s+(?:the\s+office|work)|on|at|the|am|dem|den|zum|einschließlich
      |einschl\.|im\s+büro|le|el|la|al|il|día|dia|o)){0,5}[\s:]+"""
    + _WEEKDAY
    + r"(?:the\s+|le\s+|el\s+|den\s+|dem\s+)?",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?\s+(?:of\s+|de\s+)?({_MONTH})\b\.?,?(?:\s+(?:de\s+|del\s+)?(\d{{4}}))?",
    re.IGNORECASE,
)
_AMERICAN: Final = re.compile(
    rf"({_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?", re.IGNORECASE
)
_NUMBERS: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2})\b)?")
_ISO: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_JAPANESE: Final = re.compile(
    r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(?=\s?(?:\([^)]{1,3}\)|\uff08[^\uff09]{1,3}\uff09)?\s?まで)"
)


def away_until(text: str, *, written: date | None) -> date | None:
    """Return the last day that an absence is said to last to or to end on.

    A day without a year is the next such day after the message was written. Two numbers are a day
    and a month, in the European order.
    """
    days = [day for day in _days(text[:8000], written) if written is None or day >= written]
    return max(days, default=None)


def _days(text: str, written: date | None) -> Iterator[date]:
    for match in _JAPANESE.finditer(text):
        yield from _day(match[1], match[2], match[3], written)
    for until in _UNTIL.finditer(text):
        yield from _at(text, until.end(), written)


def _at(text: str, at: int, written: date | None) -> Iterator[date]:
    """Yield the day written at an index of a text, in the first form that fits."""
    if iso := _ISO.match(text, at):
        yield from _day(iso[1], iso[2], iso[3], written)
    elif named := _NAMED.match(text, at):
        yield from _day(named[3], str(_MONTHS[named[2].lower()]), named[1], written)
    elif american := _AMERICAN.match(text, at):
        yield from _day(american[3], str(_MONTHS[american[1].lower()]), american[2], written)
    elif numbers := _NUMBERS.match(text, at):
        yield from _day(numbers[3], numbers[2], numbers[1], written)


def _day(year: str | None, month: str, day: str, written: date | None) -> Iterator[date]:
    with suppress(ValueError):
        if year:
            number = int(year)
            yield date(number if number >= _CENTURY else 2000 + number, int(month), int(day))
        elif written:
            this = date(written.year, int(month), int(day))
            yield this if this >= written else this.replace(year=written.year + 1)
