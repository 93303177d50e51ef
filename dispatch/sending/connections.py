"""Hold connections to the mail server, where it allows only a few over all workers.

A worker holds as many as it may open, for as long as it works, and staff's messages hold one each.
Where nothing limits them, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from dispatch.database import DatabaseTrouble, Sessions
from dispatch.sending.store import connections

RENEWED_AFTER: Final = connections.HOLDS / 3


@dataclass(slots=True)
class Held:
    """The connections that one run may keep open."""

    count: int
    holder: str = ""
    until: datetime | None = None
    """None if they are not counted, and so never run out."""

    def is_lost(self, now: datetime) -> bool:
        """Whether they have run out, as for a process that was frozen, and may be another's."""
        return self.until is not None and now >= self.until

    @property
    def patience(self) -> float | None:
        """How many seconds may pass before somebody must look whether to renew; None for any."""
        return None if self.until is None else RENEWED_AFTER.total_seconds()

    def renew(self, sessions: Sessions, now: datetime) -> None:
        """Hold them for as long again, if it is time to. Owns its transaction.

        While the database is away they are not renewed, and run out.
        """
        if self.until is None or self.is_lost(now) or now < self.until - 2 * RENEWED_AFTER:
            return
        with suppress(DatabaseTrouble), sessions.begin() as session:
            is_ours = connections.renew(session, self.holder, now=now)
            self.until = now + connections.HOLDS if is_ours else now


@contextmanager
def held(
    sessions: Sessions, clock: Callable[[], datetime], *, wanted: int, most: int | None
) -> Iterator[Held]:
    """Hold up to `wanted` connections for the length of the block, with `most` over all workers.

    None may be left: see `count`. Owns its transactions.
    """
    if most is None:
        yield Held(wanted)
        return
    holder, now = uuid4().hex, clock()
    with sessions.begin() as session:
        count = connections.take(session, holder, wanted=wanted, most=most, now=now)
    try:
        yield Held(count, holder, now + connections.HOLDS)
    finally:
        # If the database is away, they run out by themselves.
        if count:
            with suppress(DatabaseTrouble), sessions.begin() as session:
                connections.give_back(session, holder)
