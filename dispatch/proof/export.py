"""Exports: what somebody takes out of the database is on record before they have it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from dispatch.database import Session, Sessions
from dispatch.domain.word import Word
from dispatch.ledger import journal, upkeep_events

EVIDENCE: Final = "evidence"
"""What the ledger calls an export of an evidence pack; of a list, it is the list's name."""


IN_MEMORY: Final = 8_000_000
"""Octets of a list that are kept in memory; the rest goes to a file that has no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as a program gets it."""

    what: str
    """What it lists, in one word: deliveries or events."""
    format: str
    """JSON or CSV, in lower case."""
    rows: int
    filters: Sequence[str]
    """The names of the filters used, without their values: these may name a person."""
    sha256: str
    token: str = ""
    """The name of the token that a program showed; empty for a person at a terminal or page."""


@contextmanager
def kept(pieces: Iterable[bytes], folder: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Keep the text of a list until it is on record that somebody takes it; yield its SHA-256 too.

    It may be as long as it likes. What does not fit in memory lies in `folder`.
    """
    digest = hashlib.sha256()
    with SpooledTemporaryFile(IN_MEMORY, dir=str(folder)) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        file.seek(0)
        yield file, digest.hexdigest()


def hand_out(sessions: Sessions, listing: Listing, word: Word) -> None:
    """Record who takes a list; only then may they have it.

    Committed before anybody has a byte of it. The record has no name of anybody that the list is
    about, but its SHA-256. Raises what the database raises; then nothing may be handed out.
    """
    detail = {"format": listing.format, "rows": str(listing.rows), "sha256": listing.sha256}
    if listing.filters:
        detail["filters"] = ", ".join(listing.filters)
    if listing.token:
        detail["token"] = listing.token
    with sessions.begin() as session:
        journal.append(session, upkeep_events.AUDIT_EXPORTED.by(word, listing.what, **detail))


def record_pack(
    session: Session, word: Word, *, mailout: str, authority: str, manifest: str, is_redacted: bool
) -> None:
    """Record who takes an evidence pack, to be committed before they have it."""
    event = upkeep_events.AUDIT_EXPORTED.by(
        word,
        EVIDENCE,
        mailout=mailout,
        authority=authority,
        manifest=manifest,
        redacted="yes" if is_redacted else "no",
    )
    journal.append(session, event)
