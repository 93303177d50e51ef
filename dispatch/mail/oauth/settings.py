"""The settings of the application that logs in to our mailboxes by token: `DISPATCH_OAUTH_…`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, SecretStr, field_validator, model_validator

from dispatch.mail.oauth.google import Google
from dispatch.mail.oauth.microsoft import MICROSOFT, Microsoft
from dispatch.mail.oauth.tokens import Issuer

GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""How Microsoft writes the id of a tenant, an application or a secret."""

SHARED_TENANTS: Final = frozenset({"common", "organizations", "consumers"})
"""Names in the place of a tenant that an application without a person cannot use."""

TENANT: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
"""The id of a tenant, or one of its domains, in lower case."""

HTTPS_ADDRESS: Final = re.compile(r"https://[a-z0-9.-]+(?::\d+)?")

GRAPH: Final = "https://graph.microsoft.com"


class TokenSettings(BaseModel):
    """The settings of the application that logs in to our mailboxes by token."""

    oauth_tenant: str = ""
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_certificate: Path | None = None
    oauth_certificate_key: Path | None = None
    oauth_service_account: Path | None = None
    oauth_authority: str = MICROSOFT
    oauth_ca: Path | None = None
    graph_url: str = GRAPH

    @field_validator("oauth_tenant")
    @classmethod
    def _is_a_tenant(cls, tenant: str) -> str:
        if tenant and (tenant in SHARED_TENANTS or not TENANT.fullmatch(tenant.lower())):
            raise ValueError("this is not the id or the domain of a tenant")
        return tenant

    @field_validator("oauth_client_id")
    @classmethod
    def _is_an_application(cls, client_id: str) -> str:
        if client_id and not GUID.fullmatch(client_id):
            raise ValueError(
                "this is not an application's id, such as 01234567-89ab-cdef-0123-456789abcdef"
            )
        return client_id

    @field_validator("oauth_client_secret")
    @classmethod
    def _is_a_value(cls, secret: SecretStr) -> SecretStr:
        if GUID.fullmatch(secret.get_secret_value()):
            raise ValueError("this is the secret's id; its value, shown beside it, is needed")
        return secret

    @field_validator("oauth_authority", "graph_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not HTTPS_ADDRESS.fullmatch(url.rstrip("/")):
            raise ValueError(f"this is not a host's HTTPS address, such as {MICROSOFT}")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _has_whole_credentials(self) -> Self:
        """Refuse a login by token that could only fail: half of it, or two providers at once."""
        microsoft = {
            "DISPATCH_OAUTH_TENANT": bool(self.oauth_tenant),
            "DISPATCH_OAUTH_CLIENT_ID": bool(self.oauth_client_id),
            "DISPATCH_OAUTH_CLIENT_SECRET or DISPATCH_OAUTH_CERTIFICATE": bool(
                self.oauth_client_secret or self.oauth_certificate
            ),
        }
        missing = [name for name, is_there in microsoft.items() if not is_there]
        is_begun = len(missing) < len(microsoft) or self.oauth_certificate_key is not None
        if self.oauth_service_account and is_begun:
            raise ValueError(
                "DISPATCH_OAUTH_SERVICE_ACCOUNT is for Google, and the other DISPATCH_OAUTH_… are "
                "for Microsoft: set one or the other"
            )
        if is_begun and missing:
            raise ValueError(f"a login by token at Microsoft needs {' and '.join(missing)} as well")
        if self.oauth_client_secret and self.oauth_certificate:
            raise ValueError(
                "DISPATCH_OAUTH_CLIENT_SECRET and DISPATCH_OAUTH_CERTIFICATE are both set: "
                "one of them is enough"
            )
        if self.oauth_certificate_key and not self.oauth_certificate:
            raise ValueError("DISPATCH_OAUTH_CERTIFICATE_KEY needs DISPATCH_OAUTH_CERTIFICATE")
        return self

    @property
    def graph_issuer(self) -> Issuer | None:
        """The application that asks Microsoft Graph, if there is one at Microsoft."""
        found = self.token_issuer
        if not isinstance(found, Microsoft):
            return None
        return replace(found, scope=f"{self.graph_url}/.default")

    @property
    def token_issuer(self) -> Issuer | None:
        """The application that logs in to the mailboxes by token, if there is one."""
        if self.oauth_service_account:
            return Google(self.oauth_service_account, self.oauth_ca)
        if not self.oauth_tenant:
            return None
        return Microsoft(
            tenant=self.oauth_tenant,
            client_id=self.oauth_client_id,
            secret=self.oauth_client_secret.get_secret_value(),
            certificate=self.oauth_certificate,
            key=self.oauth_certificate_key,
            authority=self.oauth_authority,
            ca_file=self.oauth_ca,
        )
