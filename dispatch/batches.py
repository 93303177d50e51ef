"""Things taken some at a time, so that never all of them are in memory or in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield things in their order, `size` at a time; the next are taken only when asked for.

    `itertools.batched` does the same from Python 3.12 on.
    """
    left = iter(things)
    while some := list(islice(left, size)):
        yield some
