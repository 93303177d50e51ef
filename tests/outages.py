"""A database that fails as databases do, in front of the real one, and the end of a process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from dispatch.database import DatabaseTrouble, Session, Sessions


class PowerCut(BaseException):
    """The process ends here: nothing catches this, and what it knew is gone."""


class Fault(Enum):
    """What goes wrong in one transaction."""

    AWAY = auto()
    """Nobody answers."""
    LOST = auto()
    """The commit fails and nothing of it is kept."""
    UNSURE = auto()
    """The commit is kept, and is reported as failed."""
    SLOW = auto()
    """The commit is kept, and the process sleeps before it learns so."""
    CUT_BEFORE = auto()
    """The process ends before the commit."""
    CUT_AFTER = auto()
    """The process ends as the commit is kept, before it learns so."""


KEPT: Final = frozenset({None, Fault.UNSURE, Fault.SLOW, Fault.CUT_AFTER})
"""Faults after which what was written is there, and no fault at all."""


@dataclass(frozen=True, slots=True)
class FailingSessions(Sessions):
    """Writing transactions on a real database, which fail as they are told to."""

    faults: deque[Fault | None] = field(default_factory=deque)
    """What becomes of the next transactions; nothing goes wrong when it has run out."""
    sleep: Callable[[], None] = lambda: None
    """What passes where a commit is slow."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.AWAY:
            raise _trouble("nobody answers")
        with self.writing() as session:
            yield session
            session.commit() if fault in KEPT else session.rollback()
        match fault:
            case Fault.SLOW:
                self.sleep()
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                raise PowerCut
            case Fault.LOST | Fault.UNSURE:
                raise _trouble("the line dropped at the commit")

    @contextmanager
    def held(self) -> Iterator[FailingSessions]:
        with Sessions.held(self) as held:
            yield FailingSessions(held.writing, held.reading, self.faults, self.sleep)

    def die(self) -> None:
        """Be the database of a process that is gone: nothing that it does arrives any more."""
        self.faults.clear()
        self.faults.extend([Fault.AWAY] * 1000)


def failing(
    sessions: Sessions, *faults: Fault | None, sleep: Callable[[], None] = lambda: None
) -> FailingSessions:
    """Return the same database, of which the next transactions fail so."""
    return FailingSessions(sessions.writing, sessions.reading, deque(faults), sleep)


def _trouble(what: str) -> DatabaseTrouble:
    return DatabaseTrouble("COMMIT", {}, ConnectionError(what))
