"""The clocks: the database's, by which everything is dated, and this machine's, which checks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from dispatch.database import Session, Sessions

# Imported where it is needed: `dispatch mailout list` must answer at once.
if TYPE_CHECKING:
    from dispatch.domain.sending.timekeeping import Reading


def database_clock(sessions: Sessions, offset: float) -> Callable[[], datetime]:
    """Return the clock: the database's, shifted by some seconds for a trial."""
    from dispatch.tracking.timekeeping import DatabaseClock

    shift, clock = timedelta(seconds=offset), DatabaseClock(sessions, reading, _elapsed)
    return lambda: clock() + shift


def reading(session: Session) -> Reading:
    """Read the database's clock: PostgreSQL's own; beside SQLite, this machine's."""
    from dispatch.domain.sending.timekeeping import Reading
    from dispatch.tracking.store.timekeeping import database_time

    for _ in range(TRIES):
        elapsed = _elapsed()
        at = database_time(session) or datetime.now(UTC)
        if _elapsed() - elapsed < TOGETHER_SECONDS:
            break
    return Reading(at, elapsed, _boot())


def machine_time() -> datetime:
    """Return what this machine's own clock shows, by which TLS and access tokens are judged."""
    return datetime.now(UTC)


TOGETHER_SECONDS: Final = 1.0
"""How far apart the two clocks may be read. This process may be stopped between the one and the
other, and the database may take its time."""

TRIES: Final = 5


def _elapsed() -> float:
    """Return the seconds since this machine was started; while it slept they are counted, too."""
    which = getattr(time, "CLOCK_BOOTTIME", None)  # on Linux; elsewhere it may leave out sleep
    return time.monotonic() if which is None else time.clock_gettime(which)


@cache
def _boot() -> str:
    """Return which start of which machine this is; where nobody can tell, which process."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return str(uuid4())


BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
