"""Reach: how far each authority's letter has come, as the last delivery of its chain tells."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import REACHED, DeliveryState
from dispatch.letters.store import letters
from dispatch.tracking.store import standing


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an authority's letter has come to its first To role: the last delivery of a chain."""

    code: str
    """The authority's."""
    delivery_id: UUID
    letter_id: UUID
    state: DeliveryState
    state_at: datetime
    due_at: datetime
    address: str
    address_key: str


def standings(session: Session, mailout: Mailout) -> dict[str, Standing]:
    """Return how far each authority's letter has come, by its code.

    The role that counts is the first of the plan's To roles: the chief executive, say. An
    authority to which nothing has gone is not there.
    """
    following = aliased(Delivery)
    query = (
        select(
            Delivery.authority_code,
            Delivery.id,
            Delivery.letter_id,
            Delivery.state,
            Delivery.state_at,
            Delivery.due_at,
            Delivery.address,
            Delivery.address_key,
        )
        .outerjoin(following, following.replaces_id == Delivery.id)
        .where(
            Delivery.mailout_id == mailout.id,
            Delivery.role == mailout.plan.to_roles[0],
            following.id.is_(None),
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    return {each.code: each for each in (Standing(*row) for row in session.execute(query))}


def reached(standings: Mapping[str, Standing]) -> frozenset[str]:
    """Return the codes whose letter is accepted or better."""
    return frozenset(code for code, each in standings.items() if each.state in REACHED)


def unreached(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the authorities of which nobody can say yet that the letter is where it should be."""
    return unsure(
        letters.authorities(session, mailout),
        standings(session, mailout),
        standing.challenged_authorities(session, mailout),
        standing.delayed_since(session, mailout),
    )


def unsure(
    due: frozenset[str],
    how_far: Mapping[str, Standing],
    challenged: frozenset[str],
    delayed: Container[UUID],
) -> frozenset[str]:
    """Return which of the authorities that are due a letter are not surely reached.

    So are those whose letter waits behind a challenge, or that a server cannot pass on yet.
    """
    is_late = {code for code, each in how_far.items() if each.delivery_id in delayed}
    return due - (reached(how_far) - challenged - is_late)
