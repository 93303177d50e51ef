"""A token endpoint on loopback, over TLS, as Microsoft's and Google's behave."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dispatch.mail.oauth.google import Google
from dispatch.mail.oauth.microsoft import Microsoft
from tests.mail.https_server import HttpsServer, Said
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.servers import CA_FILE

TENANT: Final = "office.example"
CLIENT_ID: Final = "01234567-89ab-cdef-0123-456789abcdef"
SECRET: Final = "Abc8Q~made-up-secret-value"  # noqa: S105 - made up


@dataclass
class TokenEndpoint(HttpsServer):
    """Gives a new token at each request, unless it has something else to say.

    `forms` are the requests for tokens, `given` the tokens, and `says` what is answered instead,
    one answer each; the last one stays. It also tells Dovecot whose a token is (RFC 7662).
    """

    says: list[Said] = field(default_factory=list)
    seconds: int = 3600
    mailbox: str = MAILBOX
    discovery: Said | None = None
    forms: list[dict[str, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)

    def microsoft(self, **changed: Any) -> Microsoft:
        """Return an application that asks here."""
        settings = {"secret": SECRET, "authority": self.url, "ca_file": CA_FILE, **changed}
        return Microsoft(TENANT, CLIENT_ID, **settings)

    def google(self, folder: Path, **changed: str) -> Google:
        """Return a service account that asks here."""
        account = folder / "account.json"
        described = {
            "type": "service_account",
            "client_email": "letters@project.iam.gserviceaccount.example",
            "private_key_id": "1",
            "private_key": key_and_certificate()[0],
            "token_uri": f"{self.url}/google",
        }
        account.write_text(json.dumps(described | changed))
        account.chmod(0o600)
        return Google(account, CA_FILE)

    def answer(self, url: SplitResult, form: dict[str, str], token: str) -> Said:
        """Return what a request gets."""
        if url.path.endswith("/.well-known/openid-configuration"):
            return self.discovery or (200, self._described())
        if url.path == "/introspect":
            is_active = form.get("token") in self.given and form["token"] not in self.withdrawn
            return 200, {"active": is_active, "username": self.mailbox}
        self.forms.append(form)
        if self.says:
            return self.says.pop(0) if len(self.says) > 1 else self.says[0]
        self.given.append(f"eyJ0eXAiOiJKV1Qi.made-up-token-{len(self.given) + 1}")
        lasts = {"token_type": "Bearer", "expires_in": self.seconds}
        return 200, {"access_token": self.given[-1], **lasts}

    def _described(self) -> dict[str, str]:
        return {
            "issuer": f"{self.url}/{TENANT}/v2.0",
            "authorization_endpoint": f"{self.url}/{TENANT}/authorize",
            "token_endpoint": f"{self.url}/{TENANT}/token",
        }


@cache
def key_and_certificate() -> tuple[str, str]:
    """Return a key and its certificate in PEM, as an office makes them for its application."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dispatch")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode(), made.public_bytes(Encoding.PEM).decode()
