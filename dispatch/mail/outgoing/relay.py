"""The mail server that takes our mail: where it is, who we are to it, and how safe the line is."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NoReturn, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dispatch.domain.errors import BadInput

Security = Literal["starttls", "tls", "none"]

SUBMISSION_PORT: Final = 587
SUBMISSIONS_PORT: Final = 465
SHAPE: Final = "write it as smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """One mail server. Its certificate is always verified, against `ca_file` if that is set.

    Raises BadInput if a password would cross a network in the clear.
    """

    host: str
    port: int
    security: Security = "starttls"
    """TLS from the first byte, by STARTTLS or not at all. There is no "if the server offers it":
    someone on the way could take the offer out."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    own_name: str | None = None
    """How we introduce ourselves in EHLO; None for this machine's own name."""
    timeout: float = 60.0
    """Seconds to wait for the server at any point but the one below."""
    dot_timeout: float = 600.0
    """Seconds to wait for the reply to the final dot: RFC 5321 4.5.3.2.6 asks for ten minutes,
    since giving up sooner is what makes doubt."""
    max_per_line: int = 100
    """Messages after which a line is given up, as servers like it."""

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and not is_loopback(self.host):
            raise BadInput("the mail server's password would cross the network in the clear")

    @classmethod
    def from_url(cls, url: str, *, plaintext_host: str | None = None) -> Self:
        """Read `smtp://` (STARTTLS) or `smtps://` (TLS at once), with `?ca=FILE&name=OWN_NAME`.

        The line is in the clear only to this machine, or to the host that is named as
        `plaintext_host`. User and password are percent-encoded. Raises BadInput.
        """
        parts = _split(url)
        host = parts.hostname or _refuse("names no host")
        options = _options(parts.query)
        return cls(
            host=host,
            port=_port(parts),
            security=_security(parts.scheme, host, plaintext_host),
            username=_credential(parts.username),
            password=_credential(parts.password),
            ca_file=_file(options.get("ca")),
            own_name=options.get("name"),
        )

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as its name alone shows."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in {"smtp", "smtps"} or parts.path not in {"", "/"} or parts.fragment:
        _refuse("cannot be read")
    if (parts.username is None) != (parts.password is None):
        _refuse("has a user without a password, or a password without a user")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or (SUBMISSION_PORT if parts.scheme == "smtp" else SUBMISSIONS_PORT)
    except ValueError:
        _refuse("has a port that is no number up to 65535")


def _security(scheme: str, host: str, plaintext_host: str | None) -> Security:
    if scheme == "smtps":
        return "tls"
    may_be_plain = is_loopback(host) or (plaintext_host or "").lower() == host
    return "none" if may_be_plain else "starttls"


def _credential(quoted: str | None) -> str | None:
    credential = None if quoted is None else unquote(quoted)
    if credential is not None and not (credential.isascii() and credential.isprintable()):
        _refuse("has a user or password with characters outside printable ASCII")
    return credential


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.keys() - {"ca", "name"}:
        _refuse("has an option other than ca and name")
    return options


def _file(name: str | None) -> Path | None:
    if name is not None and not Path(name).is_file():
        _refuse("names a file of certificate authorities that is not there")
    return None if name is None else Path(name)


def _refuse(trouble: str) -> NoReturn:
    """Raise without the URL, and without the error that may quote it: it holds a password."""
    raise BadInput(f"the mail server's URL {trouble}: {SHAPE}") from None
