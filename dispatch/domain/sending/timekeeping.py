"""What time it is held to be, and whether letters may be released and may expire by it.

A clock can be set while letters wait: by hand, by a machine that was restored, by a time server
that corrects it. A week ahead for a second, it would release what must wait and expire what has
time left, which nobody can undo. So the clock of the database is compared with a clock that counts
seconds and that nobody can set. If they differ by a minute or more, time goes on as if nothing had
happened, and nothing is released and nothing expires until the clock is right again, a person says
that it is right, or it has gone evenly for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

NOTHING: Final = timedelta(0)

LARGEST_CHANGE: Final = timedelta(minutes=1)
"""A clock that is corrected by less is followed at once."""

EVENLY_FOR: Final = timedelta(hours=1)
"""How long a clock that was set must go evenly before it is believed."""

SETTLING: Final = timedelta(minutes=5)
"""How long nothing is released and nothing expires when nobody knows what the clock did meanwhile:
the machine was started again, or another one has taken over."""

FRESH: Final = timedelta(minutes=1)
"""How long others go by what a clock process noted. It notes the time every ten seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clocks show at one moment."""

    at: datetime
    """The database's clock."""
    elapsed: float
    """Seconds since this machine was started, sleep included: nobody can set these."""
    boot: str
    """Which start of which machine that is. Readings of one start can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timekeeping:
    """What time it was held to be at a reading, and what is held back because of that."""

    at: datetime
    elapsed: float
    boot: str
    ahead: timedelta = NOTHING
    """By how much the database's clock is ahead of this; negative if it was set back."""
    held_for: timedelta = NOTHING
    """How much longer nothing is released and nothing expires."""

    @property
    def is_held(self) -> bool:
        """Whether nothing may be released or expire."""
        return self.held_for > NOTHING

    def then(self, reading: Reading) -> datetime:
        """Return what the time is at a later reading of the same start, if no clock was set."""
        return self.at + timedelta(seconds=reading.elapsed - self.elapsed)

    def may_compare(self, reading: Reading) -> bool:
        """Whether a reading is a later one of the same start of the same machine."""
        return self.boot == reading.boot and reading.elapsed >= self.elapsed

    def agrees(self, reading: Reading, within: timedelta) -> bool:
        """Whether the database's clock shows about this time, allowing for what it is ahead."""
        return abs(reading.at - self.ahead - self.at) <= within


def keep(noted: Timekeeping | None, own: Timekeeping | None, reading: Reading) -> Timekeeping:
    """Return what time to hold it to be at a reading.

    `noted` is what a clock process noted last in the database, `own` what this one found last.
    """
    if noted is None:
        return _at(reading)  # nothing has ever been kept here
    if noted.may_compare(reading):
        return _compare(noted, reading)
    if noted.agrees(reading, LARGEST_CHANGE):  # another clock process has just confirmed it
        return replace(_at(reading, noted.held_for), at=reading.at - noted.ahead, ahead=noted.ahead)
    if own is not None and own.may_compare(reading):
        mine = replace(noted, at=own.at, elapsed=own.elapsed, boot=own.boot)
        return _compare(mine, reading)
    is_behind = reading.at < noted.at - LARGEST_CHANGE
    return _at(reading, EVENLY_FOR if is_behind else SETTLING)


def _at(reading: Reading, held_for: timedelta = NOTHING) -> Timekeeping:
    """Hold it to be what the database's clock shows."""
    return Timekeeping(at=reading.at, elapsed=reading.elapsed, boot=reading.boot, held_for=held_for)


def _compare(before: Timekeeping, reading: Reading) -> Timekeeping:
    """Compare the database's clock with the seconds that have gone since."""
    expected = before.then(reading)
    ahead = reading.at - expected
    left = max(before.held_for - (expected - before.at), NOTHING)
    if abs(ahead) < LARGEST_CHANGE:
        # Right again, if it was set. If it was not, but is being watched, that goes on.
        return _at(reading, NOTHING if before.ahead else left)
    is_as_before = before.ahead and abs(ahead - before.ahead) < LARGEST_CHANGE
    if is_as_before and not left:
        return _at(reading)
    held_for = left if is_as_before else EVENLY_FOR
    return replace(_at(reading, held_for), at=expected, ahead=ahead)


def now_by(noted: Timekeeping | None, reading: Reading) -> tuple[datetime, bool]:
    """Return what time it is, for a process that keeps none itself; and whether that is certain.

    It is certain by what a clock process has just noted. Without one it is what the database's
    clock shows.
    """
    if noted is None:
        return reading.at, False
    if noted.may_compare(reading) and noted.then(reading) - noted.at <= FRESH:
        return noted.then(reading), True
    if noted.agrees(reading, FRESH):
        return reading.at - noted.ahead, True
    return reading.at, False
