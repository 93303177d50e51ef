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
from dispatch.domain.digest import sha256
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.replies.likeness import likeness, without_addresses
from dispatch.domain.reply import Reply
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import SHORT, Subject

MOST_LOOKED_AT: Final = 200
"""Attempts among which replies that are alike are looked for."""

Key = tuple[str, int, str]
"""What replies have in common that say the same: verb, code, and the words that do not vary."""


def key_of(reply: Reply) -> Key:
    """Return what a reply has in common with those that say the same about somebody else."""
    return reply.verb, reply.code, likeness(reply.text)


def named(key: Key) -> str:
    """Return the name by which the ledger tells such replies from others."""
    return sha256(" ".join(map(str, key)).encode())[:SHORT]


def add(session: Session, mailout: Mailout, reply: Reply, *, now: datetime) -> None:
    """Note the reply by which a mailout was paused."""
    verb, code, alike = key_of(reply)
    text = without_addresses(reply.text)
    session.add(
        Stop(mailout_id=mailout.id, at=now, verb=verb, code=code, text=text, likeness=alike)
    )


def resume(
    session: Session, mailout: Mailout, *, now: datetime, is_about_council: bool
) -> list[Reply]:
    """Note that a person let a mailout go on, and what they said of the replies that are returned.

    What they said holds once the ledger has it: see `about_council`.
    """
    resumed = session.execute(
        update(Stop)
        .where(Stop.mailout_id == mailout.id, Stop.resumed_at.is_(None))
        .values(resumed_at=now, is_about_council=is_about_council)
        .returning(Stop.verb, Stop.code, Stop.text)
        .execution_options(synchronize_session=False)
    )
    return [Reply(verb, code, text) for verb, code, text in resumed]


def about_council(session: Session, mailout_ids: Collection[UUID]) -> dict[UUID, set[Key]]:
    """Return, by mailout, the replies that a person said are about the recipient.

    Only those of which our ledger has it that a person did: a row alone would let somebody with the
    database have letters refused.
    """
    query = (
        select(Mailout.id, Mailout.name, Stop.verb, Stop.code, Stop.likeness)
        .join(Mailout, Mailout.id == Stop.mailout_id)
        .where(Stop.mailout_id.in_(mailout_ids), Stop.is_about_council)
    )
    found: dict[UUID, set[Key]] = {id_: set() for id_ in mailout_ids}
    rows = session.execute(query).all()
    ruled = _ruled(session, {name for _, name, *_ in rows})
    for mailout_id, name, verb, code, alike in rows:
        key = (verb, code, alike)
        if named(key) in ruled[name]:
            found[mailout_id].add(key)
    return found


def _ruled(session: Session, mailouts: Collection[str]) -> dict[str, set[str]]:
    """Return the names of the replies that the ledger says are about the recipient, by mailout."""
    if not mailouts:
        return {}
    subjects = {name: Subject.MAILOUT.of(name) for name in mailouts}
    told = journal.all_of_ours(session, subjects.values(), {events.MAILOUT_RELEASING.action})
    return {
        name: {
            reply
            for event in told[subject] or ()
            for reply in event.detail.get("replies", "").split()
        }
        for name, subject in subjects.items()
    }


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply to one attempt, and where its delivery stands."""

    delivery_id: UUID
    address: str
    is_first: bool
    """Whether it was the first attempt at the delivery."""
    reply: Reply


def last_replies(session: Session, mailout_id: UUID) -> Sequence[Answered]:
    """Return the last replies since a mailout was last resumed, the newest first.

    Of those of one moment, as by a coarse clock, the refusals count as the newer.
    """
    # The last attempts at all deliveries are chosen first, by an index: whatever the size of the
    # mailout, as many rows are read.
    lately = (
        select(Attempt)
        .where(Attempt.code.is_not(None))
        .order_by(Attempt.ended_at.desc())
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    last = aliased(Attempt, lately)
    since = select(func.max(Stop.resumed_at)).where(Stop.mailout_id == mailout_id)
    query = (
        select(Delivery.id, Delivery.address, last.number, last.verb, last.code, last.text)
        .join(Delivery, Delivery.id == last.delivery_id)
        .where(Delivery.mailout_id == mailout_id)
        .order_by(last.ended_at.desc(), last.code.desc(), last.id)
    )
    if resumed_at := session.scalar(since):
        query = query.where(last.ended_at > resumed_at)
    return [
        Answered(id_, address, number == 1, Reply(verb or "", code or 0, text or ""))
        for id_, address, number, verb, code, text in session.execute(query)
    ]


def give_back(session: Session, delivery_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Queue refused deliveries again, since the refusals were about us; return those that moved.

    One that was resent in the meantime stays as it is: its letter goes by the other delivery. Those
    that were only deferred are due at once.
    """
    LIFE.check([DeliveryState.REFUSED], DeliveryState.QUEUED)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.DEFERRED)
        .values(due_at=now, about_us=Delivery.about_us + 1)
        .execution_options(synchronize_session=False)
    )
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
