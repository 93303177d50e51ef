"""Whether a letter says the same in each of its languages: no paragraph and no number is missing.

Sentences cannot be compared, but what they are made of can: the parts, the headings, paragraphs,
lists and tables in each of these, and every number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import Final

from dispatch.documents.blocks import (
    Block,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quotation,
    Runs,
)
from dispatch.documents.markdown import Part
from dispatch.documents.multilingual.version import Version

NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
THOUSANDS: Final = re.compile(r",(?=\d{3})")
SHOWN: Final = 50
"""Characters of a paragraph that are shown, to find it by."""


def flaws(versions: Sequence[Version]) -> Iterator[str]:
    """Yield what the others lack that the first has, or have that it lacks."""
    first, *others = versions
    for other in others:
        for what, parts in first.told.items():
            found = list(_differing_parts(first, other, parts, other.told[what]))
            # A paragraph that is missing takes its numbers with it: one complaint is enough.
            yield from (f"{what}: {flaw}" for flaw in found or _numbers(what, first, other))


def _differing_parts(
    first: Version, other: Version, one: Sequence[Part], two: Sequence[Part]
) -> Iterator[str]:
    names, theirs = ([part.name for part in parts] for parts in (one, two))
    if names != theirs:
        yield (
            f"its parts are {', '.join(names)} in {first.language}, and {', '.join(theirs)} in "
            f"{other.language}"
        )
        return
    for a, b in zip(one, two, strict=True):
        yield from _differing_blocks(first, other, a, b)


def _differing_blocks(first: Version, other: Version, a: Part, b: Part) -> Iterator[str]:
    one, two = ([_shape(block) for block in part.blocks] for part in (a, b))
    for kind, i, j, k, m in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind != "equal":
            for has, lacks, blocks in (
                (first, other, a.blocks[i:j]),
                (other, first, b.blocks[k:m]),
            ):
                for block in blocks:
                    yield (
                        f"{lacks.language} lacks what {has.language} has in {a.name}: "
                        f'the {_shape(block)} "{_words(block)[:SHOWN]}"'
                    )


def _shape(block: Block) -> str:
    """Return what a block is, as both languages must have it."""
    match block:
        case Heading(level):
            return f"heading of level {level}"
        case Paragraph():
            return "paragraph"
        case Items(_, items):
            return f"list of {len(items)}"
        case Grid(head, rows):
            return f"table of {len(rows)} rows and {len(head)} columns"
        case Quotation(blocks):
            return f"quotation of {len(blocks)}"
        case Picture():
            return "picture"


def _numbers(what: str, first: Version, other: Version) -> Iterator[str]:
    one, two = (_said(what, version) for version in (first, other))
    for has, lacks, missing in ((first, other, one - two), (other, first, two - one)):
        for number in sorted(missing):
            where = _where(has, what, number)
            yield f"{lacks.language} lacks the number {number}, which {has.language} has{where}"


def _said(what: str, version: Version) -> Counter[str]:
    """Count the numbers in a version, in figures and in words."""
    found = Counter(map(str, version.in_words[what]))
    for block in _blocks(version.told[what]):
        found.update(_in_figures(_words(block)))
    return found


def _in_figures(text: str) -> list[str]:
    return NUMBER.findall(THOUSANDS.sub("", text))


def _where(version: Version, what: str, number: str) -> str:
    for block in _blocks(version.told[what]):
        words = _words(block)
        if number in _in_figures(words):
            return f' in "{words[:SHOWN]}"'
    return ""


def _blocks(parts: Sequence[Part]) -> Iterator[Block]:
    return chain.from_iterable(part.blocks for part in parts)


def _words(block: Block) -> str:
    """Return what a block says, without addresses: those of two languages may differ."""
    match block:
        case Heading(_, runs) | Paragraph(runs):
            return _of_runs(runs)
        case Items(_, items):
            return " ".join(_words(each) for item in items for each in item)
        case Grid(head, rows):
            return " ".join(_of_runs(cell) for row in (head, *rows) for cell in row)
        case Quotation(blocks):
            return " ".join(map(_words, blocks))
        case Picture(_, description):
            return description


def _of_runs(runs: Runs) -> str:
    return "".join("" if _is_address(run.text) else run.text for run in runs)


def _is_address(text: str) -> bool:
    return text.startswith("https://") or ("@" in text and " " not in text)
