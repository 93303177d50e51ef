"""The key that signs checkpoints: Ed25519 in a PEM file, outside the database.

And the day on which a certificate ends, since this is the one place for such files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dispatch.domain.errors import BadInput
from dispatch.files import disk


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, loaded from its file."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Read a key. Raises `BadInput` if the file is missing or is not an Ed25519 key."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise BadInput(f"the signing key {path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadInput(
                f"{path} is not a signing key: make one with `openssl genpkey -algorithm ed25519`"
            )
        return cls(key)

    @classmethod
    def kept(cls, path: Path) -> SigningKey:
        """Read a key, and make it first if there is none; of two processes, the first makes it."""
        if not path.exists():
            _make(path)
        return cls.read(path)

    @property
    def public(self) -> bytes:
        """The public key, 32 octets."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 octets."""
        return self._key.sign(message)


def _make(path: Path) -> None:
    """Write a new key to a file that only its owner can read."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        disk.write_once(path, pem)
    except OSError as error:
        raise BadInput(f"a signing key cannot be made at {path}: {error.strerror}") from error


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature over a message was made with the private half of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def certificate_ends_at(path: Path) -> datetime:
    """Return when the certificate in a PEM file ends. Raises `BadInput` if there is none."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is not a certificate that can be read") from error
