"""The mail server that takes our messages: where it is, who we are to it, and when TLS is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

from dispatch.domain.errors import BadInput
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.server_url import ServerUrl, UrlShape, is_loopback

Security = Literal["starttls", "tls", "none"]

SMTP: Final = UrlShape(
    server="mail server",
    ports={"smtp": 587, "smtps": 465},
    options=("ca", "name"),
    example="write it as smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465",
)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """One mail server. Its certificate is always verified, against `ca_file` if that is set.

    Raises `BadInput` if a password would cross a network without TLS.
    """

    host: str
    port: int
    security: Security = "starttls"
    """TLS from the first octet, by STARTTLS, or none. There is no "if the server offers it": an
    attacker between us and the server could remove the offer."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: Tokens | None = field(default=None, repr=False, compare=False)
    """Where the user's tokens come from, if we log in by XOAUTH2 and not with a password."""
    ca_file: Path | None = None
    own_name: str | None = None
    """Our name in EHLO; None for this machine's own."""
    timeout: float = 60.0
    """Seconds to wait for the server, except after the final dot."""
    dot_timeout: float = 600.0
    """Seconds to wait for the reply to the final dot. RFC 5321 4.5.3.2.6 asks for ten minutes: to
    give up sooner leaves the delivery in doubt."""
    max_per_line: int = 100
    """Messages after which a connection is closed; servers limit them."""

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and not is_loopback(self.host):
            raise BadInput("the mail server's login would cross the network in the clear")

    @classmethod
    def from_url(
        cls, url: str, *, plaintext_host: str | None = None, tokens: Tokens | None = None
    ) -> Self:
        """Read `smtp://` (STARTTLS) or `smtps://` (TLS at once), with `?ca=FILE&name=OWN_NAME`.

        Without TLS only to this machine, or to the host that is named as `plaintext_host`. User and
        password are percent-encoded; a user without a password logs in with `tokens`. Raises
        `BadInput`.
        """
        found = SMTP.read(url)
        if found.path:
            SMTP.refuse("cannot be read")
        if found.password is not None and not found.username:
            SMTP.refuse("has a password without a user")
        if found.username and found.password is None and tokens is None:
            SMTP.refuse("has a user without a password, and DISPATCH_OAUTH_… are not set")
        for credential in (found.username or "", found.password or ""):
            if not (credential.isascii() and credential.isprintable()):
                SMTP.refuse("has a user or password with characters outside printable ASCII")
        return cls(
            host=found.host,
            port=found.port,
            security=_security(found, plaintext_host),
            username=found.username,
            password=found.password,
            tokens=tokens if found.username and found.password is None else None,
            ca_file=found.ca_file,
            own_name=found.options.get("name"),
        )

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _security(url: ServerUrl, plaintext_host: str | None) -> Security:
    if url.scheme == "smtps":
        return "tls"
    may_be_plain = is_loopback(url.host) or (plaintext_host or "").lower() == url.host
    return "none" if may_be_plain else "starttls"
