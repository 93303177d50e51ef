"""Which passwords will do, and their hashes (argon2id, RFC 9106).

A password is first mixed with the key that is outside the database, so that nobody can try out
passwords on a copy of the database alone.
"""

from __future__ import annotations

import string
import unicodedata
from functools import cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.domain.people.signing_in import LONGEST_PASSWORD, SHORTEST_PASSWORD
from dispatch.domain.proof.mac import mac
from dispatch.files.shipped import shipped

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""As OWASP's sheet on storing passwords has it: 19 MiB each, so that a burst of sign-ins does not
take the machine's memory."""

FEWEST_CHARACTERS: Final = 5
"""Different ones: "aaaaaaaaaaaa" is as long as it should be."""

_PADDING: Final = string.digits + string.punctuation + " "
_NOBODY: Final = UUID(int=0)


def fault(password: str, name: str) -> str | None:
    """Return why a password will not do for the person of a name; None if it will."""
    plain = _folded(password)
    stem = plain.strip(_PADDING)
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters; four words are easy to remember"
    if len(password) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters"
    if len(set(plain)) < FEWEST_CHARACTERS or not stem or {plain, stem} & _common():
        return "Choose another: this is one of the commonest, or one with signs around it"
    words = {each for each in _folded(name).split() if len(each) > 1}
    if stem.replace(" ", "") in {*words, "".join(_folded(name).split())}:
        return "Choose another: this is your name"
    return None


def hashed(key: bytes, account_id: UUID, password: str) -> str:
    """Return the hash of a password, which fits no other account."""
    return _HASHER.hash(_mixed(key, account_id, password))


def is_right(key: bytes, account_id: UUID | None, password: str, known: str | None) -> bool:
    """Whether a password has this hash. It takes as long where there is none."""
    mixed = _mixed(key, account_id or _NOBODY, password[: LONGEST_PASSWORD + 1])
    try:
        is_so = _HASHER.verify(known or _hash_of_nobody(), mixed)
    except (VerificationError, InvalidHashError):
        return False
    return is_so and known is not None


def _mixed(key: bytes, account_id: UUID, password: str) -> str:
    plain = unicodedata.normalize("NFKC", password)
    return mac(key, "password", account_id.bytes + plain.encode(errors="replace"))


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody's password")


@cache
def _common() -> frozenset[str]:
    """Return the commonest passwords, and what is left of them without digits and signs."""
    text = (shipped("config") / "common-passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split("\n"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
