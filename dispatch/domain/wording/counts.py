"""A number with its noun."""

from __future__ import annotations


def counted(count: int, one: str, several: str) -> str:
    """Return a number with its noun, for a message: "1 delivery", "2 deliveries"."""
    return f"{count:,} {one if count == 1 else several}"
