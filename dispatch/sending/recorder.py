"""Recording what several conversations come to: what waits together is written together.

Where the database is away, what is known already goes into the spool, and no dot is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import RefusedRow, Sessions
from dispatch.domain.address import domain_of
from dispatch.domain.attempt import Claim, Tried
from dispatch.domain.pace import is_too_many
from dispatch.sending.spool import Spool
from dispatch.sending.store import attempts, claims, rates

DATABASE_WAITS: Final = (0.2, 1.0, 3.0)
"""Seconds to wait for a database that is away before its replies are spooled."""


@dataclass(slots=True)
class Desk:
    """Where attempts are marked and recorded."""

    sessions: Sessions
    spool: Spool
    clock: Callable[[], datetime]
    pause: Callable[[float], None]
    lease: timedelta
    trouble: Exception | None = None
    """Why the database, or the spool, could not take something."""

    def record(self, asking: Sequence[Claim], tried: Sequence[Tried]) -> dict[Claim, datetime]:
        """Mark what asks for it as offered, and write down what has ended, in one transaction.

        Durable when it returns. Returns the claims that may say the dot, with the moment: not the
        deliveries, of which one worker may hold a lost claim and the present one. None, if the
        database is away. Raises nothing: see `trouble`.
        """
        try:
            return self._write(asking, tried)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is known must be kept
            self.trouble = error
        if tried:
            self._insist(tried)
        return {}

    def _write(self, asking: Sequence[Claim], tried: Sequence[Tried]) -> dict[Claim, datetime]:
        now = self.clock()
        with self.sessions.begin() as session:
            ours = claims.offer(session, asking, now=now, lease_until=now + self.lease)
            attempts.record(session, tried, now=now)
            # As the last: who books rates holds deliveries, and waits for what this locks.
            rates.strike(session, _too_many(tried), now=now)
        return dict.fromkeys(ours, now)

    def _insist(self, tried: Sequence[Tried]) -> None:
        """Try some more to record what has ended, then spool it."""
        for seconds in DATABASE_WAITS:
            self.pause(seconds)
            with suppress(Exception):
                self._write((), tried)
                return
        try:
            for each in tried:
                self.spool.put(each)
        except OSError as error:
            self.trouble = error

    def unspool(self) -> int:
        """Record the attempts that the database could not take as they ended; return how many.

        One that the database will not take, as of a delivery that it does not know, stays where
        it is, for a person. Raises if the database is away.
        """
        count = 0
        for tried in self.spool.tried():
            try:
                self._write((), [tried])
            except RefusedRow:
                continue
            self.spool.drop(tried)
            count += 1
        return count


def _too_many(tried: Sequence[Tried]) -> set[str]:
    """Return the recipients' domains whose servers said that they get too much."""
    return {
        domain_of(each.claim.address)
        for each in tried
        if each.outcome.reply and is_too_many(each.outcome.reply)
    }
