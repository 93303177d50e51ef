"""How many authorities were reached in each hour, and which after something had gone wrong."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, aliased

from dispatch.database.sql import unindexed
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import REACHED
from dispatch.tracking.store import facts, reach
from dispatch.tracking.store.facts import fact

HOUR: Final = 13
"""Characters of a moment up to its hour, as both databases spell it in UTC."""


def reached(
    session: Session, mailout: Mailout, *, since: datetime
) -> tuple[dict[datetime, int], list[str]]:
    """Return how many were reached in each hour, and the codes of those settled since a moment.

    An authority is settled whose letter was sent again, and arrived. By one statement. The
    deliveries that others follow are few, so that they are counted by themselves and taken off: to
    ask of each whether another follows takes half as long again.
    """
    at = func.substr(cast(_in_utc(session), String), 1, HOUR)
    counted = fact(Delivery.mailout_id, key=at, number=func.count())
    counted = counted.group_by(Delivery.mailout_id, at)
    is_reached, following = Delivery.state.in_(REACHED), aliased(Delivery)
    replaced = select(following.replaces_id).where(following.replaces_id.is_not(None))
    # Without the index of the mailout's: these few are found by that of those that follow another.
    of_few = (
        is_reached,
        unindexed(Delivery.mailout_id) == mailout.id,
        Delivery.role == mailout.plan.to_roles[0],
    )
    again = reach.is_last(), Delivery.replaces_id.is_not(None), Delivery.state_at >= since
    parts = (
        ("hours", counted.where(is_reached, reach.is_to_role([mailout]))),
        ("replaced", counted.where(*of_few, Delivery.id.in_(replaced))),
        ("again", fact(Delivery.mailout_id, key=Delivery.authority_code).where(*of_few, *again)),
    )
    found = facts.read(session, parts)
    hours = Counter({_moment(each.key): each.number for each in found[mailout.id, "hours"]})
    hours.subtract({_moment(each.key): each.number for each in found[mailout.id, "replaced"]})
    reached_in = {hour: count for hour, count in sorted(hours.items()) if count}
    return reached_in, sorted(each.key for each in found[mailout.id, "again"])


def _in_utc(session: Session) -> object:
    if session.get_bind().dialect.name == "postgresql":
        return func.timezone("UTC", Delivery.state_at)
    return Delivery.state_at


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
