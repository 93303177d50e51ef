"""How values are named to people: ids, purged addresses, states and kinds."""

from __future__ import annotations

from enum import Enum
from typing import Final
from uuid import UUID

SHORT_ID: Final = 8
"""Digits of an id in a table: as a rule, enough to tell it from any other."""

PURGED: Final = "(purged)"
"""Shown in place of an address that was kept long enough: see `dispatch audit purge`."""


def short(id_: UUID) -> str:
    """Return the beginning of an id, which commands accept in place of the whole."""
    return str(id_)[:SHORT_ID]


def address_shown(address: str) -> str:
    """Return an address, or a word in its place once it is purged."""
    return address or PURGED


def in_words(value: Enum) -> str:
    """Return the word or words of a state, kind or reason: "bad address"."""
    return str(value.value).replace("_", " ")


def reopened(mailout: str) -> str:
    """Say that an act would take a mailout back to draft."""
    return f"{mailout} would go back to draft: its letters must be rendered and approved again."
