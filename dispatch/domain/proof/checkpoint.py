"""Checkpoints: signed statements of the ledger's size and root.

Stored where the database administrator has no access, a checkpoint shows if the end of the ledger
was cut off or an older database put in its place. The format is C2SP's (c2sp.org/tlog-checkpoint
and c2sp.org/signed-note), so the tools of transparency logs can read it; Python has no maintained
library for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.proof.ledger import moment
from dispatch.domain.proof.seal import Seal

ED25519: Final = b"\x01"
"""The signature type in a key's id and encoding (c2sp.org/signed-note)."""

Sign = Callable[[bytes], bytes]
"""Signs some bytes."""

Verifies = Callable[[bytes, bytes], bool]
"""Whether a signature is valid for some bytes; the signature comes first."""

TEXT: Final = re.compile(
    r"(?P<origin>[^\n+ ]+)\n"
    r"(?P<size>0|[1-9][0-9]{0,17})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"seal (?P<seal>[0-9]{1,18}) (?P<hash>[0-9a-f]{64})\n"
    r"at (?P<at>[0-9:T.-]{26}Z)\n"
)
SIGNATURE: Final = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/=]+)")
KEY: Final = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]{44})")
LONGEST: Final = 10_000
"""Bytes that are read: several times the length of a checkpoint."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checkpoints are verified with: the signer's name, and 32 octets of Ed25519."""

    name: str
    octets: bytes

    @property
    def id(self) -> bytes:
        """The four octets by which a signature names its key."""
        named = self.name.encode() + b"\n" + ED25519 + self.octets
        return hashlib.sha256(named).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.octets).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def note(self, text: str, sign: Sign) -> str:
        """Return a text with a signature that this key verifies (c2sp.org/signed-note)."""
        signature = base64.b64encode(self.id + sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a key as `str` writes it; raise `BadInput` for anything else."""
        found = KEY.fullmatch(text.strip())
        octets = base64.b64decode(found["key"]) if found else b""
        if not found or octets[:1] != ED25519:
            raise BadInput("this is not a public key as `dispatch audit key` prints it")
        key = cls(found["name"], octets[1:])
        if key.id.hex() != found["id"]:
            raise BadInput("this public key was not copied correctly: name and octets do not match")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger's size and root, its last seal with the hash, and when that was so."""

    origin: str
    size: int
    root: str
    seal: int
    seal_hash: str
    at: datetime

    @classmethod
    def of(cls, seal: Seal, origin: str, *, now: datetime) -> Checkpoint:
        """Return the checkpoint to sign for a ledger whose last seal this is."""
        return cls(origin, seal.size, seal.root, seal.number, seal.hash, now)

    @property
    def text(self) -> str:
        """The text that is signed; its last two lines are our extension."""
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return (
            f"{self.origin}\n{self.size}\n{root}\n"
            f"seal {self.seal} {self.seal_hash}\nat {moment(self.at)}\n"
        )

    def signed(self, key: PublicKey, sign: Sign) -> str:
        """Return the checkpoint with its signature, as it is stored."""
        return key.note(self.text, sign)


def read(name: str, content: bytes, key: PublicKey, verifies: Verifies) -> Checkpoint:
    """Read a signed checkpoint; raise `BadInput`, naming it, unless the key signed it."""
    try:
        text, _, signatures = content[:LONGEST].decode().partition("\n\n")
    except UnicodeDecodeError:
        text = signatures = ""
    text += "\n"
    found = TEXT.fullmatch(text)
    if not found:
        raise BadInput(f"{name} is not a checkpoint of a ledger")
    if not any(_is_signed(text, line, key, verifies) for line in SIGNATURE.findall(signatures)):
        raise BadInput(f"{name} is not signed with the key {key.name}+{key.id.hex()}")
    try:
        root, at = base64.b64decode(found["root"]).hex(), datetime.fromisoformat(found["at"])
    except ValueError:
        raise BadInput(f"{name} is not a checkpoint of a ledger") from None
    return Checkpoint(
        found["origin"], int(found["size"]), root, int(found["seal"]), found["hash"], at
    )


def _is_signed(text: str, line: tuple[str, str], key: PublicKey, verifies: Verifies) -> bool:
    name, encoded = line
    try:
        octets = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return name == key.name and octets[:4] == key.id and verifies(octets[4:], text.encode())


def signed_text(note: str, octets: bytes, verifies: Verifies) -> str | None:
    """Return the text of a signed note; None unless this key signed it, under whatever name."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    lines = SIGNATURE.findall(signatures)
    is_signed = any(_is_signed(text, each, PublicKey(each[0], octets), verifies) for each in lines)
    return text if is_signed else None
