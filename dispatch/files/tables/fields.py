"""Read single cells: each function returns a text's value, or raises `Wrong` with the rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Final

from dispatch.domain.posting import address as postal
from dispatch.domain.register import period as periods
from dispatch.domain.wording.characters import code_point
from dispatch.files.tables.faults import Wrong, invisible, meant

CODE: Final = re.compile(r"[A-Z]{3}")
"""An authority's code, where it has one."""

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A name for addresses and files: small letters and digits, joined by hyphens."""

ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
WHOLE_NUMBER: Final = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.0+)?")
RATE: Final = re.compile(r"[0-9]{1,6}(\.[0-9])?")
YEAR: Final = re.compile(r"([0-9]{4})[-/]([0-9]{2}|[0-9]{4})")


def text(longest: int, drawable: Callable[[str], bool] | None = None) -> Callable[[str], str]:
    """Return a function that reads one line of text that a letter can show.

    `drawable` says whether the letters' font can show a character; without it all are accepted.
    """
    seen: set[str] = set()  # characters that are right: a file has the same few in every row

    def read(value: str) -> str:
        if len(value) > longest:
            raise Wrong(f"has {len(value)} characters, and {longest} are the most")
        if seen.issuperset(value):
            return value
        for each in value:
            # C: controls, invisible marks that reverse text, unassigned; Zl, Zp: line ends.
            if unicodedata.category(each)[0] == "C" or unicodedata.category(each) in {"Zl", "Zp"}:
                raise Wrong(invisible(each))
            if drawable is not None and not drawable(each):
                name = code_point(each)
                raise Wrong(f"holds {each} ({name}), which the font of the letters cannot show")
        seen.update(value)
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


DASHES: Final = re.compile("[\u2010-\u2015\u2212\u00ad\ufe58\ufe63\uff0d]")
"""Hyphens and dashes that word processors write, and the minus sign."""


def plain_dashes(value: str) -> str:
    """Return a text with a hyphen for each dash."""
    return value if value.isascii() else DASHES.sub("-", value)


MIDNIGHT: Final = re.compile(
    r"[T ]+(?:00?:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM)(?:Z|[+-]00:?00)?", re.IGNORECASE
)
"""The time that programs write after a day that has none."""


def day(value: str) -> date:
    """Read a day as 2020-07-22 or 22/07/2020, with or without midnight after it."""
    plain = plain_dashes(value)
    time = MIDNIGHT.search(plain)
    if time and time.end() == len(plain):
        plain = plain[: time.start()]
    try:
        if ISO_DATE.fullmatch(plain):
            return date.fromisoformat(plain)
        return datetime.strptime(plain, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Wrong("is not a day; write it as 2020-07-22 or 22/07/2020") from None


def whole_number(value: str) -> int:
    """Read a count: digits, with or without a comma between the thousands, or ".0" after them."""
    found = WHOLE_NUMBER.fullmatch(value)
    if not found:
        raise Wrong("is not a whole number of 0 or more; leave it blank if it is not known")
    return int(found[1].replace(",", ""))


def percentage(value: str) -> int:
    """Read a whole percentage, with or without its sign."""
    found = WHOLE_NUMBER.fullmatch(value.removesuffix("%").rstrip())
    if not found:
        raise Wrong("is not a whole percentage; write it as 78 or 78%, rounded as published")
    return int(found[1].replace(",", ""))


def rate(value: str) -> str:
    """Read a rate for each 100,000 residents: one decimal at most, and "4" for "4.0"."""
    if not RATE.fullmatch(value):
        raise Wrong("is not a rate for each 100,000 residents; write it as 3.4 or 4")
    return value.removesuffix(".0")


def year(value: str) -> str:
    """Read a year of data such as 2019-20, or 2019/20 and 2019-2020, which mean the same."""
    value = re.sub(r"\s*-\s*", "-", plain_dashes(value))
    parts = YEAR.fullmatch(value)
    if not parts:
        raise Wrong(f"is not a year of data; write it as 2019-20{_made_a_date(value)}")
    following = str(int(parts[1]) + 1)
    if parts[2] not in {following, following[-2:]}:
        raise Wrong(f"is not a year of data: {parts[1]} is followed by the next year")
    return f"{parts[1]}-{following[-2:]}"


LANGUAGES: Final = {
    "english": "en",
    "saesneg": "en",
    "welsh": "cy",
    "cymraeg": "cy",
    "irish": "ga",
    "gaeilge": "ga",
    "gaelic": "gd",
    "scottish gaelic": "gd",
    "g\u00e0idhlig": "gd",
}
"""The languages of offices in these islands, as people name them."""


def language(value: str) -> str:
    """Read a language by its name, or by its code in ISO 639-1."""
    spelt = value.strip().casefold()
    if found := LANGUAGES.get(spelt):
        return found
    if spelt not in LANGUAGES.values():
        raise Wrong(f"is not a language that letters have{meant(value, LANGUAGES)}")
    return spelt


def postal_address(value: str) -> str:
    """Read a postal address, its lines joined by commas or under each other."""
    try:
        return postal.read(value)
    except postal.NotAnAddress as rule:
        raise Wrong(str(rule)) from None


def spelt_role(value: str) -> str:
    """Return a role in its usual spelling, without hyphens and with single spaces."""
    return " ".join(plain_dashes(value).replace("-", " ").replace("_", " ").split()).casefold()


ROLE: Final = re.compile("[a-z][a-z ]{1,59}")


def role(value: str) -> str:
    """Read the name of a role in small letters, whether or not a contact can hold it."""
    spelt = spelt_role(value)
    if not ROLE.fullmatch(spelt):
        raise Wrong("is not a role: one or more words in letters, such as link officer")
    return spelt


def period(kinds: Collection[str]) -> Callable[[str], str]:
    """Return a function that reads a year of data, or a part of one, of certain kinds."""

    def read(value: str) -> str:
        found = periods.read(plain_dashes(value))
        if found and periods.kind(found) in kinds:
            return found
        if periods.YEAR in kinds:
            return year(value)
        spelt = " or ".join(EXAMPLES[each] for each in EXAMPLES if each in kinds)
        raise Wrong(f"is not a period of data; write it as {spelt}")

    return read


EXAMPLES: Final = {
    "calendar year": "2019",
    "half-year": "2019-20 H1",
    "quarter": "2019-20 Q1",
    "month": "2019-20 M04",
}


MONTH_AND_YEAR: Final = re.compile(r"(?:([a-z]{3,9})[- ]?([0-9]{2}|[0-9]{4}))", re.IGNORECASE)


def _made_a_date(value: str) -> str:
    """Say which year a spreadsheet may have made a date of: 2011-12 becomes December 2011."""
    try:
        found = day(value)
    except Wrong:
        named = MONTH_AND_YEAR.fullmatch(value)
        if not named or named[1].casefold()[:3] not in MONTHS:
            return ""
        century = "" if len(named[2]) == len("2011") else "20"
        first, second = int(f"{century}{named[2]}"), MONTHS.index(named[1].casefold()[:3]) + 1
    else:
        first, second = found.year, found.month
    if (first + 1) % 100 != second:
        return ""
    return (
        f"; a spreadsheet has made a date of {first}-{second:02}: format the column as text, and "
        f"type it again"
    )


MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
