"""Canonical JSON (RFC 8785, JCS): any program that follows it makes the same bytes.

Unlike `digest.canonical`, which older digests rest on, it spells numbers as ECMAScript does and
sorts keys by their UTF-16 code units.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from math import isfinite
from typing import Final

LARGEST_INTEGER: Final = 2**53 - 1
"""Beyond it an integer is spelled as the nearest double (RFC 8785 3.2.2.3, RFC 7493 2.2)."""


def canonical_json(value: object) -> bytes:
    """Spell a JSON value; raise `TypeError` for any other, `ValueError` for NaN and infinities."""
    return _spelled(value).encode()


def _spelled(value: object) -> str:
    match value:
        case str():
            return quoted(value)
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case int() if abs(value) <= LARGEST_INTEGER:
            return str(value)
        case int() | float():
            return _number(float(value))
        case Mapping():
            keys = sorted(value, key=_code_units)
            return "{" + ",".join(f"{quoted(key)}:{_spelled(value[key])}" for key in keys) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_spelled, value)) + "]"
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}")


def _code_units(key: object) -> bytes:
    if not isinstance(key, str):
        raise TypeError(f"a key in JSON cannot be a {type(key).__name__}")
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    """Spell a double with the fewest digits that identify it (ECMA-262, 6.1.6.1.20)."""
    if not isfinite(value):
        raise ValueError(f"JSON has no {value}")
    if value < 0:
        return f"-{_number(-value)}"
    _, figures, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - for the type checker: it is finite
    point = len(figures) + exponent
    digits = "".join(map(str, figures)).rstrip("0")
    if not digits:
        return "0"
    if 0 < point <= 21:  # noqa: PLR2004 - as ECMAScript has it
        whole, rest = digits[:point].ljust(point, "0"), digits[point:]
        return f"{whole}.{rest}" if rest else whole
    if -6 < point <= 0:  # noqa: PLR2004 - likewise
        return f"0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if digits[1:] else digits
    return f"{mantissa}e{point - 1:+d}"
