from __future__ import annotations

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import reach
from tests import steps
from tests.fakes import FakeClock
from tests.tracking.store.test_chains import follow

REFUSED, EXPIRED, DOUBTFUL, ACCEPTED = (
    DeliveryState.REFUSED,
    DeliveryState.EXPIRED,
    DeliveryState.IN_DOUBT,
    DeliveryState.ACCEPTED,
)


def how_far(app: App) -> dict[str, DeliveryState]:
    with app.sessions.read() as session:
        found = reach.last_deliveries(session, mailout_named(session, steps.NAME))
        return {code: each.state for code, each in found.items()}


def put(app: App, states: dict[str, DeliveryState], role: str = "chief executive") -> None:
    """Give the deliveries to a role some states, by authority."""
    with app.sessions.begin() as session:
        for code, state in states.items():
            to_role = (Delivery.authority_code == code, Delivery.role == role)
            session.execute(update(Delivery).where(*to_role).values(state=state))


def test_how_far_a_letter_has_come_is_told_of_the_first_to_role(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", "ADU", "CMD", "WOT", "XYZ")
    put(app, {"OXO": REFUSED, "ADU": EXPIRED, "CMD": DOUBTFUL, "WOT": ACCEPTED})
    put(app, {"XYZ": ACCEPTED}, role="link officer")
    assert how_far(app) == {
        "OXO": REFUSED,
        "ADU": EXPIRED,
        "CMD": DOUBTFUL,
        "WOT": ACCEPTED,
        "XYZ": DeliveryState.QUEUED,
    }


def test_before_the_release_no_letter_has_come_anywhere(app: App) -> None:
    steps.rendered(app)
    assert how_far(app) == {}


def test_of_a_letter_that_was_sent_again_the_last_delivery_counts(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    put(app, {"OXO": REFUSED, "ADU": ACCEPTED})
    follow(app, "chief.executive@oxo.example", DeliveryState.DEFERRED)
    follow(app, "chief.executive@adu.example", DeliveryState.BOUNCED)
    assert how_far(app) == {"OXO": DeliveryState.DEFERRED, "ADU": DeliveryState.BOUNCED}
    follow(app, "another.chief.executive@oxo.example", ACCEPTED)
    assert how_far(app) == {"OXO": ACCEPTED, "ADU": DeliveryState.BOUNCED}
