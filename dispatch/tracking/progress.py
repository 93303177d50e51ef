"""How far the letters of a mailout are, made or sent, for a page that asks every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import ON_TRACK, REACHED, DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import RUNNING, MailoutState
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.standing import Standing, standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is at a moment."""

    at: datetime
    name: str
    state: MailoutState
    release_at: datetime
    letters: int
    """Letters in force."""
    made: int
    """Letters in force whose bytes are stored."""
    failed: int
    """Letters that could not be made."""
    is_asked: bool
    """Whether somebody has asked for the letters of this draft, and no change has come since."""
    reached: int
    unreached: int
    accepted: int
    """Deliveries that a server took charge of, and that have not come back."""
    on_track: int
    """Deliveries that go on by themselves, and nothing has gone wrong."""
    deferred: int
    in_doubt: int
    ended: int
    """Deliveries that did not arrive: refused, bounced, expired, suppressed or cancelled."""

    @property
    def deliveries(self) -> int:
        return self.accepted + self.on_track + self.deferred + self.in_doubt + self.ended

    @property
    def is_moving(self) -> bool:
        """Whether it goes on by itself, so that it is worth asking again."""
        return self.state in RUNNING or self.is_making or self.on_track + self.deferred > 0

    @property
    def is_making(self) -> bool:
        """Whether its letters are being made: it is a draft until the clock has seen them all."""
        is_over = self.failed > 0 and self.made + self.failed == self.letters
        return self.is_asked and not is_over


def progress(session: Session, name: str, *, now: datetime) -> Progress:
    """Return how far a mailout is, by three statements. Raises `NotFound`."""
    mailout = mailout_named(session, name)
    known = standings(session, [mailout])[mailout.id]
    return of(mailout, known, now)


def of(mailout: Mailout, known: Standing, now: datetime) -> Progress:
    """Return how far a mailout is whose letters have come that far."""
    counts, letters = known.tally.deliveries, known.tally.letters
    is_draft = mailout.state is MailoutState.DRAFT
    in_states = {
        "accepted": sum(counts.get(each, 0) for each in REACHED),
        "on_track": sum(counts.get(each, 0) for each in ON_TRACK),
        "deferred": counts.get(DeliveryState.DEFERRED, 0),
        "in_doubt": counts.get(DeliveryState.IN_DOUBT, 0),
    }
    return Progress(
        at=now,
        name=mailout.name,
        state=mailout.state,
        release_at=mailout.plan.release_at,
        letters=sum(letters.values()),
        made=letters.get(LetterState.RENDERED, 0),
        failed=letters.get(LetterState.FAILED, 0),
        is_asked=is_draft and mailout.template_digest is not None,
        reached=known.reached,
        unreached=known.number_unreached,
        ended=sum(counts.values()) - sum(in_states.values()),
        **in_states,
    )
