"""Blocks to plain text, for people who read email without HTML, and for searching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from dispatch.documents.blocks import (
    Block,
    Blocks,
    Grid,
    Heading,
    Items,
    Paragraph,
    Quotation,
    Runs,
)

WIDTH: Final = 76
UNDERLINES: Final = {1: "=", 2: "-"}


def to_text(blocks: Iterable[Block], *, width: int = WIDTH) -> str:
    """Return blocks as text, wrapped at `width` columns, with a newline at the end.

    A link's address follows its words the first time it occurs. Pictures are left out, since
    the words beside them say what they show.
    """
    seen: set[str] = set()
    paragraphs = (_lines(block, width, seen) for block in blocks)
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _lines(block: Block, width: int, seen: set[str]) -> Sequence[str]:
    match block:
        case Heading(level, runs):
            lines = _wrapped(words(runs, seen), width)
            line = UNDERLINES.get(level, "") * max(map(len, lines), default=0)
            return [*lines, line[:width]] if line else lines
        case Paragraph(runs):
            return _wrapped(words(runs, seen), width)
        case Items(is_numbered, items):
            return list(_items(items, width, seen, is_numbered=is_numbered))
        case Grid(head, rows):
            return _columns([head, *rows], width, seen)
        case Quotation(blocks):
            return list(_set_apart(blocks, width, seen))
        case _:
            return []


def words(runs: Runs, seen: set[str]) -> str:
    """Return runs as words; `seen` holds the links whose addresses have been printed."""
    said = []
    for run in runs:
        said.append(run.text)
        if run.link and run.link not in seen:
            seen.add(run.link)
            if run.link.removeprefix("mailto:") != run.text:
                said.append(f" <{run.link.removeprefix('mailto:')}>")
    return "".join(said)


@lru_cache(maxsize=2048)
def _wrapped(said: str, width: int) -> tuple[str, ...]:
    """Fill lines with words. A word is never broken, however long it is.

    Cached, because letters share most of their paragraphs.
    """
    lines: list[str] = []
    for given in said.split("\n"):
        line = ""
        for word in given.split(" "):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return tuple(lines)


def _items(
    items: Sequence[Blocks], width: int, seen: set[str], *, is_numbered: bool
) -> Iterator[str]:
    for number, blocks in enumerate(items, start=1):
        mark = f"{number}. " if is_numbered else "- "
        for block in blocks:
            for line in _lines(block, width - len(mark), seen):
                yield mark + line
                mark = " " * len(mark)


def _set_apart(blocks: Blocks, width: int, seen: set[str]) -> Iterator[str]:
    """Yield the lines of a quotation, further to the right than the words around it."""
    for number, block in enumerate(blocks):
        if number:
            yield ""
        yield from (MARGIN + line for line in _lines(block, width - len(MARGIN), seen))


MARGIN: Final = "    "


def _columns(rows: Sequence[Sequence[Runs]], width: int, seen: set[str]) -> list[str]:
    """Return a table with its first column aligned left and the others, numbers, right."""
    cells = [[words(runs, seen) for runs in row] for row in rows]
    sizes = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sizes[0] = min(sizes[0], width - sum(sizes[1:]) - 2 * len(sizes[1:]))
    return [
        "  ".join([row[0].ljust(sizes[0]), *map(str.rjust, row[1:], sizes[1:])]) for row in cells
    ]
