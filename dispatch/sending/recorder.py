"""Record the results of concurrent SMTP conversations, batched into one transaction.

While the database is away, replies that are known already go into the spool on the disk, and no
final dot may leave.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from structlog.stdlib import get_logger

from dispatch import telemetry
from dispatch.database import RefusedRow, Sessions
from dispatch.domain.address import domain_of
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.domain.sending.pace import Rates
from dispatch.files import disk
from dispatch.sending import stops
from dispatch.sending.servers import Health
from dispatch.sending.store import attempts, rates

logger = get_logger("dispatch.sending")
LOGGED: Final = logging.getLogger("dispatch.sending")
"""Knows what is logged before a line is put together, which every letter would wait for."""

DATABASE_WAITS: Final = (0.2, 1.0, 3.0)
"""Seconds to wait before each further try to record replies, before they are spooled."""


@dataclass(slots=True)
class Recorder:
    """Marks deliveries as offered and records attempts."""

    sessions: Sessions
    spool: Spool
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    lease: timedelta
    health: Health
    """What is recorded about the mail server."""
    rates: Rates = field(default_factory=Rates)
    is_stopped: bool = False
    """Whether a mailout was paused, since the mail server said something about ourselves."""
    trouble: Exception | None = None
    """Why the database, or the spool, could not take something."""

    @property
    def reasons_to_stop(self) -> tuple[object, ...]:
        """What keeps any more letters from being tried in this run, as far as one is true."""
        return self.trouble, self.is_stopped

    def record(self, asking: Sequence[Claim], tried: Sequence[Tried]) -> dict[Claim, datetime]:
        """Mark the claims that ask as offered, and record ended attempts, in one transaction.

        Durable when it returns. Returns the claims whose dot may follow, with the moment of the
        mark; none if the database is away. Claims and not delivery ids, since one worker may hold
        a lost claim and the present claim of one delivery. Raises nothing: see `trouble`.
        """
        try:
            marked = self._write(asking, tried)
            self.is_stopped |= stops.stop_after(self.sessions, tried, now=self.clock())
        except Exception as error:  # noqa: BLE001 - whatever the error, known replies must be kept
            # The commit may have succeeded all the same. A claim that was marked by it stays
            # offered without a dot, and its lease puts it in doubt: safe, if not exact.
            self.trouble = error
        else:
            return marked
        if tried:
            self._insist(tried)
        return {}

    def _write(self, asking: Sequence[Claim], tried: Sequence[Tried]) -> dict[Claim, datetime]:
        now = self.clock()
        with self.sessions.begin() as session:
            lease_until = now + self.lease
            ours = attempts.record(session, tried, now=now, asking=asking, lease_until=lease_until)
            # Last, to keep one lock order: a claim locks deliveries first and then rates.
            rates.give_way(session, _asked_for_less(tried), self.rates, now=now)
            self.health.record(session, tried, now=now)
        _log(tried)
        return dict.fromkeys(ours, now)

    def _insist(self, tried: Sequence[Tried]) -> None:
        """Try a few more times to record attempts, then spool them. Recording twice is harmless."""
        for seconds in DATABASE_WAITS:
            self.sleep(seconds)
            with suppress(Exception):
                self._write((), tried)
                return
        try:
            for each in tried:
                self.spool.put(each)
        except OSError as error:
            self.trouble = error

    def unspool(self) -> int:
        """Record the attempts in the spool; return how many. Raises if the database is away.

        An attempt that the database refuses, such as one of an unknown delivery, stays in the
        spool for a person to look at.
        """
        count = 0
        for tried in self.spool.tried():
            try:
                self._write((), [tried])
            except RefusedRow:
                continue
            # Only now: a crash before this line records the attempt again, which does nothing.
            self.spool.drop(tried)
            count += 1
        return count


TRIED: Final = TypeAdapter(Tried)

SPOOL: Final = "spool"
"""The folder in a worker's home for what the database could not take."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder of ended attempts that the database could not take, one file each.

    A reply that is lost leaves its letter in doubt, so it is kept here until it is recorded.
    """

    folder: Path

    def put(self, tried: Tried) -> None:
        """Keep an attempt; durable when it returns. Raises `OSError` if that fails."""
        disk.private_folder(self.folder)
        disk.write(self._path(tried), TRIED.dump_json(tried))

    def tried(self) -> Iterator[Tried]:
        """Yield each attempt that waits here, except any that another worker has just recorded.

        A file that cannot be read stays where it is, for a person to look at.
        """
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield TRIED.validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue

    def drop(self, tried: Tried) -> None:
        """Remove an attempt that is recorded."""
        self._path(tried).unlink(missing_ok=True)

    def _path(self, tried: Tried) -> Path:
        return self.folder / f"{tried.claim.envid}.json"


def _log(tried: Sequence[Tried]) -> None:
    """Log and trace how attempts ended: by ids and codes, since words may name anybody."""
    for each in tried:
        accepted = each.outcome.verdict is Verdict.ACCEPTED
        level = logging.DEBUG if accepted else logging.INFO
        is_logged = LOGGED.isEnabledFor(level)
        if not is_logged and not telemetry.is_on():  # as for almost every letter
            continue
        said, seconds = _said(each), (each.ended_at - each.started_at).total_seconds()
        telemetry.happened("attempt", seconds, said)
        if is_logged:
            logger.log(level, "attempt ended", **said, seconds=round(seconds, 3))


def _said(tried: Tried) -> dict[str, object]:
    claim, outcome = tried.claim, tried.outcome
    return {
        "mailout_id": claim.mailout_id,
        "letter": claim.letter_id,
        "delivery": claim.delivery_id,
        "attempt": claim.number,
        "verdict": outcome.verdict.value,
        "code": outcome.reply.code if outcome.reply else None,
        "enhanced_status": outcome.reply.enhanced_status if outcome.reply else None,
    }


def _asked_for_less(tried: Sequence[Tried]) -> set[str]:
    """Return the domains to whose letters a server answered that we send too many or too fast."""
    slow = (each for each in tried if each.outcome.whose is Whose.PACE)
    return {domain_of(each.claim.address) for each in slow}
