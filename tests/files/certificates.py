"""Certificates that sign nothing real, as PKCS#12 files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID

BEGINS: Final = datetime(2020, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2020, 12, 31, tzinfo=UTC)
OFFICE: Final = x509.Name(
    [x509.NameAttribute(NameOID.COMMON_NAME, "Swyddfa Ŵyr, Office of the Ombudsman")]
)
KEY: Final = rsa.generate_private_key(65537, 2048)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def write(path: Path, password: str = "", *, key: Key = KEY) -> Path:
    """Write a certificate of 2020 with its key, for us alone to read."""
    signs = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(OFFICE)
        .issuer_name(OFFICE)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
        .add_extension(signs, critical=True)
        .sign(key, SHA256())
    )
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.touch(mode=0o600)
    content = pkcs12.serialize_key_and_certificates(b"office", key, certificate, None, how)
    path.write_bytes(content)
    return path
