"""Two letters side by side: figures with their change, and the text with what is new and gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from dispatch.domain.letter import Content
from dispatch.domain.register.figures import Box


class Side(StrEnum):
    """In which of two texts a piece is."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph: its words, in order, with those that are gone before those in their place."""

    pieces: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        return all(each.side is Side.SAME for each in self.pieces)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of two letters."""

    name: str
    then: str
    now: str
    change: str
    """The difference with its sign; empty if there is none, or nothing to compare."""

    @property
    def is_same(self) -> bool:
        return self.then == self.now


NOTHING: Final = "none"
"""What stands for a figure that a letter does not have."""


def figures(old: Content, new: Content) -> tuple[Figure, ...]:
    """Return the figures of two letters, those of the new one first."""
    return (*_boxes(old, new), *_tables(old, new))


def _boxes(old: Content, new: Content) -> Iterator[Figure]:
    then = {box.key: box for box in old.boxes}
    now = {box.key: box for box in new.boxes}
    for key in dict.fromkeys([*now, *then]):
        was, is_ = then.get(key), now.get(key)
        title = (is_ or was or _EMPTY).title
        yield _figure(title, _of(was), _of(is_), _points(was, is_))
        yield _figure(f"{title}: average", _average(was), _average(is_), "")


_EMPTY: Final = Box(key="", title="", count=0, base=0, average=None)


def _of(box: Box | None) -> str:
    if box is None:
        return NOTHING
    return f"{box.count} of {box.base} ({box.percent}%)" if box.base else "nothing to measure"


def _average(box: Box | None) -> str:
    return NOTHING if box is None or box.average is None else f"{box.average}%"


def _points(was: Box | None, is_: Box | None) -> str:
    before = was.percent if was else None
    after = is_.percent if is_ else None
    if before is None or after is None or before == after:
        return ""
    points = abs(after - before)
    return f"{after - before:+} point{'' if points == 1 else 's'}"


def _tables(old: Content, new: Content) -> Iterator[Figure]:
    then = {(table.key, key): count for table in old.tables for key, count in table.rows}
    now = {(table.key, key): count for table in new.tables for key, count in table.rows}
    for key in dict.fromkeys([*now, *then]):
        was, is_ = then.get(key), now.get(key)
        change = f"{is_ - was:+}" if was is not None and is_ is not None and was != is_ else ""
        name = ": ".join(each.replace("_", " ") for each in key)
        yield _figure(name, _count(was), _count(is_), change)


def _count(count: int | None) -> str:
    return NOTHING if count is None else f"{count:,}"


def _figure(name: str, then: str, now: str, change: str) -> Figure:
    return Figure(name, then, now, change)


def passages(old: str, new: str) -> tuple[Passage, ...]:
    """Return two texts as one, paragraph by paragraph, with what is gone and what is new."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[Passage] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            found += (Passage((Piece(Side.SAME, each),)) for each in after[start:end])
        else:
            found += _replaced(before[first:last], after[start:end])
    return tuple(found)


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, each on one line: where lines end says nothing.

    Without the rules under headings.
    """
    blocks = text.replace("\r\n", "\n").split("\n\n")
    words = (" ".join(each for each in block.split() if set(each) - {"=", "-"}) for block in blocks)
    return [each for each in words if each]


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    for was, is_ in zip_longest(before, after):
        if was is None:
            yield Passage((Piece(Side.NEW, is_),))
        elif is_ is None:
            yield Passage((Piece(Side.GONE, was),))
        else:
            yield Passage(tuple(_words(was, is_)))


ALIKE: Final = 0.4
"""How much of two paragraphs must be the same for their words to be compared one by one."""


def _words(was: str, is_: str) -> Iterator[Piece]:
    before, after = was.split(), is_.split()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield Piece(Side.GONE, was)
        yield Piece(Side.NEW, is_)
        return
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            yield Piece(Side.SAME, " ".join(after[start:end]))
            continue
        if last > first:
            yield Piece(Side.GONE, " ".join(before[first:last]))
        if end > start:
            yield Piece(Side.NEW, " ".join(after[start:end]))
