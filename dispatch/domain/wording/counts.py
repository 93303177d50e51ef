"""A number with its noun, and a list that may be long."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, one: str, several: str) -> str:
    """Return a number with its noun, for a message: "1 delivery", "2 deliveries"."""
    return f"{count:,} {one if count == 1 else several}"


def some(words: Sequence[str], most: int) -> str:
    """Return "ADU, BIR, OXO" or, beyond the most, "ADU, BIR and 300 more"."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def listed(words: Sequence[str], most: int) -> str:
    """Return "ADU, BIR and OXO" or, beyond the most, "ADU, BIR and 300 more"."""
    if len(words) > most:
        return some(words, most)
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
