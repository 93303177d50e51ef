"""Digests: one canonical spelling of a value (RFC 8785), and its SHA-256."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field
from datetime import date, datetime, time
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import orjson
import rfc8785


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class Measured:
    """Octets in pieces, measured as they pass by, once: their number and their SHA-256."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._digest.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """The SHA-256 of what has passed by."""
        return self._digest.hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 of a value's canonical spelling: the same on any machine."""
    return sha256(canonical_json(plain(value)))


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - JSON is any of these
    """Spell a JSON value as RFC 8785 says: any program that follows it makes the same bytes.

    Raises `rfc8785.CanonicalizationError` for a value that JSON does not have, and for an integer
    beyond 2**53 - 1, which other programs would round.
    """
    try:
        text = _spell(value)
    except (TypeError, ValueError):
        return rfc8785.dumps(value)  # which raises, and says why
    return rfc8785.dumps(value) if _is_spelled_otherwise(text) else text.encode()


_spell: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
"""Spells almost every value as RFC 8785 does, and more than ten times as fast."""


def canonical_texts(value: Any) -> bytes:  # noqa: ANN401 - JSON is any of these
    """Spell a JSON value as `canonical_json` does, in a tenth of the time.

    Only for objects with names in ASCII, and for texts and small integers in them: those are
    spelled by RFC 8785 as orjson spells them. Raises `TypeError` for what JSON does not have, but
    for a fraction that is not a number, which is spelled `null`.
    """
    return orjson.dumps(value, option=TEXTS)


TEXTS: Final = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
"""Sorted by name, and nothing but JSON: orjson would spell moments and dataclasses its own way."""


def _is_spelled_otherwise(text: str) -> bool:
    """Whether RFC 8785 may spell the value of a text in another way, or not at all."""
    if BEYOND_FIRST_PLANE.search(text):
        return True
    # Moments look like fractions, as in 09:00:07.25, so what is in quotes does not count.
    return bool(NUMBERS.search(text) and NUMBERS.search(QUOTED.sub("", text)))


BEYOND_FIRST_PLANE: Final = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
"""Characters by which names are sorted in another order, by UTF-16; and halves of such."""
NUMBERS: Final = re.compile(r"(?:^|[:,\[])-?[0-9]+[.eE]|[0-9]{16}")
"""Fractions, and integers that may be too large."""
QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*+"')
"""A string. It never gives characters back (`*+`), so that none costs more than one look."""


ADDED_LATER: Final[Mapping[str, bool]] = MappingProxyType({"added_later": True})
"""The metadata of a field that earlier releases did not have. At its default it is left out, so
that a value from before has the digest that it was approved and sealed with."""


def plain(value: object) -> Any:  # noqa: ANN401 - JSON is any of these
    """Return dataclasses, enums, dates and collections as JSON values."""
    if type(value) in SPELLED_AS_THEY_ARE:  # most of what there is
        return value
    if fields := getattr(value, "__dataclass_fields__", None):
        return {
            name: plain(getattr(value, name))
            for name, field in fields.items()
            if not field.metadata or not _is_as_before(value, field)
        }
    return _plain(value)


def _is_as_before(value: object, field: Field[Any]) -> bool:
    if not field.metadata.items() >= ADDED_LATER.items():
        return False
    made = field.default_factory
    default = field.default if made is MISSING else made()
    return bool(getattr(value, field.name) == default)


SPELLED_AS_THEY_ARE: Final = frozenset({type(None), bool, int, float, str})


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is any of these
    match value:
        case bool() | int() | float() | str():
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
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}")
