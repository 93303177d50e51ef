from __future__ import annotations

from datetime import date, timedelta

from dispatch.app import App
from dispatch.db import queries
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply
from dispatch.stages.track import SILENT_AFTER, Status, silent, track
from tests import steps
from tests.fakes import FakeClock, FakeTransport


def tracked(app: App) -> Status:
    with app.sessions.read() as session:
        mailout = queries.mailout_named(session, steps.NAME)
        return track(session, mailout, bank_holidays={date(2020, 7, 24)}, now=app.clock())


def test_an_authority_is_reached_when_its_chief_executives_letter_is_accepted(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    refusal = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))
    transport.outcomes.append(refusal)
    steps.send_due(app)

    status = tracked(app)
    assert status.deliveries == {DeliveryState.ACCEPTED: 3, DeliveryState.REFUSED: 1}
    assert status.letters == {LetterState.RENDERED: 2}
    refused = next(
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.REFUSED
    )
    is_chief = refused.role == "chief executive"
    assert status.unreached == ({refused.authority_code} if is_chief else set())
    assert status.reached | status.unreached == {"OXO", "ADU"}


def test_before_the_release_nobody_is_reached(app: App) -> None:
    steps.approved(app)
    status = tracked(app)
    assert status.state is MailoutState.APPROVED
    assert not status.reached
    assert status.unreached == {"OXO"}
    assert (status.approved_by, bool(status.approved_digest)) == ("alex", True)


def test_the_time_left_to_the_upload_is_counted_in_days_and_working_days(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app)
    status = tracked(app)
    assert (status.days_to_upload, status.working_days_to_upload) == (9, 6)
    clock.advance(days=10)
    assert tracked(app).days_to_upload == -1


def test_silence_is_noticed(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    assert silent(tracked(app), clock())
    with app.sessions.begin() as session:
        queries.beat(session, "clock", "clock", clock(), timedelta(seconds=10))
    assert not silent(tracked(app), clock())
    clock.advance(seconds=SILENT_AFTER.total_seconds() + 1)
    assert silent(tracked(app), clock())
