"""A mailbox on an IMAP server (RFC 3501), as a postbox.

A message there is known for ever by its folder, the folder's UIDVALIDITY and its UID, so that one
which was stored is not fetched again. It is fetched without being marked (BODY.PEEK), and moved or
marked as seen only once it is stored.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from dispatch.domain.errors import Unavailable
from dispatch.domain.incoming import IMAP, Arrival
from dispatch.mail.incoming.imap_url import Mailbox
from dispatch.mail.incoming.maildir import MOST_AT_A_LOOK, Keep, Known
from dispatch.mail.incoming.sandbox.parent import LARGEST

TIMEOUT: Final = SocketTimeout(connect=15, read=45)
"""Together no longer than from one look to the next: a silent server costs one worker, not all."""

AT_ONCE: Final = 200
"""Messages marked by one command: servers take lines of a few thousand characters."""

WINDOW: Final = 50_000
"""Messages asked about by one command."""

IDLE_SECONDS: Final = 540.0
"""How long to listen before saying so again: what stands between may forget a silent line, and
servers do after half an hour (RFC 2177)."""

BODY: Final = f"BODY.PEEK[]<0.{LARGEST + 1}>"
"""All of a message, but no further than a mail may be long, and one byte more to show that."""

Client = Any
"""imapclient's, whose methods have no types."""


@dataclass(frozen=True, slots=True)
class ImapBox:
    """The mail in one folder of a mailbox."""

    at: Mailbox

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read it as `Mailbox.from_url` does."""
        return cls(Mailbox.from_url(url))

    def collect(self, known: Known, keep: Keep) -> None:
        """Store what is in the folder and was not yet; mark what is stored. As `Postbox`."""
        with self._open() as client:
            self._look(client, known, keep)

    def follow(self, known: Known, keep: Keep, *, seconds: float = IDLE_SECONDS) -> bool:
        """Collect, listen until there is news or the time is up, and collect that.

        Returns False at once if the server has no IDLE: then it is to be asked now and then.
        """
        with self._open() as client:
            while not self._look(client, known, keep):
                pass
            if not client.has_capability("IDLE"):
                return False
            client.idle()
            try:
                news = client.idle_check(timeout=seconds)
            finally:
                client.idle_done()
            if news:
                self._look(client, known, keep)
            return True

    @contextmanager
    def _open(self) -> Iterator[Client]:
        """Log in for the length of the block. Raises `Unavailable` for any trouble on the way."""
        try:
            with self._connected() as client:
                client.login(self.at.username, self.at.password)
                yield client
        except (OSError, IMAPClientError) as error:
            # Not in its own words, which may quote what was said: the password, say.
            trouble = type(error).__name__
            raise Unavailable(
                f"the IMAP server {self.at.host}:{self.at.port}: {trouble}"
            ) from error

    def _connected(self) -> Client:
        is_tls = self.at.security == "tls"
        context = None
        if self.at.security != "none":
            context = ssl.create_default_context(cafile=self.at.ca_file)
        client = IMAPClient(
            self.at.host,
            self.at.port,
            ssl=is_tls,
            ssl_context=context if is_tls else None,
            timeout=TIMEOUT,
        )
        if self.at.security == "starttls":
            client.starttls(context)
        return client

    def _look(self, client: Client, known: Known, keep: Keep) -> bool:
        """Store some of what is new, then mark all that is stored; say whether that was all.

        A message that the server cannot give holds no other up: it is named when the rest is done.
        """
        selected = client.select_folder(self.at.folder)
        uidvalidity = int(selected.get(b"UIDVALIDITY", 0))
        if not uidvalidity:
            raise Unavailable(f"the IMAP server {self.at.host} gives its folder no UIDVALIDITY")
        stored = set(known(self.at.name, uidvalidity))
        count = int(selected[b"EXISTS"])
        there = _found(client, "ALL", count)
        new = [uid for uid in there if uid not in stored]
        taken, lost = self._take_some(client, new[:MOST_AT_A_LOOK], uidvalidity, keep)
        stored.update(taken)
        self._mark(client, [uid for uid in there if uid in stored], count)
        if lost:
            raise Unavailable(
                f"the IMAP server {self.at.host} cannot give {len(lost)} of its messages, "
                f"such as the one with UID {lost[0]}"
            )
        return len(new) <= MOST_AT_A_LOOK or not taken

    def _take_some(
        self, client: Client, uids: Sequence[int], uidvalidity: int, keep: Keep
    ) -> tuple[list[int], list[int]]:
        """Store some messages; return those that are stored, and those that cannot be had."""
        taken, lost = [], []
        for uid in uids:
            try:
                if self._take(client, uid, uidvalidity, keep):
                    taken.append(uid)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                lost.append(uid)
        return taken, lost

    def _take(self, client: Client, uid: int, uidvalidity: int, keep: Keep) -> bool:
        """Fetch one message and store it; False if it is gone."""
        fetched = client.fetch([uid], [BODY]).get(uid, {})
        mail = next((value for key, value in fetched.items() if key.startswith(b"BODY[]")), None)
        if mail is None:
            return False
        keep(mail, Arrival(source=IMAP, folder=self.at.name, uidvalidity=uidvalidity, uid=uid))
        return True

    def _mark(self, client: Client, uids: Sequence[int], count: int) -> None:
        """Move what is stored away, or mark it as seen, unless that was done before."""
        if not uids:
            return
        unmarked = set(_found(client, "UNDELETED" if self.at.done else "UNSEEN", count))
        marked = [uid for uid in uids if uid in unmarked]
        for start in range(0, len(marked), AT_ONCE):
            chunk = marked[start : start + AT_ONCE]
            if self.at.done is None:
                client.add_flags(chunk, [b"\\Seen"], silent=True)
            else:
                _move(client, chunk, self.at.done)


def _found(client: Client, wanted: str, count: int) -> list[int]:
    """Return which of so many messages are so, by parts: imaplib bears no longer lines."""
    found: set[int] = set()
    for first in range(1, count + 1, WINDOW):
        last = first + WINDOW - 1
        found.update(client.search(f"{first}:{last if last < count else '*'} {wanted}"))
    return sorted(found)


def _move(client: Client, uids: Sequence[int], folder: str) -> None:
    if not client.folder_exists(folder):
        client.create_folder(folder)
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids, silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
