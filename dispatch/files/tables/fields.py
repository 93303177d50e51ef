"""Read single cells: each function returns a text's value, or raises `Wrong` with the rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Final

from dispatch.files.tables.faults import Wrong, meant

CODE: Final = re.compile(r"[A-Z]{3}")
"""An authority's code, where it has one."""

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A name for addresses and files: small letters and digits, joined by hyphens."""

ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(,[0-9]{3}){1,2}")
RATE: Final = re.compile(r"[0-9]{1,6}(\.[0-9])?")
YEAR: Final = re.compile(r"([0-9]{2})([0-9]{2})-([0-9]{2})")


def text(longest: int, drawable: Callable[[str], bool] | None = None) -> Callable[[str], str]:
    """Return a function that reads one line of text that a letter can show.

    `drawable` says whether the letters' font can show a character; without it all are accepted.
    """

    def read(value: str) -> str:
        if len(value) > longest:
            raise Wrong(f"has {len(value)} characters, and {longest} are the most")
        for each in value:
            name = f"U+{ord(each):04X}"
            # C: controls, invisible marks that reverse text, unassigned; Zl, Zp: line ends.
            if unicodedata.category(each)[0] == "C" or unicodedata.category(each) in {"Zl", "Zp"}:
                raise Wrong(f"holds the invisible character {name}; type it again without it")
            if drawable is not None and not drawable(each):
                raise Wrong(f"holds {each} ({name}), which the font of the letters cannot show")
        return value

    return read


def code(value: str) -> str:
    """Read an authority's three-letter code."""
    if not CODE.fullmatch(value.upper()):
        raise Wrong("is not a code of three letters; leave it blank if there is none")
    return value.upper()


def slug(value: str) -> str:
    """Read an authority's slug."""
    if not SLUG.fullmatch(value):
        raise Wrong("is not a slug: small letters and digits, joined by hyphens")
    return value


def one_of(known: Collection[str], what: str) -> Callable[[str], str]:
    """Return a function that reads one of the known words, in any letter case."""
    by_folded = {each.casefold(): each for each in known}
    listed = f"; these are known: {', '.join(known)}" if len(known) <= LISTED else ""

    wrong: dict[str, str] = {}

    def read(value: str) -> str:
        if found := by_folded.get(value.casefold()):
            return found
        # Finding what was meant is slow, and a message shows only the first faults.
        if value not in wrong and len(wrong) < SUGGESTED:
            wrong[value] = meant(value, known)
        raise Wrong(f"is not {what}{wrong.get(value) or listed}")

    return read


SUGGESTED: Final = 100
"""How many wrong words are compared with the known ones."""

LISTED: Final = 10
"""How many known words a message lists."""


def day(value: str) -> date:
    """Read a day as 2020-07-22 or 22/07/2020."""
    try:
        if ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
        return datetime.strptime(value, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Wrong("is not a day; write it as 2020-07-22 or 22/07/2020") from None


def whole_number(value: str) -> int:
    """Read a count: digits, with or without a comma between the thousands."""
    if not WHOLE_NUMBER.fullmatch(value):
        raise Wrong("is not a whole number of 0 or more; leave it blank if it is not known")
    return int(value.replace(",", ""))


def percentage(value: str) -> int:
    """Read a whole percentage, with or without its sign."""
    return whole_number(value.removesuffix("%").rstrip())


def rate(value: str) -> str:
    """Read a rate for each 100,000 residents: one decimal at most, and "4" for "4.0"."""
    if not RATE.fullmatch(value):
        raise Wrong("is not a rate for each 100,000 residents; write it as 3.4 or 4")
    return value.removesuffix(".0")


def year(value: str) -> str:
    """Read a year of data such as 2019-20."""
    parts = YEAR.fullmatch(value)
    if not parts:
        raise Wrong("is not a year of data; write it as 2019-20")
    if int(parts[3]) != (int(parts[2]) + 1) % 100:
        raise Wrong(f"is not a year of data: {parts[1]}{parts[2]} is followed by the next year")
    return value
