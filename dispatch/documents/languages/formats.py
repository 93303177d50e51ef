"""Days, numbers, ordinals and plurals as a language writes them, by CLDR (through Babel).

CLDR has the names of months, the marks in numbers and the classes of plurals. It has no endings of
ordinals that Babel gives out, and its list of two things in Welsh leaves "a(c)" to the reader:
these two are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from dispatch.domain.errors import CannotRender

LOCALES: Final = {"en": "en_GB", "cy": "cy", "gd": "gd", "ga": "ga"}
"""CLDR's name of each language that letters may be in."""


@cache
def locale(language: str) -> Locale:
    """Return what CLDR knows of a language. Raises `CannotRender` for one that letters lack."""
    if language not in LOCALES:
        raise CannotRender(f"letters cannot be in the language {language}")
    return Locale.parse(LOCALES[language])


def day(value: date | str, language: str) -> str:
    """Return a day in words: "22 Gorffennaf 2026". A text is a day as ISO 8601 spells it."""
    found = value if isinstance(value, date) else date.fromisoformat(value)
    return format_date(found, "d MMMM y", locale=locale(language))


def number(value: int, language: str) -> str:
    """Return a number with the marks between its thousands."""
    return format_decimal(value, locale=locale(language))


def plural(count: int, one: str, other: str, language: str, **forms: str) -> str:
    """Return the word for `count` things: Welsh has forms for 0, 2, 3 and 6 as well.

    They are `zero`, `two`, `few` and `many`, as CLDR calls them; one that is not given is `other`.
    """
    return {"one": one, **forms}.get(locale(language).plural_form(count), other)


ORDINALS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"one": "st", "two": "nd", "few": "rd", "other": "th"},
    "cy": {"zero": "fed", "one": "af", "two": "il", "few": "ydd", "many": "ed", "other": "fed"},
}
"""The endings of ordinals, by CLDR's classes of them."""

WELSH_TEENS: Final = frozenset({11, 13, 14, 16, 17, 19})
"""The others of 10 to 20, as 12fed, have one word before the end."""
WELSH_SCORE: Final = range(21, 40)


def ordinal(value: int, language: str) -> str:
    """Return "1st", "3ydd". Raises `CannotRender` where there is no such ending."""
    endings = ORDINALS.get(language)
    is_too_large = language == "cy" and value >= WELSH_SCORE.stop
    if endings is None or is_too_large or value < 1:
        raise CannotRender(f"{value} has no short ordinal in {language}: write it out in words")
    if language == "cy" and value in WELSH_SCORE:
        return f"{value}ain"
    if language == "cy" and value in WELSH_TEENS:
        return f"{value}eg"
    return f"{value}{endings[locale(language).ordinal_form(value)]}"


def join_words(words: Sequence[str], language: str) -> str:
    """Return "London, Bristol and Leeds"; in Welsh "a" is "ac" before a vowel, and mutates."""
    if language != "cy" or len(words) == 1:
        return str(format_list(list(words), locale=locale(language)))
    *others, last = words
    return f"{', '.join(others)} {_and_in_welsh(last)}"


VOWELS: Final = "aeiouwy\u00e2\u00ea\u00ee\u00f4\u00fb\u0175\u0177"
ASPIRATED: Final = {"c": "ch", "p": "ph", "t": "th"}
"""What follows "a" has another beginning; "ch", "ph" and "th" have it already."""


def _and_in_welsh(word: str) -> str:
    first, second = word[:1].casefold(), word[1:2].casefold()
    is_consonant = first == "w" and second in {*VOWELS, "r", "l"}
    if first in VOWELS and not is_consonant:
        return f"ac {word}"
    mutated = ASPIRATED.get(first) if second != "h" else None
    if mutated is None:
        return f"a {word}"
    return f"a {mutated.capitalize() if word[:1].isupper() else mutated}{word[1:]}"


def filters(language: str) -> Mapping[str, Callable[..., object]]:
    """Return the filters of templates that say things in a language."""
    return {
        "day": lambda value: day(value, language),
        "number": lambda value: number(value, language),
        "ordinal": lambda value: ordinal(value, language),
        "plural": lambda count, one, other, **forms: plural(count, one, other, language, **forms),
        "join_words": lambda words: join_words(words, language),
    }
