from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from dispatch.domain.errors import BadInput
from dispatch.files.keys import SigningKey, is_signed


def test_a_key_is_made_once_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    made = SigningKey.kept(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.kept(path).public == made.public == SigningKey.read(path).public
    assert "_key" not in repr(made)


def test_only_its_own_signature_over_the_same_octets_counts(tmp_path: Path) -> None:
    key, other = SigningKey.kept(tmp_path / "a.pem"), SigningKey.kept(tmp_path / "b.pem")
    signature = key.sign(b"message")
    assert is_signed(key.public, signature, b"message")
    assert not is_signed(key.public, signature, b"another")
    assert not is_signed(key.public, other.sign(b"message"), b"message")
    assert not is_signed(key.public, b"short", b"message")
    assert not is_signed(b"no key", signature, b"message")


def pem(key: ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey, password: bytes = b"") -> bytes:
    how: KeySerializationEncryption = NoEncryption()
    if password:
        how = BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


OF_NO_KNOWN_KIND = b"""\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK7VwBCIEIKvDEY8pB4KJ1LZDpzxGKZ1JcFL4RjRaBUVLcKw6zy3X
-----END PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        pem(x25519.X25519PrivateKey.generate()),
        OF_NO_KNOWN_KIND,
        pem(ed25519.Ed25519PrivateKey.generate(), b"secret"),
    ],
    ids=["empty", "text", "another kind", "of no known kind", "with a password"],
)
def test_what_is_no_signing_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"key\.pem is not a signing key: make one with"):
        SigningKey.kept(path)


def test_a_key_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.pem cannot be read: No such file"):
        SigningKey.read(tmp_path / "a.pem")
    with pytest.raises(BadInput, match=r"a signing key cannot be made at .*: No such file"):
        SigningKey.kept(tmp_path / "away" / "a.pem")
