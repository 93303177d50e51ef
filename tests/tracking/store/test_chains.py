from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.database import BrokenConstraint
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import chains
from tests import steps
from tests.fakes import FakeClock

REFUSED, ACCEPTED = DeliveryState.REFUSED, DeliveryState.ACCEPTED


def follow(app: App, address: str, state: DeliveryState) -> None:
    """Send what went to an address again, to another one, with an outcome."""
    row = steps.deliveries_of(app)[address]
    with app.sessions.begin() as session:
        session.add(_again(row, state))


def _again(row: Delivery, state: DeliveryState) -> Delivery:
    """Return the same letter's delivery to another contact in the role."""
    return Delivery(
        mailout_id=row.mailout_id,
        letter_id=row.letter_id,
        authority_code=row.authority_code,
        kind=row.kind,
        role=row.role,
        address=f"another.{row.address}",
        address_key=f"another.{row.address_key}",
        name=row.name,
        state=state,
        created_at=row.created_at + timedelta(hours=1),
        due_at=row.due_at,
        not_after=row.not_after,
        state_at=row.state_at,
        replaces_id=row.id,
    )


def test_a_chain_holds_what_went_to_one_role_in_order(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    follow(app, "chief.executive@oxo.example", REFUSED)
    follow(app, "another.chief.executive@oxo.example", ACCEPTED)
    with app.sessions.read() as session:
        found = chains.chains(session, mailout_named(session, steps.NAME))
    assert [[each.address for each in chain.deliveries] for chain in found] == [
        [
            "chief.executive@oxo.example",
            "another.chief.executive@oxo.example",
            "another.another.chief.executive@oxo.example",
        ],
        ["link.officer@oxo.example"],
    ]
    assert {chain.addressed_to for chain in found} == {"OXO"}
    first, last = found[0].first, found[0].last
    with app.sessions.read() as session:
        assert chains.following(session, first.id) == found[0].deliveries[1].id
        assert chains.following(session, last.id) is None


def test_a_delivery_is_followed_by_one_at_most(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    row = steps.deliveries_of(app)["chief.executive@oxo.example"]
    with (
        pytest.raises(BrokenConstraint),
        app.sessions.begin() as session,
    ):
        session.add_all([_again(row, ACCEPTED), _again(row, REFUSED)])


def test_a_letter_left_with_the_last_attempt_at_it(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    ids = [each.id for each in steps.deliveries_of(app).values()]
    with app.sessions.read() as session:
        assert chains.last_left_at(session, ids[0]) is None
    left_at = clock()
    steps.send_due(app)
    with app.sessions.read() as session:
        assert chains.last_left_at(session, ids[0]) == left_at
