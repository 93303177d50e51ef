"""Check the PDFs of letters against PDF/UA-1 once each, and keep the result.

A check takes some 50 ms. So a worker does it as a job once all letters are made, and a person who
approves them has to wait only for what is not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents.check import CHECKER, conformance
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.letter import is_pdf
from dispatch.domain.word import Word
from dispatch.jobs import orders
from dispatch.letters.store import checks, documents, letters
from dispatch.letters.store.checks import Failures
from dispatch.mailouts.store import mailout_named

BATCH: Final = 20
"""PDFs checked between two commits: about a second."""


def ask(session: Session, name: str, *, now: datetime) -> bool:
    """Have a worker check the PDFs of a mailout, on the word of who had the letters made."""
    mailout = mailout_named(session, name)
    person = mailout.rendered_by or mailout.created_by
    orders.ask(session, JobKind.CHECK_PDFS, name, Word(person=person, keyboard=person, at=now))
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """The PDFs of a mailout's letters, to be checked."""

    pdfs: tuple[tuple[str, str], ...]
    """The code of each letter, and the SHA-256 of its PDF."""
    known: Mapping[str, Failures]
    """What was found out before, by SHA-256."""
    new: dict[str, Failures] = field(default_factory=dict)
    """What is found out now."""

    @classmethod
    def of(cls, session: Session, mailout: Mailout) -> Check:
        pdfs = tuple(
            (code, sha256)
            for code, parts in letters.parts(session, mailout)
            for form, sha256 in parts.items()
            if is_pdf(form)
        )
        return cls(pdfs, checks.known(session, {sha256 for _, sha256 in pdfs}, CHECKER))

    def failures(self, session: Session) -> Iterator[list[str]]:
        """Yield what is wrong with the PDF of each letter, and check those that are not known.

        Raises `NotApproved` if one is missing or altered.
        """
        for code, sha256 in self.pdfs:
            [pdf] = documents.load(session, [sha256]).values()
            if sha256 not in self.known and sha256 not in self.new:
                self.new[sha256] = tuple(conformance(pdf))
            broken = self.known[sha256] if sha256 in self.known else self.new[sha256]
            yield [f"{code}: {failure}" for failure in broken]


def keep(session: Session, check: Check, now: datetime) -> None:
    """Keep what a check has found out."""
    checks.keep(session, check.new, CHECKER, now=now)


@dataclass(frozen=True, slots=True)
class State:
    """How many PDFs of a mailout's letters are known to be accessible, or not to be."""

    letters: int
    checked: int
    failures: tuple[str, ...]
    """Each rule that one breaks, with the letter's code."""


def state(session: Session, mailout: Mailout) -> State:
    """Return what is known about the PDFs of a mailout, and check none."""
    check = Check.of(session, mailout)
    failures = [
        f"{code}: {failure}"
        for code, sha256 in check.pdfs
        for failure in check.known.get(sha256, ())
    ]
    checked = sum(sha256 in check.known for _, sha256 in check.pdfs)
    return State(len(check.pdfs), checked, tuple(failures))


def check_all(
    sessions: Sessions,
    name: str,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> State:
    """Check the PDFs of a mailout that are not known, a batch to a transaction; say how far it is.

    Safe to do twice, and beside another that does the same.
    """
    with sessions.read() as session:
        check = Check.of(session, mailout_named(session, name))
    digests = sorted({sha256 for _, sha256 in check.pdfs})
    left = [each for each in digests if each not in check.known]
    progress(len(digests) - len(left), len(digests))
    for first in range(0, len(left), BATCH):
        batch = left[first : first + BATCH]
        with sessions.read() as session:
            pdfs = documents.found(session, batch)
        found = {sha256: tuple(conformance(pdf)) for sha256, pdf in pdfs.items()}
        with sessions.begin() as session:
            checks.keep(session, found, CHECKER, now=clock())
        progress(len(digests) - len(left) + first + len(batch), len(digests))
    with sessions.read() as session:
        return state(session, mailout_named(session, name))
