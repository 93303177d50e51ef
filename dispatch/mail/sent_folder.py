"""The Sent folder of a mailbox, for copies of messages that left by another way (IMAP APPEND).

A message lies there once: it is looked for by its Message-ID before it is put there. So a copy is
not made again if we were killed before we could note it. No extension is needed. Where a server has
them, what UIDPLUS tells is kept (RFC 4315), and the folder for sent messages is found by its mark
(RFC 6154).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import SENT

from dispatch.domain.errors import Unavailable
from dispatch.mail.incoming.imap import Client, ImapInbox, Mailbox
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.server_url import UrlShape

SECONDS: Final = 30.0
"""How long a session may take, however slowly the server answers: it holds up one worker."""

URL: Final = UrlShape(
    server="IMAP server",
    ports={"imap": 143, "imaps": 993},
    options=("ca",),
    example="write it as imaps://USER:PASSWORD@HOST/FOLDER, or without FOLDER for the Sent folder",
)

USUAL_NAME: Final = "Sent"
"""What the folder is called that is made if none is named and the mailbox has none."""

SLACK: Final = timedelta(days=2)
"""By how much earlier a search begins: SINCE knows days, of the server's zone (RFC 3501 6.4.4)."""

FULL: Final = re.compile(r"OVERQUOTA|quota|(?:mailbox|storage) (?:is )?full", re.IGNORECASE)
"""How servers say that there is no room: the code of RFC 5530, or in words."""

APPENDED: Final = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")


class NoRoom(Unavailable):
    """The mailbox is full."""


class NotTaken(Exception):
    """The server would not take one message, and may take others."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy lies; without numbers if the server did not tell."""

    uidvalidity: int | None = None
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class SentFolder:
    """The folder, by its mailbox; an empty folder name stands for the one marked as Sent."""

    at: Mailbox

    @classmethod
    def from_url(cls, url: str, *, tokens: Tokens | None = None) -> Self:
        """Return the folder at a URL, read as that of an inbox. Raises `BadInput`."""
        return cls(Mailbox.from_url(url, tokens=tokens, shape=URL, folder=""))

    @property
    def name(self) -> str:
        """What it is called in our records: its address without the password."""
        return self.at.name

    @contextmanager
    def opened(self, seconds: float = SECONDS) -> Iterator[OpenFolder]:
        """Stay logged in, with the folder selected; it is made if it is not there.

        Raises `Unavailable` for any trouble.
        """
        with ImapInbox(self.at).opened(seconds) as client:
            folder = self.found(client) or _made(client, self.at.folder or USUAL_NAME)
            client.select_folder(folder, readonly=True)
            yield OpenFolder(client, folder, self.at.host)

    def found(self, client: Client) -> str | None:
        """Return the name of the folder on the server; None if it is not there."""
        if not self.at.folder:
            special: str | None = client.find_special_folder(SENT)
            return special
        return self.at.folder if client.folder_exists(self.at.folder) else None

    def inbox(self, folder: str) -> ImapInbox:
        """Return that folder of the mailbox, to be looked at as an inbox is."""
        return ImapInbox(replace(self.at, folder=folder))


def _made(client: Client, folder: str) -> str:
    try:
        client.create_folder(folder)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        raise Unavailable(
            f"the mailbox has no folder {folder}, and we may not make it: make it there, or name "
            f"another at the end of DISPATCH_SENT_URL"
        ) from None
    with suppress(IMAPClientError):  # mail programs show subscribed folders; some servers have none
        client.subscribe_folder(folder)
    return folder


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """The folder while we are logged in."""

    _client: Client
    _folder: str
    _host: str

    def has(self, message_id: str, since: datetime) -> bool:
        """Whether a message with this Message-ID lies there that came after `since`."""
        day = (since - SLACK).date()
        return bool(self._client.search(["SINCE", day, "HEADER", "Message-ID", message_id]))

    def put(self, message: bytes, at: datetime) -> Place:
        """Put a message there as seen, dated `at`. Raises `NoRoom`, or `NotTaken` for this one."""
        try:
            said = self._client.append(self._folder, message, [b"\\Seen"], at)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if FULL.search(str(error)):
                raise NoRoom(
                    f"the mailbox at {self._host} is full: delete what is not needed there, or ask "
                    f"for more room"
                ) from None
            raise NotTaken(_words(error)) from None
        found = APPENDED.search(said if isinstance(said, bytes) else b"")
        return Place(int(found[1]), int(found[2])) if found else Place()


def _words(error: IMAPClientError) -> str:
    """Return what the server said to APPEND, which quotes neither the message nor a password."""
    return str(error).removeprefix("append failed: ")
