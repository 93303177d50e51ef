"""A certificate authority of a test's own, for certificates that are wrong in one way."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LONG = timedelta(days=3650)


@dataclass
class Authority:
    """Signs certificates, and keeps its own and theirs in a folder."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - TLS goes by the real time
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        named = x509.BasicConstraints(ca=True, path_length=None)
        own = self._builder("test authority", self.now - LONG, self.now + LONG)
        certificate = own.add_extension(named, critical=True).sign(self.key, hashes.SHA256())
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    @property
    def file(self) -> Path:
        """Its own certificate, to be trusted."""
        return self.folder / "authority.pem"

    def certificate(self, *, name: str = "localhost", ends_in: timedelta = LONG) -> Path:
        """Return a file with a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        begins_at = self.now - LONG
        builder = self._builder(name, begins_at, self.now + ends_in, key.public_key())
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = builder.add_extension(names, critical=False).sign(self.key, hashes.SHA256())
        file = self.folder / f"{name}.pem"
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(pem + made.public_bytes(Encoding.PEM))
        return file

    def context(self, **wanted: object) -> ssl.SSLContext:
        """Return how a server speaks TLS with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(**wanted))  # type: ignore[arg-type]
        return context

    def _builder(
        self,
        name: str,
        begins_at: datetime,
        ends_at: datetime,
        key: ec.EllipticCurvePublicKey | None = None,
    ) -> x509.CertificateBuilder:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key or self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins_at)
            .not_valid_after(ends_at)
        )
