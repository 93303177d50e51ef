"""Hold back a message whose letter its address has from another mailout.

A release looks across mailouts once. Deliveries also start to move later: after a pause, after a
refusal that was about us, at the next attempt, or because a person sends a letter again. So each
batch is looked at once more when it is claimed. It is looked at after the claim is committed: of
two workers that claim a copy each at one moment, at least one then sees the other's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import HELD
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.sending.attempt import Claim
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import repeats
from dispatch.letters.store.repeats import Copy, copies
from dispatch.sending.store import claims, deliveries

PAUSE: Final = timedelta(minutes=1)
"""How long to wait while another worker holds the copy."""


def find(session: Session, taken: Sequence[Claim]) -> dict[Claim, Copy]:
    """Return the claims that must not be tried, each with the copy that its address has, or may.

    Not those for which somebody has said why the address gets the letter twice: when either mailout
    was scheduled, or when the letter was sent again.
    """
    known = copies(session, [claim.delivery_id for claim in taken]) if taken else {}
    found: dict[Claim, Copy] = {}
    for claim in taken:
        unexcused = [
            copy
            for copy in known.get(claim.delivery_id, ())
            if not _is_excused(session, claim, copy)
        ]
        if unexcused:  # one that has left before one that a worker holds
            found[claim] = min(unexcused, key=lambda copy: copy.state in HELD)
    return found


def _is_excused(session: Session, claim: Claim, copy: Copy) -> bool:
    mailout, other = (session.get_one(Mailout, id_) for id_ in (claim.mailout_id, copy.mailout_id))
    if repeats.is_excused(session, mailout, other):
        return True
    subject = Subject.DELIVERY.of(claim.delivery_id)
    resent = journal.last(session, subject, {events.DELIVERY_RESENT.action})
    return resent is not None and "again" in resent.detail


def hold_back(session: Session, found: Mapping[Claim, Copy], *, now: datetime) -> None:
    """Cancel the claims whose letter the address has, or may have; let the others ask again later.

    If a doubt about the copy ends with "not sent", that one is sent. Whether a cancelled one goes
    all the same is for a person to say, by sending it again.
    """
    for claim, copy in found.items():
        is_waiting = copy.state in HELD
        # Two that hold each other back do not come back at one moment.
        again = now + PAUSE * (1 if claim.delivery_id < copy.delivery_id else 2)
        due_at = again if is_waiting else None
        if claims.release(session, [claim], now=now, due_at=due_at) and not is_waiting:
            deliveries.cancel_copy(session, claim.delivery_id, now=now)
            cancelled = events.DELIVERY_CANCELLED
            detail = {"copy": str(copy.delivery_id)}
            journal.append(session, cancelled.event(now, WORKER, claim.delivery_id, **detail))
