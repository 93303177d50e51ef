from __future__ import annotations

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.database.tables import (
    Arrival,
    Delivery,
    EventRow,
    IncomingMail,
    NoticeRow,
    Suggestion,
)
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import MailState, SuggestionState
from dispatch.incoming import suggestions
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.notices import a_bounce, a_departure, came, concluded, named, token


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [found] = steps.deliveries_of(app).values()
    return found


def state(app: App) -> DeliveryState:
    [found] = steps.deliveries_of(app).values()
    return found.state


def test_nobody_confirmed_a_notice_because_its_row_says_so(app: App, delivery: Delivery) -> None:
    came(app, a_bounce(delivery, clues=named(delivery)))
    with app.sessions.begin() as session:
        session.execute(update(NoticeRow).values(confirmed_by="alex", due_at=app.clock()))
    concluded(app)
    assert state(app) is DeliveryState.ACCEPTED


def test_nothing_is_concluded_from_a_message_that_none_of_our_processes_took_in(
    app: App, delivery: Delivery
) -> None:
    came(app, a_bounce(delivery, clues=named(delivery)))
    with app.sessions.begin() as session:
        session.execute(update(Arrival).values(recipient=token(app, delivery)))
        session.execute(update(NoticeRow).values(due_at=app.clock()))
        received = EventRow.action == "mail.received"
        session.execute(update(EventRow).where(received).values(mac="0" * 80))
    concluded(app)
    assert state(app) is DeliveryState.ACCEPTED
    with app.sessions.read() as session:
        assert session.scalars(select(IncomingMail.state)).one() is MailState.QUARANTINED


def test_nobody_was_the_first_of_two_because_a_row_says_so(app: App, delivery: Delivery) -> None:
    came(app, a_departure("jo@oxo.example", clues=named(delivery)))
    with app.sessions.begin() as session:
        made_up = {"first_by": "kim", "state": SuggestionState.ACCEPTED_ONCE}
        session.execute(update(Suggestion).values(made_up))
        id_ = session.scalars(select(Suggestion.id)).one()
    for person, is_second in (("alex", False), ("kim", True)):
        with app.sessions.begin() as session:
            found = suggestions.accept(session, id_, a_word(app.clock(), person, "rang up"))
        assert bool(found) is is_second
