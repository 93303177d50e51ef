"""Check the PDFs of letters against PDF/UA-1 once each, and keep the result.

A check takes some 20 ms. So a worker does it as a job once all letters are made, and a person who
approves them has to wait only for what is not known yet. If both are at it, the worker goes from
the first letter and the person from the last, and each passes over what the other has checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.batches import batches
from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents.check import CHECKER, conformance
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.word import Word
from dispatch.jobs import orders
from dispatch.letters.store import checks, documents, letters
from dispatch.letters.store.checks import Failures
from dispatch.mailouts.store import mailout_named

BATCH: Final = 20
"""PDFs checked between two commits: half a second."""

Pdf = tuple[str, str]
"""The code of a letter, and the SHA-256 of its PDF."""


def ask(session: Session, name: str, *, now: datetime) -> bool:
    """Have a worker check the PDFs of a mailout, on the word of who had the letters made."""
    mailout = mailout_named(session, name)
    person = mailout.rendered_by or mailout.created_by
    orders.ask(session, JobKind.CHECK_PDFS, name, Word(person=person, keyboard=person, at=now))
    return True


def failures(
    sessions: Sessions, pdfs: Sequence[Pdf], clock: Callable[[], datetime]
) -> Iterator[list[str]]:
    """Yield what is wrong with each PDF, from the last, and check those that are not known.

    Raises `NotApproved` if one is missing or altered.
    """
    for batch in batches(pdfs[::-1], BATCH):
        with sessions.read() as session:
            stored = documents.load(session, [sha256 for _, sha256 in batch])
        found = _checked(sessions, stored, clock)
        for code, sha256 in batch:
            yield [f"{code}: {failure}" for failure in found[sha256]]


def _checked(
    sessions: Sessions, stored: Mapping[str, bytes], clock: Callable[[], datetime]
) -> Mapping[str, Failures]:
    """Return what is wrong with each of some PDFs; keep what is found out now."""
    with sessions.read() as session:
        known = checks.known(session, stored, CHECKER)
    new = {each: tuple(conformance(pdf)) for each, pdf in stored.items() if each not in known}
    if new:
        with sessions.begin() as session:
            checks.keep(session, new, CHECKER, now=clock())
    return {**known, **new}


def pdfs_of(session: Session, mailout: Mailout) -> tuple[Pdf, ...]:
    """Return the PDFs of a mailout's letters in force."""
    return tuple(letters.pdfs(session, mailout))


@dataclass(frozen=True, slots=True)
class State:
    """How many PDFs of a mailout's letters are known to be accessible, or not to be."""

    letters: int
    checked: int
    failures: tuple[str, ...]
    """Each rule that one breaks, with the letter's code."""


def state(session: Session, mailout: Mailout) -> State:
    """Return what is known about the PDFs of a mailout, and check none."""
    pdfs = pdfs_of(session, mailout)
    known = checks.known(session, {sha256 for _, sha256 in pdfs}, CHECKER)
    broken = [f"{code}: {rule}" for code, sha256 in pdfs for rule in known.get(sha256, ())]
    return State(len(pdfs), sum(sha256 in known for _, sha256 in pdfs), tuple(broken))


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
        pdfs = pdfs_of(session, mailout_named(session, name))
        digests = [*dict.fromkeys(sha256 for _, sha256 in pdfs)]
        known = checks.known(session, digests, CHECKER)
    left = [each for each in digests if each not in known]
    done = len(known)
    progress(done, len(digests))
    for batch in batches(left, BATCH):
        with sessions.read() as session:
            stored = documents.found(session, batch)
        _checked(sessions, stored, clock)
        done += len(batch)
        progress(done, len(digests))
    with sessions.read() as session:
        return state(session, mailout_named(session, name))
