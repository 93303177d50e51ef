"""The URL of a mailbox on an IMAP server, as the settings have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from dispatch.mail.server_url import UrlShape, is_loopback

IMAP: Final = UrlShape(
    server="IMAP server",
    ports={"imap": 143, "imaps": 993},
    options=("done", "ca"),
    example="write it as imaps://USER:PASSWORD@HOST/FOLDER, with ?done=FOLDER to move mail to",
)


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

        Without TLS only to this machine. User, password and folder are percent-encoded. Raises
        `BadInput`.
        """
        found = IMAP.read(url)
        if not found.username or not found.password:
            IMAP.refuse("lacks a user or a password")
        plain = "none" if is_loopback(found.host) else "starttls"
        return cls(
            host=found.host,
            port=found.port,
            username=found.username,
            password=found.password,
            folder=found.path or "INBOX",
            done=found.options.get("done") or None,
            security="tls" if found.scheme == "imaps" else plain,
            ca_file=found.ca_file,
        )

    @property
    def name(self) -> str:
        """What the folder is called in our records: its address without the password."""
        user = quote(self.username, safe="")
        return f"imap://{user}@{self.host}:{self.port}/{quote(self.folder)}"
