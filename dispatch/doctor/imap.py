"""The mailboxes that bounces come back to, and the Sent folder: whether we can work with them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dispatch.app import App
from dispatch.doctor.credentials import token
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.errors import Unavailable
from dispatch.domain.wording.sentences import sentence
from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.incoming.lmtp import address_of
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.probes.imap import ImapFound, examine, examine_sent
from dispatch.mail.sent_folder import SentFolder

NEARLY_FULL: Final = 90
"""Per cent."""

SECONDS: Final = 3.0

UNSEEN: Final = "No bounce is seen, and authorities count as reached that are not."


def find(app: App) -> Iterator[Finding]:
    """Yield what is found at each place that messages come in by."""
    for inbox in app.inboxes:
        match inbox:
            case ImapInbox():
                yield from _imap(inbox)
            case Maildir():
                yield maildir(inbox.path)
    if app.settings.lmtp_listen:
        yield lmtp(app.settings.lmtp_listen)
    if app.sent_folder:
        yield sent_folder(app.sent_folder)


def sent_folder(folder: SentFolder) -> Finding:
    """Return whether the folder for copies takes them. Nothing that it lacks stops a letter."""
    try:
        found = examine_sent(folder)
    except Unavailable as error:
        trouble = sentence(str(error))
        return _no_copies("The mailbox for copies of letters cannot be opened.", trouble)
    if found.lacks:
        lacks = f"The folder for copies of letters cannot be used: {found.lacks}."
        return _no_copies(lacks, "")
    if found.limit and found.used is not None and 100 * found.used >= NEARLY_FULL * found.limit:
        percent = 100 * found.used // found.limit
        return _no_copies(f"The mailbox for copies of letters is {percent} % full.", "")
    if not found.has_folder:
        return fine("sent", "The folder for copies of letters is made with the first one.")
    return fine("sent", "The folder for copies of letters is there and takes them.")


def _no_copies(said: str, trouble: str) -> Finding:
    return look(
        "sent",
        said,
        f"Letters leave all the same, and people do not find them there. {trouble}".rstrip(),
        "Mend DISPATCH_SENT_URL, our rights or the room there; or leave the setting empty.",
    )


def _imap(inbox: ImapInbox) -> Iterator[Finding]:
    at = inbox.at
    if at.tokens:
        broken = yield from token(at.tokens, at.username, "IMAP.AccessAsApp", "imap")
        if broken:
            return
    try:
        found = examine(inbox)
    except Unavailable as error:
        yield stops(
            "imap",
            f"The mailbox at {at.host} cannot be opened.",
            f"{UNSEEN} {sentence(str(error))}",
            "See whether host, user, password and folder in DISPATCH_IMAP_URL are right.",
        )
        return
    yield from mailbox(at, found)


def mailbox(at: Mailbox, found: ImapFound) -> Iterator[Finding]:
    """Yield what an examination means."""
    if not found.has_folder:
        yield stops(
            "imap",
            f"The mailbox has no folder {at.folder}.",
            UNSEEN,
            "Name a folder that is there at the end of DISPATCH_IMAP_URL.",
        )
        return
    if found.lacks:
        yield stops(
            "imap",
            f"The mailbox cannot be worked with: {found.lacks}.",
            "Messages would be taken in, but never marked or moved.",
            "Give our login the right to write there (FullAccess at Exchange).",
        )
        return
    yield fine("imap", f"We can read {at.folder} at {at.host}, and mark what is there.")
    if found.limit and found.used is not None:
        yield _quota(found.used, found.limit)
    else:
        yield fine("imap.quota", "The mailbox tells no limit of size.")


def _quota(used: int, limit: int) -> Finding:
    percent = 100 * used // limit
    said = f"The mailbox is {percent} % full."
    if percent < NEARLY_FULL:
        return fine("imap.quota", said)
    finding = stops if used >= limit else look
    return finding(
        "imap.quota",
        said,
        "A full mailbox takes no bounces, and they come back to nobody.",
        "Delete what dispatch has stored, or ask for more room.",
    )


def maildir(path: Path) -> Finding:
    """Return whether a Maildir is there, and may be read and written."""
    folders = [path / name for name in ("new", "cur")]
    if not all(each.is_dir() for each in folders):
        trouble = f"{path} is not a Maildir"
    elif not all(os.access(each, os.R_OK | os.W_OK | os.X_OK) for each in folders):
        trouble = f"we may not write to {path}"
    else:
        return fine("maildir", "The Maildir is there, and we may move what is in it.")
    return stops(
        "maildir",
        "The Maildir cannot be worked with.",
        f"{UNSEEN} The trouble: {trouble}.",
        "Let DISPATCH_INCOMING_MAILDIR name a folder with `new` and `cur` that belongs to us.",
    )


def lmtp(listen: str) -> Finding:
    """Return whether our own LMTP server listens, by its greeting."""
    if _greeting(listen).startswith(b"220"):
        return fine("lmtp", f"The LMTP server listens on {listen}.")
    return stops(
        "lmtp",
        f"Nothing listens on {listen}, where messages come in by LMTP.",
        UNSEEN,
        "Start `dispatch listen`, which `dispatch run` does as well.",
    )


def _greeting(listen: str) -> bytes:
    where = address_of(listen)
    family = socket.AF_UNIX if isinstance(where, Path) else socket.AF_INET
    if not isinstance(where, Path) and ":" in where[0]:
        family = socket.AF_INET6
    try:
        with socket.socket(family) as line:
            line.settimeout(SECONDS)
            line.connect(str(where) if isinstance(where, Path) else where)
            return line.recv(64)
    except OSError:
        return b""
