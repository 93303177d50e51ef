"""What a letter consists of, in text, HTML and PDF alike: blocks, and runs of words in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style. A line break is a run by itself, with one newline as its text."""

    text: str
    strong: bool = False
    emphasis: bool = False
    link: str | None = None


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, of level 1 to 6."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of words."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Items:
    """A list, with bullets or with numbers from 1."""

    is_numbered: bool
    items: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its head and its rows, each a row of cells."""

    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a paragraph by itself: a file in the template's folder, or `chart:57`."""

    source: str
    description: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody else's words, set apart."""

    blocks: Blocks


Block = Heading | Paragraph | Items | Grid | Picture | Quotation
Blocks = tuple[Block, ...]
