"""Digests: one canonical spelling of a value (RFC 8785), and its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any

import rfc8785


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 of a value's canonical spelling: the same on any machine."""
    return sha256(canonical_json(plain(value)))


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - JSON is any of these
    """Spell a JSON value as RFC 8785 says: any program that follows it makes the same bytes.

    Raises `rfc8785.CanonicalizationError` for a value that JSON does not have, and for an integer
    beyond 2**53 - 1, which other programs would round.
    """
    return rfc8785.dumps(value)


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
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}")
