"""Exports: what somebody takes out of the database is on record before they have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.domain.digest import sha256
from dispatch.domain.word import Word
from dispatch.ledger import journal, upkeep_events

EVIDENCE: Final = "evidence"
"""What the ledger calls an export of an evidence pack; of a list, it is the list's name."""


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
    text: str


def hand_out(sessions: Sessions, listing: Listing, word: Word) -> str:
    """Record who takes a list, and then return its text.

    Committed before anybody has a byte of it. The record has no name of anybody that the list is
    about, but its SHA-256. Raises what the database raises; then nothing is handed out.
    """
    detail = {
        "format": listing.format,
        "rows": str(listing.rows),
        "sha256": sha256(listing.text.encode()),
    }
    if listing.filters:
        detail["filters"] = ", ".join(listing.filters)
    with sessions.begin() as session:
        journal.append(session, upkeep_events.AUDIT_EXPORTED.by(word, listing.what, **detail))
    return listing.text


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
