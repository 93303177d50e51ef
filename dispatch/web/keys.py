"""Keys in an address: where a page of a list begins."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import request


def key(name: str) -> UUID | None:
    """Return an id that the address of this page has; None if it has none, or something else."""
    with suppress(ValueError):
        return UUID(request.args.get(name, ""))
    return None
