"""What pausing, resuming or cancelling a mailout would do, as it stands at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import HELD, MAYBE_ACCEPTED, WAITING
from dispatch.domain.mailout import LIFE, MailoutState
from dispatch.domain.proposal import Proposal
from dispatch.domain.word import Word
from dispatch.letters.store import letters
from dispatch.sending import release
from dispatch.sending.store import deliveries


class Act(StrEnum):
    """What a person may do to a mailout on its way."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


LEADS_TO: Final = {
    Act.PAUSE: frozenset({MailoutState.PAUSED}),
    Act.RESUME: frozenset({MailoutState.SCHEDULED, MailoutState.RELEASING}),
    Act.CANCEL: frozenset({MailoutState.CANCELLED}),
}
"""The states that each brings a mailout into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Proposal):
    """An act and the mailout that it is about, with how far its letters are."""

    act: Act
    name: str
    state: MailoutState
    left: int
    """Deliveries that have left, or may have."""
    leaving: int
    """Deliveries that are being handed to a mail server."""
    waiting: int
    """Deliveries that wait; before the release, all addresses that the letters will go to."""
    is_released: bool

    @property
    def effect(self) -> object:
        """The act on a mailout in this state: how many have left changes all the time."""
        return (self.act, self.name, self.state)

    @property
    def is_possible(self) -> bool:
        """Whether the act can be done to a mailout in this state."""
        is_paused = self.state is MailoutState.PAUSED
        if self.act is Act.RESUME or is_paused:
            return is_paused and self.act is not Act.PAUSE
        return any(LIFE.allows(self.state, to) for to in LEADS_TO[self.act])


def holding(session: Session, mailout: Mailout, act: Act) -> Holding:
    """Return what an act would do now."""
    counts = deliveries.counts(session, mailout)
    is_released = mailout.released_at is not None
    size = None if is_released else letters.size(session, mailout)
    return Holding(
        act=act,
        name=mailout.name,
        state=mailout.state,
        left=sum(counts.get(each, 0) for each in MAYBE_ACCEPTED),
        leaving=sum(counts.get(each, 0) for each in HELD),
        waiting=size.recipients if size else sum(counts.get(each, 0) for each in WAITING),
        is_released=is_released,
    )


def carry_out(session: Session, mailout: Mailout, act: Act, agreed: str, word: Word) -> Holding:
    """Do what a person agreed to; return how it was just before.

    The mailout must be locked. Raises `ChangedMeanwhile` if its state is another one now, and
    otherwise as `release.pause`, `resume` and `cancel`.
    """
    found = holding(session, mailout, act)
    found.check(agreed)
    match act:
        case Act.PAUSE:
            release.pause(session, mailout, word)
        case Act.RESUME:
            release.resume(session, mailout, word)
        case Act.CANCEL:
            release.cancel(session, mailout, word)
    return found
