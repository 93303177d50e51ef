"""The life of a delivery: one letter to one address, from queued to its end.

    queued ──▶ claimed ──▶ offered ──▶ accepted ──▶ delivered
      ▲          │            │  │         └───────────┴────▶ bounced
      │◀─────────┘            │  └──▶ in_doubt ──▶ accepted | delivered | bounced | queued
      │◀── deferred ◀─────────┤
      │◀───────────────────── └──▶ refused
      └──▶ suppressed | cancelled | expired

Each change of state goes through `LIFE`, or through a guarded UPDATE whose move `LIFE` has checked,
so this table is complete.

Groups of states are named here and nowhere else; each says what is true of a delivery in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from dispatch.domain.hours import ANY_TIME, SendingTimes
from dispatch.domain.life import Life
from dispatch.domain.reply import Verdict


class DeliveryState(Enum):
    """Where a delivery stands. The value is what the database and reports show."""

    QUEUED = "queued"
    """It waits for its time and a worker."""

    CLAIMED = "claimed"
    """A worker holds it under a lease, and the server cannot have accepted it yet."""

    OFFERED = "offered"
    """The final dot is about to leave or has left; no answer is recorded yet."""

    IN_DOUBT = "in_doubt"
    """The server may or may not have it. Proof of acceptance or a person settles that, never
    another attempt."""

    DEFERRED = "deferred"
    """The server said "not now"; it is offered again when its time comes."""

    ACCEPTED = "accepted"
    """A server took charge of it. Silence from here on is good news, but proves nothing."""

    DELIVERED = "delivered"
    """A delivery status notification says that it reached the mailbox."""

    BOUNCED = "bounced"
    """It was accepted and came back."""

    REFUSED = "refused"
    """The server refused it permanently."""

    SUPPRESSED = "suppressed"
    """It was not tried: the address is suppressed."""

    CANCELLED = "cancelled"
    """A person stopped it before it left, or its address has the letter from another mailout."""

    EXPIRED = "expired"
    """Its not-after time passed before a server accepted it."""


_S = DeliveryState

_ENDED_UNSENT: Final = frozenset({_S.SUPPRESSED, _S.CANCELLED, _S.EXPIRED})

LIFE: Final = Life(
    "a delivery",
    {
        _S.QUEUED: frozenset({_S.CLAIMED}) | _ENDED_UNSENT,
        # Deferred or refused before the dot: the server said so at MAIL, RCPT or DATA.
        # Cancelled: its worker finds that it may not be offered any more.
        _S.CLAIMED: frozenset({_S.OFFERED, _S.QUEUED, _S.DEFERRED, _S.REFUSED, _S.CANCELLED}),
        _S.OFFERED: frozenset({_S.ACCEPTED, _S.DEFERRED, _S.REFUSED, _S.IN_DOUBT}),
        # Back to queued only if a person says that it was never sent.
        _S.IN_DOUBT: frozenset({_S.ACCEPTED, _S.DELIVERED, _S.BOUNCED, _S.QUEUED}),
        _S.DEFERRED: frozenset({_S.CLAIMED, _S.QUEUED}) | _ENDED_UNSENT,
        # A bounce may follow a good report: a mailbox rule can forward and fail later.
        _S.ACCEPTED: frozenset({_S.DELIVERED, _S.BOUNCED}),
        _S.DELIVERED: frozenset({_S.BOUNCED}),
        _S.BOUNCED: frozenset(),
        # Only if the same refusal for others shows that it was about us.
        _S.REFUSED: frozenset({_S.QUEUED}),
        _S.SUPPRESSED: frozenset(),
        _S.CANCELLED: frozenset(),
        _S.EXPIRED: frozenset(),
    },
    begins=frozenset({_S.QUEUED, _S.SUPPRESSED}),
    unseen=frozenset({_S.CLAIMED, _S.OFFERED}),
)

WAITING: Final = frozenset({_S.QUEUED, _S.DEFERRED})
"""A worker may claim it once it is due."""

HELD: Final = frozenset({_S.CLAIMED, _S.OFFERED})
"""A worker holds it, for as long as its lease runs."""

IN_PROGRESS: Final = WAITING | HELD
"""The clock and the workers still move it on by themselves."""

UNFINISHED: Final = IN_PROGRESS | {_S.IN_DOUBT}
"""It has not come to an end: it is in progress, or a doubt about it must be settled."""

ON_TRACK: Final = IN_PROGRESS - {_S.DEFERRED}
"""In progress, and nothing has gone wrong so far."""

HELD_OR_IN_DOUBT: Final = HELD | {_S.IN_DOUBT}
"""Nobody can say whether the letter has left, or it may leave at any moment."""

REACHED: Final = frozenset({_S.ACCEPTED, _S.DELIVERED})
"""The letter is with the recipient's side, as far as anyone can tell."""

MAYBE_REACHED: Final = REACHED | {_S.IN_DOUBT}
"""The letter is with the recipient's side, or may be."""

EVER_ACCEPTED: Final = REACHED | {_S.BOUNCED}
"""A server is known to have accepted the message, even if it came back later."""

MAYBE_ACCEPTED: Final = EVER_ACCEPTED | {_S.IN_DOUBT}
"""A server has accepted the message, or may have."""

FITS_ACCEPTANCE: Final = EVER_ACCEPTED | {_S.OFFERED}
"""Proof that a server accepted the message does not contradict the record."""

REJECTED: Final = frozenset({_S.BOUNCED, _S.REFUSED})
"""A server would not take it or returned it, which counts against the address."""

LEASE_RAN_OUT: Final = {_S.CLAIMED: _S.QUEUED, _S.OFFERED: _S.IN_DOUBT}
"""Where the clock moves a delivery whose worker vanished: before the dot the server cannot have
accepted it; after the dot nobody knows."""


AFTER_ATTEMPT: Final = {
    Verdict.ACCEPTED: _S.ACCEPTED,
    Verdict.DEFERRED: _S.DEFERRED,
    Verdict.REFUSED: _S.REFUSED,
    Verdict.IN_DOUBT: _S.IN_DOUBT,
}
"""The state that each verdict leads to. A withdrawn attempt changes nothing: the
worker no longer held the delivery."""


def retry_at(
    now: datetime,
    attempts: int,
    waits: Sequence[timedelta],
    times: SendingTimes = ANY_TIME,
    *,
    jitter: float = 0.0,
    chance: float = 0.0,
) -> datetime:
    """Return when to try again after this many attempts, on a day and at an hour for sending.

    The last wait repeats. Each wait is longer by the share `jitter * chance`, where `chance` is a
    random number from 0 to 1, so that deliveries deferred together do not come back together.
    Retries go on until the delivery's not-after time ends them.
    """
    wait = waits[min(attempts, len(waits)) - 1]
    return times.next_opening(now + wait * (1 + jitter * chance))
