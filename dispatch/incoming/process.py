"""Process incoming messages at once, for a person who waits for the result.

Workers do the same in small turns: see `receive` and `conclude`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.database import Sessions
from dispatch.domain.incoming.message import Arrival, MailState
from dispatch.domain.sending.envelope import Sender
from dispatch.incoming import receive
from dispatch.incoming.conclude import Conclusion, conclude_due
from dispatch.incoming.store import messages, readings
from dispatch.mail.incoming.inbox import Inbox
from dispatch.mail.incoming.reader import Reader

AT_ONCE: Final = 100
"""Messages read, or notices concluded from, between two looks at what is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Everything that reading messages and concluding from them needs."""

    sessions: Sessions
    sender: Sender
    soft_bounces: int
    lease: timedelta
    clock: Callable[[], datetime]

    def read_all(self) -> None:
        """Read every message that is unread and not claimed by a worker."""
        with Reader() as reader:
            while self._read(reader, limit=AT_ONCE):
                pass

    def read_these(self, mail_ids: Iterable[UUID]) -> None:
        """Read some messages, where they are unread and not claimed by a worker."""
        with Reader() as reader:
            for mail_id in mail_ids:
                self._read(reader, limit=1, only=mail_id)

    def _read(
        self, reader: Reader, *, limit: int, only: UUID | None = None
    ) -> list[receive.Reading]:
        return receive.read_due(
            self.sessions, reader, lease=self.lease, clock=self.clock, limit=limit, only=only
        )

    def conclude(self) -> list[Conclusion]:
        """Draw every conclusion that waits, whichever message it comes from."""
        done: list[Conclusion] = []
        while found := self._conclude_some():
            done += found
        return done

    def _conclude_some(self) -> list[Conclusion]:
        return conclude_due(
            self.sessions,
            self.sender,
            soft_bounces=self.soft_bounces,
            clock=self.clock,
            limit=AT_ONCE,
        )


@dataclass(frozen=True, slots=True)
class Processed:
    """The messages that were processed, and every conclusion that was drawn."""

    mail_ids: tuple[UUID, ...]
    conclusions: tuple[Conclusion, ...]


def take_in(processor: Processor, given: Iterable[tuple[bytes, Arrival]]) -> Processed:
    """Store, read and conclude from some messages; their ids are in the order given."""
    stored = [
        receive.store(processor.sessions, content, arrival, now=processor.clock())
        for content, arrival in given
    ]
    mail_ids = tuple(each.mail_id for each in stored)
    processor.read_these(dict.fromkeys(mail_ids))
    return Processed(mail_ids, tuple(processor.conclude()))


def poll(processor: Processor, inboxes: Iterable[Inbox]) -> int:
    """Empty the inboxes, read and conclude from what was in them; return how many were new."""
    count = 0
    for inbox in inboxes:
        while new := receive.collect(processor.sessions, inbox, processor.clock):
            count += new
    processor.read_all()
    processor.conclude()
    return count


def read_again(processor: Processor) -> Processed:
    """Read every stored message again, by today's rules, and conclude from it."""
    with processor.sessions.begin() as session:
        mail_ids = readings.read_again(session, now=processor.clock())
    processor.read_all()
    return Processed(tuple(mail_ids), tuple(processor.conclude()))


def retry(processor: Processor, mail_ids: Collection[UUID]) -> int:
    """Read quarantined messages again; return how many of them could be read this time."""
    with processor.sessions.begin() as session:
        readings.read_again(session, now=processor.clock(), only=mail_ids)
    processor.read_these(mail_ids)
    processor.conclude()
    with processor.sessions.read() as session:
        return messages.states_of(session, mail_ids).count(MailState.READ)
