"""After a restore, mark as in doubt every delivery that may have been sent since the backup."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import Attempt, Delivery
from dispatch.domain.delivery import LIFE, WAITING, DeliveryState
from dispatch.sending.store import deliveries
from dispatch.sending.store.attempts import in_doubt

UNKNOWN: Final = "it was waiting when the backup was taken; whether it left after that is not known"

_S = DeliveryState


def put_in_doubt(session: Session, *, since: datetime, now: datetime) -> int:
    """Put in doubt every delivery that was in progress when the backup was taken; count them.

    It is done as if a worker had claimed and offered each right after the backup and then died,
    which may be what happened. The attempt says between which moments that may have been, for the
    mail server's log to be searched. A worker that still runs holds an older token, and so can
    neither offer the delivery nor settle it.
    """
    newly_claimed = {"attempts": Delivery.attempts + 1, "token": Delivery.token + 1}
    _move(session, WAITING, _S.CLAIMED, newly_claimed)
    attempts = [
        in_doubt(delivery_id, number, (since, now), UNKNOWN)
        for delivery_id, number in _move(session, {_S.CLAIMED}, _S.OFFERED, {"state_at": since})
    ]
    if attempts:
        session.execute(insert(table_of(Attempt)), attempts)
    # With their leases over, the sweep takes these to `in_doubt`, as it does after a crash.
    over = update(Delivery).where(Delivery.state == _S.OFFERED)
    session.execute(over.values(lease_until=now - timedelta(seconds=1)))
    return deliveries.take_back(session, now=now)[_S.IN_DOUBT]


def _move(
    session: Session, states: Collection[_S], then: _S, values: Mapping[str, Any]
) -> list[Any]:
    LIFE.check(states, then)
    moving = update(Delivery).where(Delivery.state.in_(states)).values(state=then, **values)
    moving = moving.returning(Delivery.id, Delivery.attempts)
    return list(session.execute(moving.execution_options(synchronize_session=False)))
