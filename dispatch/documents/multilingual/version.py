"""A letter in one of its languages, before it is put together with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.documents.markdown import Part
from dispatch.documents.pages import Pages
from dispatch.domain.letter import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a letter, and what goes with it, say in one language."""

    content: Content
    """In that language."""
    pages: Pages
    title: str
    letter: Sequence[Part]
    note: Sequence[Part]
    again: Sequence[Part]
    """The covering note of a letter that is sent again."""
    branches: tuple[str, ...]
    in_words: Mapping[str, Sequence[int]]
    """The numbers that each of these says in words."""

    @property
    def language(self) -> str:
        return self.content.language

    @property
    def told(self) -> dict[str, Sequence[Part]]:
        """Each thing that people read, by what it is called."""
        return {"letter": self.letter, "covering note": self.note, "note to send again": self.again}
