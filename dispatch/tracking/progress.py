"""How far the sending of a mailout is, for a page that asks again every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.domain.delivery import ON_TRACK, REACHED, DeliveryState
from dispatch.domain.mailout import RUNNING, MailoutState
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.standing import Standing, standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is at a moment."""

    at: datetime
    name: str
    state: MailoutState
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
        return self.state in RUNNING or self.on_track + self.deferred > 0


def progress(session: Session, name: str, *, now: datetime) -> Progress:
    """Return how far a mailout is, by three statements. Raises `NotFound`."""
    mailout = mailout_named(session, name)
    known = standings(session, [mailout])[mailout.id]
    return of(mailout.name, mailout.state, known, now)


def of(name: str, state: MailoutState, known: Standing, now: datetime) -> Progress:
    """Return how far a mailout is whose letters have come that far."""
    counts = known.tally.deliveries
    in_states = {
        "accepted": sum(counts.get(each, 0) for each in REACHED),
        "on_track": sum(counts.get(each, 0) for each in ON_TRACK),
        "deferred": counts.get(DeliveryState.DEFERRED, 0),
        "in_doubt": counts.get(DeliveryState.IN_DOUBT, 0),
    }
    return Progress(
        at=now,
        name=name,
        state=state,
        reached=known.reached,
        unreached=known.number_unreached,
        ended=sum(counts.values()) - sum(in_states.values()),
        **in_states,
    )
