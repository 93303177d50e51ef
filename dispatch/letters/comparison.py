"""Compare a letter with last year's, or with another version of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import NotFound
from dispatch.domain.letters.comparison import Figure, Passage, figures, passages
from dispatch.letters.store import documents, letters, years

VERSION: Final = re.compile(r"version-(\d{1,4})")
"""How another version is named; anything else names a year."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A letter beside another about the same authority."""

    called: str
    """What the other is: "the letter of 2018-19", or "version 1"."""
    is_other_template: bool
    """Whether the other was made from another template, so that much of the text is new."""
    figures: tuple[Figure, ...]
    passages: tuple[Passage, ...]


def choices(session: Session, mailout: Mailout, letter: Letter) -> list[str]:
    """Return what a letter can be compared with, as `compared` takes it; the likeliest first."""
    earlier = [f"version-{number}" for number in range(letter.version - 1, 0, -1)]
    return earlier + years.with_letter(session, mailout, letter.authority_code)


def compared(session: Session, mailout: Mailout, letter: Letter, other: str) -> Comparison:
    """Return a letter beside another: `version-1`, or that of a year such as 2018-19.

    Raises `NotFound` if there is no such letter, and `NotApproved` if a text was deleted.
    """
    before = _other(session, mailout, letter, other)
    loaded = documents.load(session, [before.parts["text"], letter.parts["text"]])
    then, now = (loaded[each.parts["text"]].decode() for each in (before, letter))
    old, new = before.draft.content, letter.draft.content
    is_version = VERSION.fullmatch(other)
    return Comparison(
        called=f"version {before.version}" if is_version else f"the letter of {old.year}",
        is_other_template=old.template != new.template,
        figures=figures(old, new),
        passages=passages(then, now),
    )


def _other(session: Session, mailout: Mailout, letter: Letter, other: str) -> Letter:
    if named := VERSION.fullmatch(other):
        found = letters.letter_of(session, mailout, letter.authority_code, version=int(named[1]))
    else:
        before = years.letter_of_year(session, mailout, letter.authority_code, other)
        if before is None:
            raise NotFound(f"there was no letter of {letter.authority_code} for {other}")
        found = before
    if "text" not in found.parts or "text" not in letter.parts:
        raise NotFound(f"the letter of {letter.authority_code} for {other} was not made")
    return found
