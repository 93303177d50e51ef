"""Sign messages with DKIM (RFC 6376, RFC 8463), where the mail server that takes them does not.

The same message always gets the same signature, so that every attempt sends the same bytes: its
time is that of the message. Ours, and not dkimpy: that reads the clock, takes 7 ms where this takes
1, wants a second library for Ed25519, and was last released in 2024. The tests verify with it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.address import spelled
from dispatch.mail.outgoing.headers import SIGNATURE

SHORTEST_RSA: Final = 2048
"""Bits. Receivers may refuse less than 1,024, and large ones advise 2,048 (RFC 8301 3.2)."""

ONCE_MORE: Final = ("from", "to", "cc", "reply-to", "subject", "date")
"""Named once more than they are there: nobody can add another that a reader would be shown."""

SIGNED: Final = (*ONCE_MORE, "message-id", "auto-submitted", "mime-version", "content-type")

FIELD: Final = re.compile(rb"([!-9;-~]+):((?:[^\r\n]|\r\n[ \t])*)\r\n")
BLANKS: Final = re.compile(rb"[ \t]+")
BLANKS_AT_END: Final = re.compile(rb"[ \t]+(?=\r\n|\Z)")
LONGEST_LINE: Final = 72
LONGEST_STRING: Final = 255
"""Octets of one string of a TXT record (RFC 1035 3.3.14)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and the name under which the DNS has its public half."""

    domain: str
    selector: str
    _key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, path: Path, *, domain: str, selector: str) -> DkimKey:
        """Read a key in PEM. Raises `BadInput` unless it is RSA from 2,048 bits, or Ed25519."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise BadInput(f"the DKIM key {path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise BadInput(
                f"{path} is not a DKIM key: make one with `openssl genrsa -out {path.name} "
                f"{SHORTEST_RSA}`; it must have no password"
            )
        if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_RSA:
            raise BadInput(
                f"the DKIM key {path} has {key.key_size} bits, and receivers want {SHORTEST_RSA}: "
                f"make another, and publish it under a new selector"
            )
        return cls(_in_ascii(domain), selector, key)

    @property
    def host(self) -> str:
        """Where the DNS must have the record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The content of the TXT record that must be there."""
        if isinstance(self._key, Ed25519PrivateKey):
            octets = self._key.public_key().public_bytes_raw()
        else:
            form = PublicFormat.SubjectPublicKeyInfo
            octets = self._key.public_key().public_bytes(Encoding.DER, form)
        return f"v=DKIM1; k={self._kind}; p={base64.b64encode(octets).decode()}"

    @property
    def _kind(self) -> str:
        return "rsa" if isinstance(self._key, RSAPrivateKey) else "ed25519"

    @property
    def strings(self) -> list[str]:
        """The record in the pieces that a zone file needs."""
        record = self.record
        starts = range(0, len(record), LONGEST_STRING)
        return [record[start : start + LONGEST_STRING] for start in starts]

    def sign(self, message: bytes, at: datetime) -> str:
        """Return the value of the header that signs a message, whose lines end in CRLF."""
        head, _, body = message.partition(b"\r\n\r\n")
        fields = _fields(head + b"\r\n")
        names = [name for name in SIGNED for _ in fields.get(name, ())]
        names = sorted([*names, *ONCE_MORE], key=SIGNED.index)
        unsigned = (
            f"v=1; a={self._kind}-sha256; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; t={int(at.timestamp())};\r\n"
            f" h={_folded(names)};\r\n"
            f" bh={_body_hash(body)};\r\n b="
        )
        covered = b"".join(_covered(fields, names))
        hashed = sha256(covered + _relaxed(SIGNATURE.lower().encode(), unsigned.encode())).digest()
        return unsigned + "\r\n ".join(_lines(base64.b64encode(self._signature(hashed)).decode()))

    def _signature(self, hashed: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(hashed, PKCS1v15(), Prehashed(SHA256()))
        return self._key.sign(hashed)  # over the hash itself (RFC 8463 3)


def _in_ascii(domain: str) -> str:
    return spelled(f"x@{domain}").partition("@")[2].lower()


def _fields(head: bytes) -> dict[str, list[bytes]]:
    """Return the headers by name, each as it is hashed, in the order in which they stand."""
    fields: dict[str, list[bytes]] = {}
    for name, value in FIELD.findall(head):
        fields.setdefault(name.decode().lower(), []).append(_relaxed(name.lower(), value) + b"\r\n")
    return fields


def _covered(fields: dict[str, list[bytes]], names: list[str]) -> Iterator[bytes]:
    """Yield the headers in the order of their names: of several the last first, then nothing."""
    left = {name: [*found] for name, found in fields.items()}
    for name in names:
        if left.get(name):
            yield left[name].pop()


def _relaxed(name: bytes, value: bytes) -> bytes:
    """Spell a header on one line with single spaces (RFC 6376 3.4.2)."""
    return name + b":" + BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")


@lru_cache(maxsize=8)  # the recipients of a letter get the same body, one after the other
def _body_hash(body: bytes) -> str:
    """Return the hash of a body without blanks at the ends of lines (RFC 6376 3.4.4)."""
    plain = BLANKS.sub(b" ", BLANKS_AT_END.sub(b"", body)).rstrip(b"\r\n")
    return base64.b64encode(sha256(plain + b"\r\n" if plain else b"").digest()).decode()


def _folded(names: list[str]) -> str:
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) >= LONGEST_LINE:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += f":{name}"
    return "\r\n ".join(lines)


def _lines(code: str) -> list[str]:
    return [code[start : start + LONGEST_LINE] for start in range(0, len(code), LONGEST_LINE)]
