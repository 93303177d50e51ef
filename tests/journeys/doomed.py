"""A mail server that knows what it has taken, and a way to it on which a worker may die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final
from uuid import UUID

from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope, attempt_of
from tests.fakes import FakeTransport
from tests.outages import PowerCut


class Fate(Enum):
    """What a mail server may make of one attempt. The value is what the worker learns."""

    TAKEN = Outcome.answered(Reply(".", 250, "2.0.0 queued"))
    TAKEN_UNHEARD = Outcome(Verdict.IN_DOUBT, trouble="connection lost after the dot")
    UNHEARD = Outcome(Verdict.IN_DOUBT, trouble="connection lost at the dot")
    DISK_FULL = Outcome.answered(Reply(".", 452, "4.3.1 disk full"))
    NOT_WANTED = Outcome.answered(Reply(".", 554, "5.7.1 not wanted"))
    GREYLISTED = Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted"))
    NO_MAILBOX = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))
    FALLEN = Outcome(Verdict.DEFERRED, trouble="connection lost during DATA")


TAKING: Final = (Fate.TAKEN, Fate.TAKEN_UNHEARD)
BEFORE_DOT: Final = (Fate.GREYLISTED, Fate.NO_MAILBOX, Fate.FALLEN)


class Phase(Enum):
    """Where a whole worker dies over a letter."""

    NEVER = auto()
    BEFORE_MARK = auto()
    BEFORE_DOT = auto()
    AFTER_DOT = auto()
    AFTER_REPLY = auto()


@dataclass
class Server:
    """A mail server, and what it has taken: the truth that the promises are held against."""

    copies: Counter[UUID] = field(default_factory=Counter)

    def hear_the_dot(self, delivery_id: UUID, fate: Fate) -> Outcome:
        self.copies[delivery_id] += fate in TAKING
        outcome: Outcome = fate.value
        return outcome


@dataclass(kw_only=True)
class DoomedTransport(FakeTransport):
    """A way to that server, for a worker that dies in a certain phase of its next letter."""

    server: Server
    fate: Fate
    phase: Phase
    die: Callable[[], None]

    def hear_the_offer(self) -> Outcome:
        self._come_to(Phase.BEFORE_MARK)
        outcome: Outcome = self.fate.value
        return outcome

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        self._come_to(Phase.BEFORE_DOT)
        [delivery_id, _] = attempt_of(envelope.envid) or [None, None]
        assert delivery_id
        self.server.hear_the_dot(delivery_id, self.fate)
        self._come_to(Phase.AFTER_DOT)
        if self.phase is Phase.AFTER_REPLY:
            self.die()

    def _come_to(self, phase: Phase) -> None:
        if phase is self.phase:
            self.die()
            raise PowerCut
