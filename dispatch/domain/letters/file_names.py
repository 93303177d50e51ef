"""What a letter's file is called: where recipients see it, and where the public does."""

from __future__ import annotations

from collections.abc import Iterable
from string import Formatter
from typing import Final

from dispatch.domain.letter import Content
from dispatch.domain.letters.languages import in_language, pdf_languages
from dispatch.domain.register.authority import slugified

PDF_NAME: Final = "{title} - {authority}"
"""What recipients see, if a plan does not say."""

PUBLIC_NAME: Final = "{authority}-{letter_year}"
"""The file in the public bundle, if a plan does not say."""

FIELDS: Final = ("title", "authority", "code", "year", "letter_year", "letter_date")
"""What a pattern may have in braces."""


def wrong_pattern(pattern: str) -> str | None:
    """Return why a pattern cannot be used; None if it can."""
    try:
        found = list(Formatter().parse(pattern))
    except ValueError:
        return "has a brace that is not closed, or not opened"
    for _, field, spec, conversion in found:
        if field is not None and (field not in FIELDS or spec or conversion):
            known = ", ".join(f"{{{each}}}" for each in FIELDS)
            return f"has {{{field}}} in it; it may have {known}"
    if not {"authority", "code"} & {field for _, field, _, _ in found}:
        return "would call the letters of all authorities the same; put {authority} into it"
    return None


def pdf_name(content: Content) -> str:
    """Return the name under which recipients see a letter's PDF, with its version after the first.

    So that a corrected letter does not lie beside the first one, or take its place, unseen.
    """
    version = f" (version {content.version})" if content.version > 1 else ""
    pattern = content.pdf_name or PDF_NAME
    name = _filled(pattern, content, content.authority.official_name, content.year)
    return f"{name}{version}.pdf"


def pdf_names(content: Content, parts: Iterable[str]) -> dict[str, str]:
    """Return what each PDF of a letter is called, by its form, in the order of its languages.

    In the words of its language; with its code, where two would be called the same.
    """
    found: dict[str, str] = {}
    for form, language in pdf_languages(content, parts).items():
        name = pdf_name(in_language(content, language) if language else content)
        if name in found.values():
            name = f"{name.removesuffix('.pdf')} ({language}).pdf"
        found[form] = name
    return found


def public_name(content: Content, authority: str) -> str:
    """Return the name of a letter's file in the public bundle; `authority` is how it has that."""
    name = _filled(content.public_name or PUBLIC_NAME, content, authority, slugified(content.year))
    return f"{name}.pdf"


def _filled(pattern: str, content: Content, authority: str, year: str) -> str:
    return pattern.format(
        title=content.title,
        authority=authority,
        code=content.code,
        year=year,
        letter_year=content.letter_date.year,
        letter_date=content.letter_date.isoformat(),
    )
