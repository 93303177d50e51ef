from __future__ import annotations

from datetime import timedelta

from dispatch.app import App
from dispatch.domain.sending.forecast import Forecast
from dispatch.domain.sending.pace import Rates
from dispatch.mailouts.store import mailout_named
from dispatch.sending import send
from dispatch.tracking.forecast import forecast_of
from dispatch.tracking.status import Status, status_of
from dispatch.views.status import status_view
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeClock

MINUTE = timedelta(minutes=1)
SLOW = Rates(service=10 * MINUTE)
FIVE = ("OXO", "ADU", "BIR", "CMD", "HOR")


def foreseen(app: App, rates: Rates = SLOW) -> Forecast:
    with app.sessions.read() as session:
        return forecast_of(session, mailout_named(session, steps.NAME), rates, now=app.clock())


def status(app: App, rates: Rates = SLOW) -> Status:
    with app.sessions.read() as session:
        found = mailout_named(session, steps.NAME)
        return status_of(session, found, rates=rates, now=app.clock())


def test_before_the_release_all_letters_leave_from_that_moment_on(app: App) -> None:
    steps.rendered(app, *FIVE, cc_roles=())
    found = foreseen(app)
    assert (found.letters, found.begins_at) == (5, RELEASE_AT)
    assert found.ends_at == RELEASE_AT + 50 * MINUTE


def test_the_others_wait_for_the_first_letters(app: App) -> None:
    steps.rendered(app, *FIVE, cc_roles=(), first_letters_minutes=15)
    assert foreseen(app).begins_at == RELEASE_AT + 15 * MINUTE


def test_then_those_that_wait_leave_from_now_on(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    send.send(steps.means(app), limit=3)
    clock.advance(minutes=5)
    found = foreseen(app)
    assert (found.letters, found.ends_at) == (2, clock() + 20 * MINUTE)


def test_the_status_says_how_long_the_letters_take(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    view = status_view(status(app))
    assert view.pace
    assert (view.pace.letters, view.pace.seconds, view.pace.rate) == (5, 3000, "0.1 a minute")
    assert view.pace.fits
    assert not [each for each in view.warnings if "to send in" in each.text]
    assert status_view(status(app, Rates())).pace is None


def test_the_status_warns_of_letters_that_do_not_fit_into_their_time(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=(), not_after=RELEASE_AT + 30 * MINUTE)
    [warning] = [each for each in status_view(status(app)).warnings if "to send in" in each.text]
    assert warning.text == (
        "5 letters take 50 min at 0.1 a minute, and until the not-after time, "
        "Wed 22 July 2020 09:30 BST, there is 30 min to send in"
    )
