"""Tokens of Microsoft Entra: client credentials, by secret or certificate, with msal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dispatch.mail.oauth.tokens import Granted, check_library

if TYPE_CHECKING:
    from dispatch.mail.oauth.endpoint import Endpoint

MICROSOFT: Final = "https://login.microsoftonline.com"

SCOPE: Final = "https://outlook.office365.com/.default"
"""All that the application may do at Exchange Online: SMTP.SendAsApp and IMAP.AccessAsApp."""

CERTIFICATE: Final = re.compile(r"^-----BEGIN CERTIFICATE-----", re.MULTILINE)
KEY: Final = re.compile(r"^-----BEGIN (?:RSA )?PRIVATE KEY-----", re.MULTILINE)
"""How they begin in PEM (RFC 7468). A key with a passphrase begins otherwise."""


@dataclass(frozen=True, slots=True)
class Microsoft:
    """An application of Microsoft Entra, which logs in with client credentials (RFC 6749 4.4)."""

    tenant: str
    client_id: str
    secret: str = field(default="", repr=False)
    certificate: Path | None = None
    """A PEM file with the certificate, and with its key unless `key` names that."""
    key: Path | None = None
    authority: str = MICROSOFT
    ca_file: Path | None = None
    scope: str = SCOPE

    @property
    def secret_files(self) -> tuple[Path, ...]:
        found = self.key or self.certificate
        return (found,) if found else ()

    def check_library(self) -> None:
        check_library("msal", "microsoft")

    def named(self, mailbox: str) -> str:  # noqa: ARG002 - one token serves all mailboxes
        return self.client_id

    def ask(self, mailbox: str) -> Granted:  # noqa: ARG002 - see above
        from dispatch.mail.oauth.endpoint import granted

        return granted(self.ca_file, self._asked, [self.secret])

    def _asked(self, endpoint: Endpoint) -> object:
        """Ask past the cache of msal, since ours is Google's as well."""
        import msal

        credential = self._credential()
        at = f"{self.authority}/{self.tenant}"
        # Another authority is not on the lists of msal, and tells its own addresses.
        which = "authority" if self.authority == MICROSOFT else "oidc_authority"
        app = msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=credential,
            instance_discovery=False,
            http_client=endpoint,
            **{which: at if self.authority == MICROSOFT else f"{at}/v2.0"},
        )
        found: dict[str, object] = app.acquire_token_for_client([self.scope])
        return found.get("access_token")

    def _credential(self) -> str | dict[str, str]:
        """Return what proves who we are; files are read each time, and so may be renewed."""
        if self.certificate is None:
            return self.secret
        certificate = self.certificate.read_text()
        key = self.key.read_text() if self.key else certificate
        if not (CERTIFICATE.search(certificate) and KEY.search(key)):
            raise ValueError("not a certificate and its key in PEM")
        return {"private_key": key, "public_certificate": certificate}
