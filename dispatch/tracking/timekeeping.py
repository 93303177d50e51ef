"""Keep the time that everything goes by: the database's clock, guarded against being set.

A clock process compares the database's clock with seconds that nobody can set and notes the time
in the database. Every other process goes by that, so that machines whose clocks differ by minutes
agree; without a clock process it goes by the database's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import DatabaseTrouble, Session, Sessions
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.sending.timekeeping import LARGEST_CHANGE, Reading, Timekeeping, keep, now_by
from dispatch.domain.word import Word
from dispatch.ledger import journal, upkeep_events
from dispatch.tracking.store import timekeeping as store

Read = Callable[[Session], Reading]
"""Reads the database's clock, and the seconds that nobody can set, at one moment."""

LOOK_SECONDS: Final = 2.0
"""How long a process counts on by itself before it looks into the database again."""

DOUBT_SECONDS: Final = 10.0
"""How long a clock that was set must stay so before it is followed without a clock process: by
then one that runs has noted what to make of it."""

NOTE_SECONDS: Final = 10.0
"""How often the time is noted if nothing has happened to it."""

NOTICEABLE: Final = timedelta(seconds=0.5)


class Timekeeper:
    """Keeps the time in a clock process."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._own: Timekeeping | None = None

    def keep(self, session: Session) -> tuple[Timekeeping, bool]:
        """Return what time it is, and whether a hold has just begun or ended.

        Notes it in the database if others need to know.
        """
        noted = store.noted(session, is_locked=True)
        self._own = kept = keep(noted, self._own, self._read(session))
        if noted is None or _is_worth_noting(noted, kept):
            store.note(session, kept)
        return kept, kept.is_held != (noted is not None and noted.is_held)


def _is_worth_noting(noted: Timekeeping, kept: Timekeeping) -> bool:
    if noted.boot != kept.boot or noted.is_held != kept.is_held:
        return True
    passed = timedelta(seconds=kept.elapsed - noted.elapsed)
    is_moved = abs(noted.at + passed - kept.at) > NOTICEABLE
    return is_moved or passed.total_seconds() >= NOTE_SECONDS or _differs(noted, kept)


def _differs(noted: Timekeeping, kept: Timekeeping) -> bool:
    return abs(noted.ahead - kept.ahead) > NOTICEABLE


class DatabaseClock:
    """The clock of a process: the time that is kept in the database, counted on between looks.

    Raises an error of the database if that does not answer the first look; later it counts on.
    """

    def __init__(self, sessions: Sessions, read: Read, elapsed: Callable[[], float]) -> None:
        self._sessions = sessions
        self._read = read
        self._elapsed = elapsed
        self._at: datetime | None = None
        self._at_elapsed = self._looked_at = 0.0
        self._doubted_at: float | None = None

    def __call__(self) -> datetime:
        """Return what time it is."""
        if self._at is None or self._elapsed() - self._looked_at > LOOK_SECONDS:
            self._look()
        return self._counted_on(self._elapsed())

    def _counted_on(self, elapsed: float) -> datetime:
        assert self._at  # noqa: S101 - for the type checker: it has looked
        return self._at + timedelta(seconds=elapsed - self._at_elapsed)

    def _look(self) -> None:
        try:
            reading, noted = self._found()
        except DatabaseTrouble:
            if self._at is None:
                raise
            self._looked_at = self._elapsed() + DOUBT_SECONDS
            return
        self._looked_at = reading.elapsed
        at, is_certain = now_by(noted, reading)
        if is_certain or self._may_follow(at, reading):
            self._at, self._at_elapsed, self._doubted_at = at, reading.elapsed, None

    def _found(self) -> tuple[Reading, Timekeeping | None]:
        try:
            with self._sessions.read() as session:
                return self._read(session), store.noted(session)
        except DatabaseTrouble:  # before an upgrade there is no table of it
            with self._sessions.read() as session:
                return self._read(session), None

    def _may_follow(self, at: datetime, reading: Reading) -> bool:
        """Whether to follow the database's clock on its own word."""
        if self._at is None or abs(at - self._counted_on(reading.elapsed)) < LARGEST_CHANGE:
            return True
        if self._doubted_at is None:
            self._doubted_at = reading.elapsed
        return reading.elapsed - self._doubted_at >= DOUBT_SECONDS


def held(session: Session) -> Timekeeping | None:
    """Return what was noted of the time if nothing may be released or expire, else None."""
    noted = store.noted(session)
    return noted if noted and noted.is_held else None


def confirm(session: Session, word: Word) -> Timekeeping | None:
    """Let what is held go on, on a person's word that the clock is right; None if nothing is held.

    The clock process believes the clock at its next tick. Should it be set once more, that counts
    as new.
    """
    noted = store.noted(session, is_locked=True)
    if noted is None or not noted.is_held:
        return None
    store.end_hold(session)
    ahead = str(round(noted.ahead.total_seconds()))
    why = {"because": word.because} if word.because else {}
    journal.append(session, upkeep_events.CLOCK_CONFIRMED.by(word, CLOCK, ahead=ahead, **why))
    return noted
