from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.sending import doubts
from dispatch.sending.store import attempts, claims, deliveries
from dispatch.sending.store.attempts import VANISHED
from dispatch.upkeep.store import restored
from tests import steps
from tests.fakes import ACCEPTED, FakeClock


def put(app: App, state: DeliveryState, number: int = 1) -> None:
    with app.sessions.begin() as session:
        values: dict[str, Any] = {
            "state": state,
            "attempts": number,
            "token": number,
            "lease_until": None,
        }
        if state in {DeliveryState.CLAIMED, DeliveryState.OFFERED}:
            values["lease_until"] = app.clock() + app.lease
        session.execute(update(Delivery).values(**values))


def doubted(app: App, clock: FakeClock) -> int:
    """Restore, an hour after the backup."""
    since = clock()
    clock.advance(hours=1)
    with app.sessions.begin() as session:
        return restored.put_in_doubt(session, since=since, now=clock())


@pytest.mark.parametrize(
    ("state", "number", "text"),
    [
        (DeliveryState.QUEUED, 2, restored.UNKNOWN),
        (DeliveryState.DEFERRED, 2, restored.UNKNOWN),
        (DeliveryState.CLAIMED, 1, restored.UNKNOWN),
        (DeliveryState.OFFERED, 1, VANISHED),
    ],
)
def test_what_was_not_settled_is_in_doubt_from_the_backup_on(
    app: App, clock: FakeClock, state: DeliveryState, number: int, text: str
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    put(app, state)
    began_at = clock()
    assert doubted(app, clock) == 1
    [delivery] = steps.deliveries_of(app).values()
    assert (delivery.state, delivery.attempts) == (DeliveryState.IN_DOUBT, number)
    assert (delivery.state_at, delivery.lease_until) == (clock(), None)
    with app.sessions.read() as session:
        [doubt] = doubts.doubtful(session)
        [attempt] = deliveries.attempts_at(session, delivery.id)
    assert (doubt.offered_at, doubt.ended_at, doubt.trouble) == (began_at, clock(), text)
    assert attempt.envid == f"{delivery.id.hex}.{number}"
    assert steps.actions(app, f"delivery:{delivery.id}")[-1] == "delivery.in_doubt"


@pytest.mark.parametrize("state", [each for each in DeliveryState if each not in IN_PROGRESS])
def test_what_was_settled_stays_as_it_was(app: App, clock: FakeClock, state: DeliveryState) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    put(app, state)
    assert doubted(app, clock) == 0
    [delivery] = steps.deliveries_of(app).values()
    assert (delivery.state, delivery.attempts, delivery.token) == (state, 1, 1)


def test_a_reply_that_a_worker_had_kept_settles_what_it_is_about(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    [row] = steps.deliveries_of(app).values()
    claim = Claim(row.id, row.mailout_id, row.letter_id, 1, 1, row.created_at, row.address)
    tried = Tried(claim=claim, started_at=clock(), ended_at=clock(), outcome=ACCEPTED)
    doubted(app, clock)
    with app.sessions.begin() as session:
        attempts.record(session, [tried], now=clock())
    assert steps.deliveries_of(app)[row.address].state is DeliveryState.ACCEPTED


def test_a_worker_of_before_can_neither_offer_nor_put_off_what_is_in_doubt(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    [row] = steps.deliveries_of(app).values()
    claim = Claim(row.id, row.mailout_id, row.letter_id, 1, 1, row.created_at, row.address)
    doubted(app, clock)
    lease_until = clock() + app.lease
    with app.sessions.begin() as session:
        assert not claims.offer(session, [claim], now=clock(), lease_until=lease_until)
        assert not claims.settle(session, [claim], DeliveryState.DEFERRED, now=clock())
    assert steps.deliveries_of(app)[row.address].state is DeliveryState.IN_DOUBT
