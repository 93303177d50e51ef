"""The URL of a mailbox on an IMAP server, as the settings have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, Self
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.relay import is_loopback

IMAP_PORT: Final = 143
IMAPS_PORT: Final = 993
SHAPE: Final = "write it as imaps://USER:PASSWORD@HOST/FOLDER, with ?done=FOLDER to move mail to"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a mailbox is, which of its folders is meant, and how safe the line to it is."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str | None = None
    """The folder that stored mail is moved to; None to mark it as seen where it is."""
    security: str = "tls"
    """tls, starttls or none."""
    ca_file: Path | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `imaps://` (TLS at once) or `imap://` (STARTTLS), with `?done=FOLDER&ca=FILE`.

        The line is in the clear to this machine alone. User, password and folder are
        percent-encoded. Raises BadInput.
        """
        parts = _split(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if options.keys() - {"done", "ca"}:
            _refuse("has an option other than done and ca")
        ca_file = Path(options["ca"]) if options.get("ca") else None
        if ca_file and not ca_file.is_file():
            _refuse("names a file of certificate authorities that is not there")
        host = parts.hostname or _refuse("names no host")
        plain = "none" if is_loopback(host) else "starttls"
        return cls(
            host=host,
            port=_port(parts),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.removeprefix("/")) or "INBOX",
            done=options.get("done") or None,
            security="tls" if parts.scheme == "imaps" else plain,
            ca_file=ca_file,
        )

    @property
    def name(self) -> str:
        """What the folder is called in our records: its address without the password."""
        user = quote(self.username, safe="")
        return f"imap://{user}@{self.host}:{self.port}/{quote(self.folder)}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in {"imap", "imaps"} or parts.fragment:
        _refuse("cannot be read")
    if not parts.username or not parts.password:
        _refuse("lacks a user or a password")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or (IMAP_PORT if parts.scheme == "imap" else IMAPS_PORT)
    except ValueError:
        _refuse("has a port that is no number up to 65535")


def _refuse(trouble: str) -> NoReturn:
    """Raise without the URL, and without the error that may quote it: it holds a password."""
    raise BadInput(f"the IMAP server's URL {trouble}: {SHAPE}") from None
