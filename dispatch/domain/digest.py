"""Digests: one canonical spelling of a value, and its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

UNLESS_NONE: Final = "unless_none"
"""Marks, in a field's metadata, a field that was added later: it is left out while it is None, so
that values digested before it existed keep their digest."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 of a value's canonical spelling: the same on any machine."""
    return sha256(canonical(value).encode())


def canonical(value: object) -> str:
    """Spell a value as JSON: keys sorted, no spaces, dates in ISO 8601, enums by their value."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - JSON is any of these, one case each
    """Return dataclasses, enums, dates and collections as JSON values."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Enum():
            return value.value
        case date() | time() | datetime():
            return value.isoformat()
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
        case _ if hasattr(value, "__dataclass_fields__"):
            return {
                name: plain(getattr(value, name))
                for name, field in value.__dataclass_fields__.items()
                if getattr(value, name) is not None or not field.metadata.get(UNLESS_NONE)
            }
        case _:
            raise TypeError(f"no canonical spelling for {type(value).__name__}")
