"""Who took part both in asking for letters and in approving them, though two people are named.

Nothing stops one person from approving at the keyboard at which the letters were asked for, in a
colleague's name; two colleagues may share a machine. So the approval's event names who it was, and
everything that says who approved says so, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.domain.people.identities import Identities
from dispatch.domain.proof.ledger import Event
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.ledger.events import (
    LETTER_APPROVED,
    LETTER_PROPOSED,
    MAILOUT_APPROVED,
    MAILOUT_RENDER,
)
from dispatch.ledger.kinds import AT_KEYBOARD, IN_BOTH, Subject
from dispatch.people.identity import identities

APPROVED: Final = (MAILOUT_APPROVED.action, LETTER_APPROVED.action)


def in_rendering(session: Session, name: str, askers: Iterable[str], word: Word) -> str | None:
    """Return who took part in the approval of a mailout on this word, and in asking for letters.

    Only those count who asked for letters that are in force. None if nobody did.
    """
    known = frozenset(askers)
    about = journal.events(session, Subject.MAILOUT.of(name))
    asked = (each for each in about if each.action == MAILOUT_RENDER.action)
    return _in_both(identities(session), word, (each for each in asked if each.actor in known))


def in_proposing(
    session: Session, letter_ids: Iterable[UUID], word: Word
) -> dict[UUID, str | None]:
    """Return who took part in the approval of new versions on this word, and in proposing each."""
    subjects = {Subject.LETTER.of(each): each for each in letter_ids}
    told = journal.about_any(session, subjects.keys(), {LETTER_PROPOSED.action})
    proposed = {subjects[each.subject]: each for each in told}  # the last of each
    people = identities(session)
    return {
        each: _in_both(people, word, [proposed[each]] if each in proposed else [])
        for each in subjects.values()
    }


def _in_both(people: Identities, word: Word, asked: Iterable[Event]) -> str | None:
    here = [each for each in (word.keyboard, word.person) if each]
    for event in asked:
        for one, other in product(here, (event.detail.get(AT_KEYBOARD), event.actor)):
            if other and people.same(one, other):
                return one
    return None


def recorded(session: Session, mailout: str, letter_id: UUID | None = None) -> str | None:
    """Return who took part in both, as the last approval of a mailout or a new version says."""
    about = Subject.MAILOUT.of(mailout) if letter_id is None else Subject.LETTER.of(letter_id)
    approved = journal.last(session, about, APPROVED)
    return approved.detail.get(IN_BOTH) if approved else None


def in_words(name: str) -> str:
    """Say that somebody took part in both."""
    return f"{name} took part both in asking for the letters and in approving them"


def detail(name: str | None) -> dict[str, str]:
    """Return what an approval's event says of it."""
    return {IN_BOTH: name} if name else {}
