"""How many letters of a mailout have a copy in the Sent folder."""

from __future__ import annotations

from datetime import datetime

from dispatch.domain.calendar import moment_in_words
from dispatch.sending.sent_copies import Standing


def in_words(found: Standing, now: datetime) -> str | None:
    """Say how many copies there are, and why the others are missing; None before the first."""
    if not found.accepted:
        return None
    said = [f"{found.copied:,} of {found.accepted:,} letters have a copy there"]
    if found.trouble and found.troubled_since:
        said.append(f"trouble since {moment_in_words(found.troubled_since)}: {found.trouble}")
    if found.next_try_at and found.next_try_at > now:
        said.append(f"next try at {moment_in_words(found.next_try_at)}")
    return "; ".join(said)
