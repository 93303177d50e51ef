"""A job: work that takes too long for a page, done by a worker, with how far it is and its result.

A job is asked for on somebody's word, with the terms that the person agreed to. Any worker carries
it out. A worker that dies leaves it for another, so each kind of job is safe to do twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from dispatch.domain.word import Word

Result = Mapping[str, Any]
"""What a job found or did: text, numbers, booleans, and lists and mappings of these."""

MOST_TRIES: Final = 3
"""Workers that may die of a job before it is given up."""

KEPT_WAITING: Final = timedelta(days=1)
"""After so long an order is too old: what it was given for may not be so any more."""


class JobKind(StrEnum):
    """What a job does. Its subject is a mailout's name, unless a kind says otherwise."""

    UPLOAD = "upload"
    """Make the letters of a mailout public: see `publishing.orders`."""

    CHECK_PDFS = "check_pdfs"
    """Check the PDFs of a mailout's letters: see `letters.accessibility`."""

    CHECK_LETTERS = "check_letters"
    """Work every letter of a mailout out, and say what is missing: see `tracking.readiness`."""

    READ_FILE = "read_file"
    """Read a large file that came in by a page. Its subject is the file's id."""

    TAKE_IN = "take_in"
    """Take in such a file. Its subject is the same."""

    EXAMINE = "examine"
    """Look at everything that a mailout needs, as `dispatch doctor`. Its subject is empty."""

    VERIFY = "verify"
    """Verify the whole ledger. Its subject is empty: there is one ledger."""


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN: Final = frozenset({JobState.WAITING, JobState.RUNNING})
"""States that somebody watches: there is more to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it is at one moment."""

    id: UUID
    kind: JobKind
    subject: str
    """What it is about, such as the name of a mailout; one job of a kind at a time for each."""
    terms: Mapping[str, str]
    """What was agreed to, such as the digest of a proposal."""
    person: str
    keyboard: str
    because: str
    asked_at: datetime
    state: JobState
    done: int = 0
    """How many of its steps are done."""
    of: int = 0
    """How many steps it has; 0 while that is not known."""
    result: Result | None = None
    """Once it is done."""
    error: str | None = None
    """Once it has failed: why, in words for the person who asked."""
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is more to come."""
        return self.state in OPEN

    def word(self, at: datetime) -> Word:
        """Return the word that it is done on, at the moment at which it is done."""
        return Word(person=self.person, keyboard=self.keyboard, because=self.because, at=at)
