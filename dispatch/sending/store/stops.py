"""Replies about ourselves that paused a mailout, and refusals that came one after another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from dispatch.database.tables import Attempt, Delivery, Mailout, Stop
from dispatch.domain.delivery import LIFE, DeliveryState
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.replies.likeness import likeness, without_addresses
from dispatch.domain.reply import Reply
from dispatch.ledger import events, journal

MOST_LOOKED_AT: Final = 200
"""Attempts among which replies that are alike are looked for."""

Key = tuple[str, int, str]
"""What replies have in common that say the same: verb, code, and the words that do not vary."""


def key_of(reply: Reply) -> Key:
    """Return what a reply has in common with those that say the same about somebody else."""
    return reply.verb, reply.code, likeness(reply.text)


def add(session: Session, mailout: Mailout, reply: Reply, *, now: datetime) -> None:
    """Note the reply by which a mailout was paused."""
    verb, code, alike = key_of(reply)
    text = without_addresses(reply.text)
    session.add(
        Stop(mailout_id=mailout.id, at=now, verb=verb, code=code, text=text, likeness=alike)
    )


def last_open(session: Session, mailout: Mailout) -> Stop | None:
    """Return the reply that paused a mailout, if a reply did and nobody has resumed it since."""
    query = select(Stop).where(Stop.mailout_id == mailout.id, Stop.resumed_at.is_(None))
    return session.scalars(query.order_by(Stop.at.desc(), Stop.id).limit(1)).first()


def resume(session: Session, mailout: Mailout, *, now: datetime, is_about_council: bool) -> int:
    """Note that a person let a mailout go on, and what they said of how many replies."""
    resumed = session.execute(
        update(Stop)
        .where(Stop.mailout_id == mailout.id, Stop.resumed_at.is_(None))
        .values(resumed_at=now, is_about_council=is_about_council)
        .returning(Stop.id)
        .execution_options(synchronize_session=False)
    )
    return len(resumed.all())


def about_council(session: Session, mailout_ids: Collection[UUID]) -> dict[UUID, set[Key]]:
    """Return, by mailout, the replies that a person said are about the recipient."""
    query = select(Stop.mailout_id, Stop.verb, Stop.code, Stop.likeness).where(
        Stop.mailout_id.in_(mailout_ids), Stop.is_about_council
    )
    found: dict[UUID, set[Key]] = {id_: set() for id_ in mailout_ids}
    for mailout_id, verb, code, alike in session.execute(query):
        found[mailout_id].add((verb, code, alike))
    return found


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply to one attempt, and where its delivery stands."""

    delivery_id: UUID
    address: str
    state: DeliveryState
    reply: Reply


def last_replies(session: Session, mailout_id: UUID) -> Sequence[Answered]:
    """Return the last replies since a mailout was last resumed, the newest first."""
    since = select(func.max(Stop.resumed_at)).where(Stop.mailout_id == mailout_id)
    query = (
        select(
            Delivery.id, Delivery.address, Delivery.state, Attempt.verb, Attempt.code, Attempt.text
        )
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.mailout_id == mailout_id, Attempt.code.is_not(None))
        .order_by(Attempt.ended_at.desc(), Attempt.id)
        .limit(MOST_LOOKED_AT)
    )
    if resumed_at := session.scalar(since):
        query = query.where(Attempt.ended_at > resumed_at)
    return [
        Answered(id_, address, state, Reply(verb or "", code or 0, text or ""))
        for id_, address, state, verb, code, text in session.execute(query)
    ]


def give_back(session: Session, delivery_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Queue refused deliveries again, since the refusals were about us; return those that moved.

    One that was resent in the meantime stays as it is: its letter goes by the other delivery.
    """
    LIFE.check([DeliveryState.REFUSED], DeliveryState.QUEUED)
    other = aliased(Delivery)
    moved = session.execute(
        update(Delivery)
        .where(
            Delivery.id.in_(delivery_ids),
            Delivery.state == DeliveryState.REFUSED,
            ~exists().where(other.replaces_id == Delivery.id),
        )
        .values(
            state=DeliveryState.QUEUED,
            state_at=now,
            due_at=now,
            lease_until=None,
            about_us=Delivery.about_us + 1,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    ids = list(moved.scalars())
    kind = events.DELIVERY_GIVEN_BACK
    journal.append_all(session, (kind.event(now, WORKER, each) for each in ids))
    return ids
