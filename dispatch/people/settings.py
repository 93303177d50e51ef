"""The settings of the pages: where they listen, how people reach them, and where people sign in.

Where they listen is `DISPATCH_WEB_…`, and the office's own sign-in is `DISPATCH_OIDC_…`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

OFF: Final = "off"
"""The value of DISPATCH_WEB_LISTEN by which `dispatch run` starts no pages."""

USUAL_PORT: Final = 8000

HOST_AND_PORT: Final = re.compile(r"(?P<host>\[[0-9a-f:]+\]|[a-z0-9.-]+):(?P<port>\d{1,5})")
LARGEST_PORT: Final = 65_535
URL: Final = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
ISSUER: Final = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")

WELL_KNOWN: Final = "/.well-known/openid-configuration"
"""What comes after an issuer in the address at which it describes itself."""


class PageSettings(BaseModel):
    """Where the pages listen, and how people reach them."""

    web_listen: str = f"127.0.0.1:{USUAL_PORT}"
    web_url: str = ""
    web_proxies: Annotated[int, Field(ge=0, le=5)] = 0

    @field_validator("web_listen")
    @classmethod
    def _is_a_place(cls, place: str) -> str:
        found = HOST_AND_PORT.fullmatch(place.lower())
        is_place = found and int(found["port"]) <= LARGEST_PORT
        if not (is_place or place.startswith("/") or place == OFF):
            raise ValueError(f"write it as 127.0.0.1:8000, as the path of a socket, or as {OFF}")
        return place

    @field_validator("web_url")
    @classmethod
    def _is_the_root_of_a_site(cls, url: str) -> str:
        url = url.rstrip("/")
        if url and not URL.fullmatch(url.lower()):
            raise ValueError("write it as https://letters.office.example, without a path")
        return url

    @model_validator(mode="after")
    def _is_not_read_on_the_way(self) -> Self:
        """Refuse pages that others on the network would reach, and read, without TLS."""
        if not (self._is_local or self.is_secure):
            raise ValueError(
                "DISPATCH_WEB_LISTEN is open to the network: set DISPATCH_WEB_URL to the https "
                "address at which a reverse proxy serves the pages"
            )
        return self

    @property
    def _is_local(self) -> bool:
        """Whether only this machine reaches the place where the pages listen."""
        found = HOST_AND_PORT.fullmatch(self.web_listen.lower())
        if found is None or found["host"] == "localhost":
            return True
        try:
            return ip_address(found["host"].strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages by TLS."""
        return self.web_url.lower().startswith("https://")

    @property
    def address(self) -> str:
        """The address that people open; empty if the pages listen at a socket or not at all."""
        is_place = HOST_AND_PORT.fullmatch(self.web_listen.lower())
        return self.web_url or (f"http://{self.web_listen}" if is_place else "")

    @property
    def has_pages(self) -> bool:
        """Whether `dispatch run` starts the pages."""
        return self.web_listen != OFF

    @property
    def hosts(self) -> list[str]:
        """The host names under which the pages answer."""
        own = [urlsplit(each).hostname for each in (self.web_url, f"//{self.web_listen}")]
        return [*{"localhost", "127.0.0.1", *filter(None, own)}]


class OfficeSettings(PageSettings):
    """The office's own sign-in: a provider of OpenID Connect, and who we are there."""

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_ca: Path | None = None

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, issuer: str) -> str:
        if issuer.endswith(WELL_KNOWN):
            raise ValueError(f"leave out {WELL_KNOWN}: the issuer is what stands before it")
        if issuer and not ISSUER.fullmatch(issuer):
            raise ValueError("write it as https://login.office.example, as the provider spells it")
        return issuer

    @model_validator(mode="after")
    def _has_a_whole_sign_in(self) -> Self:
        """Refuse a sign-in that could only fail: half of it, or nowhere to send people back to."""
        needed = {
            "DISPATCH_OIDC_ISSUER": bool(self.oidc_issuer),
            "DISPATCH_OIDC_CLIENT_ID": bool(self.oidc_client_id),
            "DISPATCH_OIDC_CLIENT_SECRET": bool(self.oidc_client_secret),
        }
        missing = [name for name, is_there in needed.items() if not is_there]
        if len(missing) < len(needed) and missing:
            raise ValueError(f"the office's own sign-in needs {' and '.join(missing)} as well")
        if self.oidc_issuer and not self.is_secure:
            raise ValueError(
                "DISPATCH_OIDC_ISSUER needs DISPATCH_WEB_URL with https: people come back there"
            )
        return self
