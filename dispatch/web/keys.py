"""Keys in an address: where a page of a list begins."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from uuid import UUID

from flask import request

LARGEST: Final = 2**31 - 1
"""Of the numbers of versions and rows, as the database holds them."""


def key(name: str) -> UUID | None:
    """Return an id that the address of this page has; None if it has none, or something else."""
    with suppress(ValueError):
        return UUID(request.args.get(name, ""))
    return None


def number(name: str, largest: int = LARGEST) -> int | None:
    """Return a number that the address of this page has; None if it has none that can be meant."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= largest else None
