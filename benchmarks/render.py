"""How fast letters are rendered, beside bare Typst: `python benchmarks/render.py [LETTERS]`.

Two warm processes do each, in turns, over the same letters. Bare Typst is given what the full
way gives it, data and all, and does nothing else.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.pool import Pool
from typing import Any
from unittest.mock import patch

from dispatch.documents import pdf
from dispatch.domain.letter import Content
from tests.documents.contents import DECIDED, MITCHELL, RECEIVED, TEMPLATES, about, boxes

PROCESSES = 2
ROUNDS = 5


def letter(number: int) -> Content:
    """Return a letter of its own: name, figures, and for every tenth a paragraph."""
    content = about(
        f"Testshire {number} Borough Council",
        addressee=replace(MITCHELL, surname=f"Testing{number}"),
        boxes=boxes((number % 73, 72, 62), (number % 46, 45, 99), (number % 44, 43, 11)),
        tables=(RECEIVED, DECIDED),
        is_synthetic=True,
    )
    return (
        replace(content, bespoke=f"Case {number} is one of note.") if not number % 10 else content
    )


def full(content: Content) -> int:
    """Render one letter in all its forms, checked; return how many bytes came of it."""
    return sum(map(len, TEMPLATES.render(content).parts.values()))


def bare(order: dict[str, Any]) -> int:
    """Compile one letter's PDF and nothing else."""
    return len(pdf.compiler().compile(**order))  # type: ignore[arg-type]  # format is set: bytes


def orders(contents: Sequence[Content]) -> list[dict[str, Any]]:
    """Return what the full way asks of Typst for each letter."""
    with patch.object(pdf, "typeset", wraps=pdf.typeset) as typeset:
        for content in contents:
            TEMPLATES.render(content)
    return [pdf.order(*call.args) for call in typeset.call_args_list]


def warm() -> None:
    full(letter(0))


def seconds(pool: Pool, work: Callable[[Any], int], over: Sequence[Any]) -> float:
    began = time.perf_counter()
    pool.map(work, over, chunksize=5)
    return time.perf_counter() - began


def main(count: int) -> None:
    contents = [letter(number) for number in range(1, count + 1)]
    asked = orders(contents)
    bare_seconds = full_seconds = 0.0
    # Forked children of a process that has compiled hang, so the workers are spawned.
    with get_context("spawn").Pool(PROCESSES, initializer=warm) as pool:
        pool.map(full, contents[: 2 * PROCESSES], chunksize=1)
        for turn in range(ROUNDS):
            # Not the same letters one after the other: Typst remembers what it has just set.
            bare_seconds += seconds(pool, bare, asked[turn::ROUNDS])
            full_seconds += seconds(pool, full, contents[(turn + 2) % ROUNDS :: ROUNDS])
    print(f"{count} letters, {PROCESSES} processes, {os.cpu_count()} cores")
    print(f"bare Typst   {count / bare_seconds:6.1f} letters/s")
    print(f"full render  {count / full_seconds:6.1f} letters/s")
    print(f"ratio        {bare_seconds / full_seconds:6.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
