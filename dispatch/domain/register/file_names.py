"""Which authority a file is about, by the code or the name in the name of the file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import PurePath
from typing import Final

from dispatch.domain.register.authority import Authority
from dispatch.domain.register.spelling import folded

BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


class FileNames:
    """Finds the authority that the name of a file names, among all that are registered."""

    def __init__(self, authorities: Iterable[Authority]) -> None:
        self._codes: dict[str, str] = {}
        self._named: dict[str, set[str]] = defaultdict(set)
        for each in authorities:
            self._codes[each.code.casefold()] = each.code
            for name in (each.name, each.official_name):
                self._named[folded(name)].add(each.code)

    def authority_in(self, name: str) -> str | None:
        """Return the code of the one authority that the name of a file names.

        None if it names none, or several: a spreadsheet with people's cases must not go to a
        council that was guessed.
        """
        words = BETWEEN_WORDS.split(PurePath(name).stem)
        found = {*self._by_name(" ".join(words)), *self._by_code(words)}
        return found.pop() if len(found) == 1 else None

    def _by_name(self, text: str) -> Iterator[str]:
        """Yield the codes whose names stand in a text, but for names that are part of others."""
        words = folded(text).split()
        parts = (words[start:end] for start, end in combinations(range(len(words) + 1), 2))
        called = {part for part in map(" ".join, parts) if part in self._named}
        for each in called:
            if not any(f" {each} " in f" {other} " for other in called - {each}):
                yield from self._named[each]

    def _by_code(self, words: list[str]) -> Iterator[str]:
        """Yield the codes among some words: in capitals, or alone; "and" in small letters is not.

        A code of small letters counts as it is written.
        """
        codes = (self._codes.get(each.casefold()) for each in words)
        yield from (code for code, word in zip(codes, words, strict=True) if code == word)
        alone = self._codes.get(BETWEEN_WORDS.sub("-", "-".join(words)).casefold())
        if alone:
            yield alone
