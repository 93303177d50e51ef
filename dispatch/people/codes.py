"""Codes of a telephone (TOTP, RFC 6238), recovery codes, codes to join with, and cookies."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp

from dispatch.domain.digest import sha256
from dispatch.domain.proof.mac import mac

RECOVERY_CODES: Final = 10

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O and U, so that nobody takes one for a digit or reads a word."""

_READ_AS: Final = str.maketrans("ILO", "110", " -\u2010\u2011\u2013")
_JOIN_LENGTH: Final = 16
_RECOVERY_LENGTH: Final = 12
_PERIOD: Final = 30
_ALLOWED_DRIFT: Final = (0, -1, 1)
"""Periods by which a telephone's clock may be wrong."""


def new_secret() -> str:
    """Return what a cookie or a token holds, which nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what the database knows of it."""
    return sha256(secret.encode(errors="replace"))


def new_join_code() -> str:
    """Return a code to join with, 80 bits in groups of four."""
    return _grouped(_drawn(_JOIN_LENGTH))


def coded(key: bytes, purpose: str, code: str) -> str:
    """Return what the database knows of a code that a person types, however it is written."""
    return mac(key, purpose, _read(code).encode(errors="replace"))


def new_seed() -> str:
    """Return what the secret of a telephone's codes is derived from."""
    return secrets.token_hex(20)


def secret_of(key: bytes, account_id: UUID, seed: str) -> str:
    """Return the secret that a telephone makes codes from, in base 32.

    It needs the key that is outside the database: with the seed alone nobody can make a code.
    """
    octets = bytes.fromhex(mac(key, "secret of codes", account_id.bytes + seed.encode()))
    return base64.b32encode(octets[:20]).decode()


def address_of(secret: str, name: str, office: str) -> str:
    """Return the otpauth address that a telephone reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=office)


def code_at(secret: str, machine_at: datetime) -> str:
    """Return the code that a telephone shows at a moment."""
    return pyotp.TOTP(secret, interval=_PERIOD).at(machine_at)


def step_of(secret: str, code: str, machine_at: datetime, *, after: int | None) -> int | None:
    """Return the period that a telephone's code is of; None if it is none that counts.

    Codes of the period `after` and of those before it have been used.
    """
    typed = "".join(code.split())
    now = int(machine_at.timestamp()) // _PERIOD
    steps = [now + drift for drift in _ALLOWED_DRIFT]
    totp = pyotp.TOTP(secret, interval=_PERIOD)
    found = [step for step in steps if _is(typed, totp.generate_otp(step))]
    return next((step for step in found if after is None or step > after), None)


def _is(typed: str, code: str) -> bool:
    return secrets.compare_digest(typed.encode(errors="replace"), code.encode())


def new_recovery_codes() -> Sequence[str]:
    """Return codes for when the telephone is not there, each good once."""
    return [_grouped(_drawn(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]


def recovery_hashes(key: bytes, account_id: UUID, codes: Iterable[str]) -> list[str]:
    """Return what the database knows of recovery codes."""
    return [coded(key, f"recovery code of {account_id}", code) for code in codes]


def _drawn(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _read(code: str) -> str:
    return code.strip().upper().translate(_READ_AS)
