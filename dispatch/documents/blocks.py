"""What a letter is made of, whatever it will be written on: blocks, and runs of words in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Some words in one style. A line break is a run of its own, of one newline."""

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
    """A list, with bullets or with numbers from 1 on."""

    is_numbered: bool
    items: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its head and its rows, each a row of cells."""

    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands alone: a file of the template's, or `chart:57`."""

    source: str
    description: str


Block = Heading | Paragraph | Items | Grid | Picture
Blocks = tuple[Block, ...]
