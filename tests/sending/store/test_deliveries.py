from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import ImpossibleMove, NotFound
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from tests import steps
from tests.fakes import FakeClock, FakeTransport

DOUBT = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")


@pytest.fixture(autouse=True)
def all_in_doubt(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    """Two authorities' letters, each to two recipients, all in doubt."""
    steps.released(app, clock, "OXO", "ADU")
    transport.outcomes.extend([DOUBT] * 4)
    steps.send_due(app)


def ids(app: App) -> list[UUID]:
    return sorted(each.id for each in steps.deliveries_of(app).values())


def put(app: App, delivery_id: UUID, state: DeliveryState) -> None:
    """Put a delivery into a state, whatever the rules say."""
    with app.sessions.begin() as session:
        session.get_one(Delivery, delivery_id).state = state


def test_what_is_in_doubt_comes_by_authority_each_with_its_last_attempt(app: App) -> None:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        found = deliveries.in_doubt(session, mailout)
        assert [(each.authority_code, each.kind.value) for each, _ in found] == [
            ("ADU", "to"),
            ("ADU", "cc"),
            ("OXO", "to"),
            ("OXO", "cc"),
        ]
        assert [attempt and attempt.text for _, attempt in found] == [DOUBT.trouble] * 4
        assert deliveries.in_doubt(session) == found


@pytest.mark.parametrize(
    ("state", "is_denied"),
    [
        (DeliveryState.IN_DOUBT, False),
        (DeliveryState.ACCEPTED, False),
        (DeliveryState.BOUNCED, False),
        (DeliveryState.QUEUED, True),
        (DeliveryState.CLAIMED, True),
        (DeliveryState.REFUSED, True),
        (DeliveryState.EXPIRED, True),
    ],
)
def test_what_was_in_doubt_and_is_not_taken_was_denied_by_a_person(
    app: App, state: DeliveryState, *, is_denied: bool
) -> None:
    one = ids(app)[0]
    put(app, one, state)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        found = [each.id for each in deliveries.denied(session, mailout)]
        assert found == ([one] if is_denied else [])
        assert [each.id for each in deliveries.denied(session)] == found


def test_a_late_acceptance_does_not_hide_what_was_denied(app: App) -> None:
    one = ids(app)[0]
    put(app, one, DeliveryState.QUEUED)
    with app.sessions.begin() as session:
        deliveries.attempts_at(session, one)[0].verdict = Verdict.ACCEPTED.value
    with app.sessions.read() as session:
        assert [each.id for each in deliveries.denied(session)] == [one]


def test_only_what_is_in_doubt_can_be_accepted_so(app: App, clock: FakeClock) -> None:
    one, other, *_ = ids(app)
    put(app, other, DeliveryState.QUEUED)
    with app.sessions.begin() as session:
        assert deliveries.accept(session, one, now=clock())
        assert not deliveries.accept(session, one, now=clock())
        assert not deliveries.accept(session, other, now=clock())


def test_a_delivery_is_found_by_the_beginning_of_its_id(app: App) -> None:
    one = ids(app)[0]
    with app.sessions.read() as session:
        assert deliveries.id_starting_with(session, str(one)[:23]) == one
        with pytest.raises(NotFound, match="no delivery has an id that begins with 00000000-0000"):
            deliveries.id_starting_with(session, "00000000-0000")
        with pytest.raises(NotFound, match="there is no delivery"):
            deliveries.with_mailout(session, UUID(int=0))


def test_a_delivery_goes_only_where_the_rules_allow(app: App, clock: FakeClock) -> None:
    clock.advance(minutes=1)
    with app.sessions.begin() as session:
        delivery, mailout = deliveries.with_mailout(session, ids(app)[0], is_locked=True)
        assert mailout.name == steps.NAME
        with pytest.raises(ImpossibleMove):
            delivery.move_to(DeliveryState.OFFERED, clock())
        delivery.move_to(DeliveryState.QUEUED, clock())
        assert (delivery.state, delivery.state_at) == (DeliveryState.QUEUED, clock())
