"""The translations of a plan: neither language may lack what the other one has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dispatch.domain.mailout import Words
from dispatch.files.plan.keys import PlanKeys, TranslationKeys

Bespoke = Mapping[str, Mapping[str, str]]
"""Paragraphs by language, empty for the plan's own, and then by the code of their authority."""


def bespoke(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return paragraphs by language; those in a translation are called `CODE.cy`."""
    found: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        code, _, language = name.partition(".")
        found.setdefault(language, {})[code] = text
    return found


def read(keys: PlanKeys, bespoke: Bespoke) -> dict[str, Words]:
    """Return the translations of a plan, by language."""
    return {
        language: Words(
            words=given.words,
            constants={key: _told(value) for key, value in given.constants.items()},
            bespoke=bespoke.get(language, {}),
        )
        for language, given in keys.translations.items()
    }


def _told(value: Any) -> object:  # noqa: ANN401 - whatever TOML has
    """Return a value as a template gets it: a day as ISO spells it."""
    match value:
        case list():
            return [_told(each) for each in value]
        case dict():
            return {name: _told(each) for name, each in value.items()}
        case str() | bool() | int() | float():
            return value
        case _:
            return value.isoformat()


def contradictions(keys: PlanKeys, bespoke: Bespoke) -> Iterator[tuple[str, str | None, str]]:
    """Yield what a language lacks: its place, its value if it has one, and the rule it breaks."""
    order = keys.languages.order if keys.languages else []
    own = [each for each in order if each not in keys.translations]
    for language in keys.translations:
        if language not in order:
            yield (
                f"translations.{language}",
                None,
                "is a language that languages.order does not have",
            )
    if keys.languages and len(own) != 1:
        rule = "must have one language without a translation: the plan's own"
        yield "languages.order", ", ".join(order), rule
    for language in bespoke:
        if language and language not in keys.translations:
            yield "bespoke", f".{language}.md", "is in a language that letters do not have"
    for language, given in keys.translations.items():
        yield from _lacking(keys, language, given)
        yield from _unmatched(language, bespoke)


def _lacking(
    keys: PlanKeys, language: str, given: TranslationKeys
) -> Iterator[tuple[str, str | None, str]]:
    """Yield the constants of which only one language has a text."""
    place = f"translations.{language}.constants"
    for key, value in keys.constants.items():
        if key not in given.constants and _has_sentences(value):
            yield f"{place}.{key}", None, "is missing: constants has it, and it has words"
    for key, value in given.constants.items():
        if key not in keys.constants:
            yield f"{place}.{key}", str(value), "translates a constant that there is not"
        elif not _is_alike(value, keys.constants[key]):
            yield f"{place}.{key}", str(value), "is not of the kind that constants has there"


def _has_sentences(value: object) -> bool:
    """Whether a value has a text of several words; an address or a code is the same in any."""
    match value:
        case str():
            return " " in value.strip()
        case list():
            return any(map(_has_sentences, value))
        case dict():
            return any(map(_has_sentences, value.values()))
        case _:
            return False


def _is_alike(one: object, other: object) -> bool:
    """Whether two values are of one kind, with as many items, and equal unless they are texts."""
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(_is_alike, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(
                _is_alike(one[name], other[name]) for name in one
            )
        case str(), str():
            return True
        case _:
            return one == other


def _unmatched(language: str, bespoke: Bespoke) -> Iterator[tuple[str, str | None, str]]:
    """Yield the authorities that have paragraphs in one language alone."""
    there, own = bespoke.get(language, {}), bespoke.get("", {})
    for code in sorted(own.keys() - there.keys()):
        yield "bespoke", f"{code}.md", f"has no translation: write {code}.{language}.md as well"
    for code in sorted(there.keys() - own.keys()):
        yield "bespoke", f"{code}.{language}.md", f"translates nothing: write {code}.md as well"
