from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import HELD, IN_PROGRESS, DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import suppressions
from dispatch.sending import release
from dispatch.sending.sweep import Swept, finish, settled, sweep
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock


def swept(app: App) -> Swept:
    with app.sessions.begin() as session:
        return sweep(session, now=app.clock())


def put(app: App, state: DeliveryState, **lease: float) -> None:
    """Put the only delivery into a state, whatever the rules say."""
    with app.sessions.begin() as session:
        row = session.query(Delivery).one()
        row.state = state
        row.lease_until = app.clock() + timedelta(**lease) if lease else None


def state(app: App) -> DeliveryState:
    [delivery] = steps.deliveries_of(app).values()
    return delivery.state


@pytest.fixture(autouse=True)
def one_delivery(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())


def test_a_claim_whose_lease_ran_out_queues_again(app: App, clock: FakeClock) -> None:
    put(app, DeliveryState.CLAIMED, seconds=5)
    assert not swept(app).is_anything
    clock.advance(seconds=6)
    assert swept(app).requeued == 1
    assert state(app) is DeliveryState.QUEUED


def test_an_offer_whose_lease_ran_out_is_in_doubt(app: App, clock: FakeClock) -> None:
    put(app, DeliveryState.OFFERED, seconds=5)
    clock.advance(seconds=6)
    assert swept(app).in_doubt == 1
    assert state(app) is DeliveryState.IN_DOUBT
    [delivery] = steps.deliveries_of(app).values()
    assert steps.actions(app, f"delivery:{delivery.id}")[-1] == "delivery.in_doubt"


@pytest.mark.parametrize("waiting", [DeliveryState.QUEUED, DeliveryState.DEFERRED])
def test_what_waits_for_an_address_that_was_barred_meanwhile_does_not_leave(
    app: App, clock: FakeClock, waiting: DeliveryState
) -> None:
    put(app, waiting)
    [address] = steps.deliveries_of(app)
    with app.sessions.begin() as session:
        suppressions.add(session, address, "it complained", by="sam", now=clock())
    assert swept(app).suppressed == 1
    assert state(app) is DeliveryState.SUPPRESSED


@pytest.mark.parametrize("waiting", [DeliveryState.QUEUED, DeliveryState.DEFERRED])
def test_what_waits_past_its_not_after_time_expires(
    app: App, clock: FakeClock, waiting: DeliveryState
) -> None:
    put(app, waiting)
    clock.reach(steps.mailout_of(app).plan.not_after)
    assert swept(app).expired == 1
    assert state(app) is DeliveryState.EXPIRED


@pytest.mark.parametrize("unsettled", [each for each in DeliveryState if each in IN_PROGRESS])
def test_the_clock_moves_every_unsettled_state_on(
    app: App, clock: FakeClock, unsettled: DeliveryState
) -> None:
    put(app, unsettled, seconds=5) if unsettled in HELD else put(app, unsettled)
    clock.reach(steps.mailout_of(app).plan.not_after)
    clock.advance(days=1)
    swept(app)
    swept(app)
    assert state(app) not in IN_PROGRESS


def test_a_mailout_of_which_nothing_waits_is_sent(app: App) -> None:
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.RELEASING
    steps.send_due(app)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT
    assert steps.actions(app)[-1] == "mailout.sent"


def test_doubt_does_not_hold_a_mailout_up(app: App) -> None:
    put(app, DeliveryState.IN_DOUBT)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_a_mailout_that_was_stopped_meanwhile_is_not_called_sent(
    app: App, clock: FakeClock
) -> None:
    steps.send_due(app)
    with app.sessions.begin() as session:
        [name] = settled(session)
        mailout = mailout_named(session, name)
        release.cancel(session, mailout, a_word(clock()))
        assert not finish(session, name, now=clock())
    assert steps.state_of(app) is MailoutState.CANCELLED
