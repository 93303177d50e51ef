"""Note what is odd about letters, as they are asked for, rendered, and all made.

An oddity says where to look first, and nothing is held to it: what is approved and sent is not made
from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import Made
from dispatch.domain.letters.branches import Branch, unseen
from dispatch.domain.letters.oddity import (
    OF_ALL,
    RENDERED,
    Among,
    Before,
    Oddity,
    OddityKind,
    many_pages,
    oddities,
    rare,
    score,
)
from dispatch.letters.approval import Page
from dispatch.letters.store import oddest


def of(letter: Letter) -> tuple[Oddity, ...]:
    """Return what is odd about a letter."""
    return tuple(map(Oddity.of, letter.oddities))


def drafted(
    session: Session, mailout: Mailout, page: Page, among: Among
) -> Mapping[str, tuple[Oddity, ...]]:
    """Return what is odd about the letters of a page as they are drafted, by their codes."""
    drafts = page.drafting.drafts
    codes = [each.content.code for each in drafts]
    before = Before(figures=page.before, had_letters=oddest.codes_before(session, mailout, codes))
    return oddities(drafts, mailout.plan.measures, before, among)


def note(letter: Letter, found: Mapping[str, tuple[Oddity, ...]]) -> None:
    """Note what is odd about a letter by its draft; what its bytes showed stays."""
    later = [each for each in of(letter) if each.kind in RENDERED]
    _set(letter, [*found.get(letter.authority_code, ()), *later])


def made(letter: Letter, result: Made) -> None:
    """Note which branches of its template a letter took, and whether it is long."""
    letter.branches = " ".join(result.branches)
    _set(letter, [*_without_rendered(letter), *many_pages(result.page_count)])


def failed(letter: Letter) -> None:
    """Note that a letter could not be made."""
    failure = Oddity(OddityKind.FAILED, (letter.error or "",))
    _set(letter, [failure, *_without_rendered(letter)])


def _without_rendered(letter: Letter) -> list[Oddity]:
    return [each for each in of(letter) if each.kind not in RENDERED]


def note_branches(session: Session, mailout: Mailout, known: Collection[Branch]) -> None:
    """Note which letters take a branch of their template that hardly any other takes.

    Notes as well which of the `known` branches no letter took.
    """
    taken = oddest.branches(session, mailout)
    if mailout.numbers and known:
        places = {place for branches in taken for place in branches.split()}
        mailout.numbers = replace(mailout.numbers, unseen=unseen(known, places))
    found = rare(taken, known)
    for letter in oddest.to_note(session, mailout, found, [each.value for each in OF_ALL]):
        kept = [each for each in of(letter) if each.kind not in OF_ALL]
        _set(letter, [*kept, *found.get(letter.branches or "", ())])


def _set(letter: Letter, found: Iterable[Oddity]) -> None:
    """Set what is odd about a letter, and leave a row as it is that has the same."""
    kept = list(found)
    if (stored := [each.stored for each in kept]) != letter.oddities:
        letter.oddities, letter.plainness = stored, -score(kept)
