from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.incoming.message import Trust
from dispatch.domain.notice import Action, Category, Notice
from dispatch.incoming.confirm import confirm as confirm_notice
from dispatch.incoming.match import WINDOW
from dispatch.views.notices import belief
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.notices import (
    a_bounce,
    a_report,
    came,
    concluded,
    named,
    row_of,
    suppression_of,
    token,
)


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    return sent(app)


def sent(app: App) -> Delivery:
    [found] = steps.deliveries_of(app).values()
    return found


def confirm(app: App, mail_id: UUID, person: str = "alex", because: str = "rang them up") -> None:
    with app.sessions.begin() as session:
        confirm_notice(session, mail_id, a_word(app.clock(), person, because))


def test_a_person_may_vouch_for_an_unverified_notice(app: App, delivery: Delivery) -> None:
    done = came(app, a_bounce(delivery, clues=named(delivery)))
    confirm(app, done.mail_id)
    concluded(app)
    assert sent(app).state.value == "bounced"
    assert suppression_of(app, delivery)
    assert "notice.confirmed" in steps.actions(app, f"delivery:{delivery.id}")
    with pytest.raises(RuleBroken, match="believed already"):
        confirm(app, done.mail_id)


def test_a_verified_notice_that_comes_long_after_its_letter_needs_a_person(
    app: App, clock: FakeClock, delivery: Delivery
) -> None:
    clock.reach(delivery.not_after + WINDOW)
    came(app, a_report(delivery, Action.DELIVERED), token(app, delivery), mail=b"in time")
    assert sent(app).state.value == "delivered"

    clock.advance(days=1)
    done = came(app, a_bounce(delivery), token(app, delivery))
    assert (done.changes, sent(app).state.value) == ((), "delivered")
    assert suppression_of(app, delivery) is None
    row = row_of(app, done)
    assert row.trust is Trust.VERIFIED
    assert belief(row) == "verified, but long after its letter: confirm it"

    confirm(app, done.mail_id)
    concluded(app)
    assert sent(app).state.value == "bounced"
    assert suppression_of(app, delivery)


def test_who_vouches_says_who_they_are_and_why(app: App, delivery: Delivery) -> None:
    done = came(app, a_bounce(delivery, clues=named(delivery)))
    with pytest.raises(RuleBroken, match="give a reason"):
        confirm(app, done.mail_id, because=" ")
    with pytest.raises(RuleBroken, match="not the name of a person"):
        confirm(app, done.mail_id, person="worker")
    untied = came(app, Notice(category=Category.HUMAN), mail=b"about nothing")
    with pytest.raises(RuleBroken, match="not about a delivery that is known"):
        confirm(app, untied.mail_id)
    with pytest.raises(NotFound, match="has not been read"):
        confirm(app, uuid4())
