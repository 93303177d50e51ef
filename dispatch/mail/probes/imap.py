"""Whether our mailbox can be read, marked and moved from, or takes copies, and how full it is.

Nothing in it is changed: the server says what we may do when a folder is selected (RFC 3501
6.3.1), and how full its quota is (RFC 9208).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from imapclient.exceptions import IMAPClientError, IMAPClientReadOnlyError

from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.sent_folder import SentFolder

SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapFound:
    """What a mailbox allows."""

    has_folder: bool = True
    lacks: str = ""
    """What we may not do, in words; empty if we may do all that is needed."""
    used: int | None = None
    limit: int | None = None
    """The quota, in kibibytes; None if the server has none or does not tell."""


def examine(inbox: ImapInbox, *, seconds: float = SECONDS) -> ImapFound:
    """Log in and say what the mailbox allows. Raises `Unavailable` as a look for mail does."""
    at = inbox.at
    with inbox.opened(seconds) as client:
        if not client.folder_exists(at.folder):
            return ImapFound(has_folder=False)
        lacks = _trouble_with(client, at.folder, b"\\Deleted" if at.done else b"\\Seen")
        if not lacks and at.done and client.folder_exists(at.done):  # else it is made when needed
            lacks = _trouble_with(client, at.done)
        if lacks:
            return ImapFound(lacks=lacks)
        used, limit = _quota(client, at.folder)
        return ImapFound(used=used, limit=limit)


def examine_sent(folder: SentFolder, *, seconds: float = SECONDS) -> ImapFound:
    """Say the same of a folder for copies, which need not be there yet. Raises `Unavailable`."""
    with ImapInbox(folder.at).opened(seconds) as client:
        name = folder.found(client)
        if name is None:
            return ImapFound(has_folder=False)
        if lacks := _trouble_with(client, name):
            return ImapFound(lacks=lacks)
        used, limit = _quota(client, name)
        return ImapFound(used=used, limit=limit)


def _trouble_with(client: Any, folder: str, mark: bytes | None = None) -> str:  # noqa: ANN401 - imapclient has no types
    """Say what we may not do in a folder; one mark at least must be kept there."""
    try:
        selected = client.select_folder(folder)
    except IMAPClientReadOnlyError:
        return f"we may only read {folder}"
    kept = selected.get(b"PERMANENTFLAGS")
    if mark is None or kept is None or mark in kept:
        return ""
    return f"{folder} does not keep the mark {mark.decode()}"


def _quota(client: Any, folder: str) -> tuple[int | None, int | None]:  # noqa: ANN401 - see above
    """Return what is used and what may be, of the fullest quota over the folder."""
    if not client.has_capability("QUOTA"):
        return None, None
    try:
        _, quotas = client.get_quota_root(folder)
    except IMAPClientError:
        return None, None
    stored = [
        (each.usage, each.limit) for each in quotas if each.resource == "STORAGE" and each.limit
    ]
    return max(stored, key=lambda each: each[0] / each[1], default=(None, None))
