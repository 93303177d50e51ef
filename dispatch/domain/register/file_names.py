"""Which authority a file is about, by the code or the name in the name of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final

from dispatch.domain.register.authority import Authority
from dispatch.domain.register.spelling import folded

BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def authority_in(name: str, authorities: Mapping[str, Authority]) -> str | None:
    """Return the code of the one authority that the name of a file names.

    None if it names none, or several: a spreadsheet with people's cases must not go to a council
    that was guessed.
    """
    words = BETWEEN_WORDS.split(PurePath(name).stem)
    found = {*_by_name(" ".join(words), authorities), *_by_code(words, authorities)}
    return found.pop() if len(found) == 1 else None


def _by_name(text: str, authorities: Mapping[str, Authority]) -> set[str]:
    """Return the codes whose names stand in a text, but for names that are part of a longer one."""
    sought = f" {folded(text)} "
    named = {
        (called, code)
        for code, each in authorities.items()
        for name in (each.name, each.official_name)
        if (called := folded(name)) and f" {called} " in sought
    }
    return {
        code
        for called, code in named
        if not any(f" {called} " in f" {other} " for other, _ in named if other != called)
    }


def _by_code(words: list[str], authorities: Mapping[str, Authority]) -> Iterator[str]:
    """Yield the codes among some words: in capitals, or alone; "and" in small letters is a word."""
    yield from (each for each in words if each in authorities)
    alone = BETWEEN_WORDS.sub("-", "-".join(words)).casefold()
    yield from (code for code in authorities if code.casefold() == alone)
