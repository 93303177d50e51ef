"""What a document of Word says, in blocks: what a letter in Markdown can have, and the rest named.

Fields and what is lost stand in the words as marks: a number between two characters of Unicode's
private use area, which no document of an office has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

OPENS: Final = "\ue000"
CLOSES: Final = "\ue001"
MARK: Final = re.compile(f"{OPENS}(\\d+){CLOSES}")
PRIVATE: Final = re.compile("[\ue000-\uf8ff]")


def mark(number: int) -> str:
    """Return what stands in the words for the field or loss with a number."""
    return f"{OPENS}{number}{CLOSES}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordField:
    """A field of Word, such as a merge field."""

    code: str
    """Its code as a person sees it in Word; a field in it is a mark."""
    result: str = ""
    """What Word showed in its place last."""
    near: str = ""
    """The beginning of the paragraph that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that a letter in Markdown cannot have."""

    what: str
    words: str = ""
    """What it says, if it says something."""
    near: str = ""
    """The beginning of the paragraph that it stands in, or that comes before it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in one style; a line break is one newline."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Par:
    """A paragraph: of a list, a heading, a quotation, or plain."""

    words: tuple[Words, ...]
    heading: int = 0
    """The level of a heading; 0 for none."""
    level: int = -1
    """The level of an item in a list, from 0; -1 for none."""
    is_numbered: bool = False
    list_id: str = ""
    """What Word calls its list, which a later item may go on with."""
    is_quotation: bool = False

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.words)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, over some columns and rows."""

    pars: tuple[Par, ...]
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Rows:
    """A table."""

    rows: tuple[tuple[Cell, ...], ...]


Block = Par | Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a document says."""

    blocks: tuple[Block, ...]
    fields: dict[int, WordField] = field(default_factory=dict)
    losses: dict[int, Loss] = field(default_factory=dict)
    """By the numbers of their marks."""
    aside: tuple[Loss, ...] = ()
    """What has no place among the blocks: headers, footers, formats of the whole."""


def whole(words: Sequence[Words], names: re.Pattern[str]) -> Iterator[Words]:
    """Yield words with each of some names in one style, however many runs it was typed in."""
    text = "".join(each.text for each in words)
    styles = [each for each in words for _ in each.text]
    for found in names.finditer(text):
        styles[found.start() : found.end()] = [styles[found.start()]] * len(found[0])
    last = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or styles[at] is not styles[last]:
            yield replace(styles[last], text=text[last:at])
            last = at


def merged(words: Iterable[Words]) -> Iterator[Words]:
    """Yield words with neighbours of one style joined; a line break stands alone."""
    held: Words | None = None
    for each in words:
        for piece in re.split(r"(\n)", each.text):
            if not piece:
                continue
            one = replace(each, text=piece) if piece != "\n" else Words("\n")
            is_blank = not piece.strip() and piece != "\n"
            if held and "\n" not in {piece, held.text} and (is_blank or _alike(held, one)):
                held = replace(held, text=held.text + piece)
                continue
            if held:
                yield held
            held = one
    if held:
        yield held


def _alike(one: Words, other: Words) -> bool:
    return replace(one, text="") == replace(other, text="")


def without_style(words: Sequence[Words]) -> tuple[Words, ...]:
    """Return the same words, plain but for their links."""
    return tuple(replace(each, is_bold=False, is_italic=False) for each in words)
