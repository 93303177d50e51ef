"""The mail server as a part of its own: record its successes and troubles, and let it rest.

A connection that cannot be made says nothing about the letters that waited for it. So they are
given back, and what happened is recorded here, once for all of them: when it began, when it was
last met, how often, and when the next try is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.domain.replies.likeness import without_addresses
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.attempt import Tried
from dispatch.domain.sending.explanation import in_short
from dispatch.sending.store import servers

LONGEST_RESTS: Final = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300))
"""How long to leave a server alone after the first failure in a row, the second and so on. A server
that comes back should get the letters soon, so the waits of letters count only if shorter."""

CROWDED: Final = timedelta(seconds=15)
"""How long to wait for a connection while the server is busy with our others."""

LATELY: Final = timedelta(minutes=1)
TELLS_EVERY: Final = timedelta(seconds=10)
"""How often a success is written down."""


@dataclass(slots=True)
class Health:
    """Records how one mail server does. Each worker has one for each run."""

    address: str
    waits: Sequence[timedelta]
    """How long a letter waits after the first try, the second and so on."""
    told_at: datetime | None = None

    def record(self, session: Session, tried: Sequence[Tried], *, now: datetime) -> None:
        """Note the last reply about ourselves, or that the server took a letter.

        Must come last in a transaction; writes once in `TELLS_EVERY` while all is well.
        """
        about_us = [each.outcome for each in tried if each.outcome.whose is Whose.US]
        if about_us:
            self.told_at = None
            _trouble(session, self.address, about_us[-1], now)
            return
        is_told = self.told_at is not None and now - self.told_at < TELLS_EVERY
        if not is_told and any(each.outcome.verdict is Verdict.ACCEPTED for each in tried):
            self.told_at = now
            _success(session, self.address, now)

    def cut_off(self, session: Session, outcome: Outcome, *, now: datetime) -> datetime | None:
        """Record that no connection could be made; return when to try again.

        None if that is for a person to decide, since the server said something about us. If the
        server is only busy with our other connections, nothing is wrong.
        """
        row = servers.locked(session, self.address)
        is_busy_with_us = row.accepted_at is not None and now - row.accepted_at < LATELY
        if outcome.whose is Whose.PACE and is_busy_with_us:
            return now + CROWDED
        is_resting = row.next_try_at is not None and row.next_try_at > now
        _trouble(session, self.address, outcome, now)
        if outcome.whose is Whose.US:
            row.next_try_at = None
        elif not is_resting:
            row.next_try_at = now + self._rest(row.troubles)
        return row.next_try_at

    def _rest(self, troubles: int) -> timedelta:
        last = max(troubles, 1) - 1
        longest = LONGEST_RESTS[min(last, len(LONGEST_RESTS) - 1)]
        return min(longest, self.waits[min(last, len(self.waits) - 1)])


def _trouble(session: Session, address: str, outcome: Outcome, now: datetime) -> None:
    row = servers.locked(session, address)
    if row.troubled_since is None or row.well_at is not None:
        row.troubled_since, row.well_at, row.troubles = now, None, 0
    row.trouble = without_addresses(_said(outcome))
    row.troubled_at = now
    row.troubles += 1


def _said(outcome: Outcome) -> str:
    """Return a reply with what it means, or what happened to the connection."""
    if outcome.reply is None:
        return str(outcome)
    return f"{outcome.reply.answers}: {outcome} ({in_short(outcome.reply)})"


def _success(session: Session, address: str, now: datetime) -> None:
    row = servers.locked(session, address)
    row.accepted_at = now
    row.next_try_at = None
    if row.troubled_since is not None and row.well_at is None:
        row.well_at = now
