from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.db import Delivery, doubts, queries
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import ImpossibleMove, NotFound, RuleBroken
from dispatch.domain.reply import Outcome, Verdict
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
        mailout = queries.mailout_named(session, steps.NAME)
        found = doubts.in_doubt(session, mailout)
        assert [(each.authority_code, each.kind.value) for each, _ in found] == [
            ("ADU", "to"),
            ("ADU", "cc"),
            ("OXO", "to"),
            ("OXO", "cc"),
        ]
        assert [attempt and attempt.text for _, attempt in found] == [DOUBT.trouble] * 4
        assert doubts.in_doubt(session) == found


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
        mailout = queries.mailout_named(session, steps.NAME)
        found = [each.id for each in doubts.denied(session, mailout)]
        assert found == ([one] if is_denied else [])
        assert [each.id for each in doubts.denied(session)] == found


def test_a_late_acceptance_does_not_hide_what_was_denied(app: App) -> None:
    one = ids(app)[0]
    put(app, one, DeliveryState.QUEUED)
    with app.sessions.begin() as session:
        queries.attempts(session, one)[0].verdict = Verdict.ACCEPTED.value
    with app.sessions.read() as session:
        assert [each.id for each in doubts.denied(session)] == [one]


def test_only_what_is_in_doubt_can_be_accepted_so(app: App, clock: FakeClock) -> None:
    one, other, *_ = ids(app)
    put(app, other, DeliveryState.QUEUED)
    with app.sessions.begin() as session:
        assert doubts.accept(session, one, now=clock())
        assert not doubts.accept(session, one, now=clock())
        assert not doubts.accept(session, other, now=clock())


def test_a_delivery_is_found_by_the_beginning_of_its_id(app: App) -> None:
    one = ids(app)[0]
    with app.sessions.read() as session:
        for beginning in (str(one), one.hex, str(one).upper()[:23]):
            assert doubts.delivery_id_of(session, f" {beginning} ") == one


@pytest.fixture
def neighbours(app: App) -> list[UUID]:
    """Two deliveries whose ids begin alike, the first and the last of all that can."""
    beginning = "abcdef12"
    made = [UUID(beginning.ljust(32, digit)) for digit in "0f"]
    with app.sessions.begin() as session:
        for row, id_ in zip(session.query(Delivery).all(), made, strict=False):
            session.expunge(row)
            values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
            session.add(Delivery(**values | {"id": id_, "replaces_id": row.id}))
    return made


def test_a_beginning_that_two_share_names_neither(app: App, neighbours: list[UUID]) -> None:
    with app.sessions.read() as session:
        for each in neighbours:
            assert doubts.delivery_id_of(session, each.hex[:9]) == each
        with pytest.raises(RuleBroken, match="more than one delivery has an id that begins"):
            doubts.delivery_id_of(session, "abcdef12")


@pytest.mark.parametrize("beginning", ["", "-", "xyz", "0" * 33, "%"])
def test_what_is_no_id_is_said_to_be_none(app: App, beginning: str) -> None:
    with app.sessions.read() as session, pytest.raises(NotFound, match="not the id of a delivery"):
        doubts.delivery_id_of(session, beginning)


def test_an_id_that_nothing_has_is_not_found(app: App) -> None:
    with app.sessions.read() as session:
        with pytest.raises(NotFound, match="no delivery has an id that begins with 00000000-0000"):
            doubts.delivery_id_of(session, "00000000-0000")
        with pytest.raises(NotFound, match="there is no delivery"):
            doubts.with_mailout(session, UUID(int=0))


def test_a_delivery_goes_only_where_the_rules_allow(app: App, clock: FakeClock) -> None:
    clock.advance(minutes=1)
    with app.sessions.begin() as session:
        delivery, mailout = doubts.with_mailout(session, ids(app)[0], is_locked=True)
        assert mailout.name == steps.NAME
        with pytest.raises(ImpossibleMove):
            delivery.move_to(DeliveryState.OFFERED, clock())
        delivery.move_to(DeliveryState.QUEUED, clock())
        assert (delivery.state, delivery.state_at) == (DeliveryState.QUEUED, clock())
