"""What differs from what was approved last, so that a second look need only be at that.

A letter that was approved has its proof, and one that is made anew has none yet. So only a few rows
are read, however many letters are as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import letter_digest
from dispatch.domain.letters.approval import Terms, differences
from dispatch.domain.letters.versions import figure_changes
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.events import MAILOUT_APPROVED
from dispatch.letters.store import approved
from dispatch.letters.store.documents import proof_in

MOST: Final = 50
"""How many changed letters are named; the others are only counted."""
MOST_READ: Final = 4 * MOST
"""How many of the letters before them are looked at: each may have been approved more than once."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A letter that is not as it was approved."""

    code: str
    what: tuple[str, ...]
    """What has changed; empty for a letter that was not there."""


@dataclass(frozen=True, slots=True)
class Since:
    """What differs from the last approval."""

    by: str
    at: datetime
    count: int
    """How many letters differ, or are new."""
    changed: tuple[Changed, ...]
    gone: tuple[str, ...]
    """The codes of letters that were approved and are due no longer."""


KINDS: Final = frozenset({MAILOUT_APPROVED.action})
"""The events by which `since_approval` knows."""


def since_approval(session: Session, mailout: Mailout, told: Iterable[Event]) -> Since | None:
    """Return what differs from the last approval of a mailout; None if there was none.

    `told` has the events of these kinds about it, the oldest first.
    """
    approvals = [each for each in told if each.action in KINDS]
    if not approvals:
        return None
    event = approvals[-1]
    terms = Terms.of(event.detail)
    new = approved.without_proof(session, mailout, limit=MOST)
    codes = {each.authority_code for each in new}
    before = _covered(approved.replaced(session, mailout, codes, limit=MOST_READ), terms)
    return Since(
        by=event.actor,
        at=event.at,
        count=len(new) if len(new) < MOST else approved.count_without_proof(session, mailout),
        changed=tuple(_changed(before.get(each.authority_code), each) for each in new),
        gone=tuple(sorted(before.keys() - codes)),
    )


def _covered(found: Iterable[Letter], terms: Terms | None) -> dict[str, Letter]:
    """Return those letters that an approval covered, by their codes."""
    return {each.authority_code: each for each in found if terms and _is_covered(each, terms)}


def _is_covered(letter: Letter, terms: Terms) -> bool:
    digest = letter_digest(letter.subject, letter.parts, letter.draft.attachments)
    proof = proof_in(letter, digest)
    return proof is not None and terms.covers(proof)


def _changed(old: Letter | None, new: Letter) -> Changed:
    if old is None:
        return Changed(new.authority_code, ())
    words: Collection[str] = differences(old.draft, new.draft)
    figures = figure_changes(old.draft.content, new.draft.content)
    return Changed(new.authority_code, (*words, *figures))
