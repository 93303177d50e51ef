from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery, Reminder
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.store import deliveries
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.status import SILENT_AFTER, LastReminder, Status, is_silent, status_of
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport

EVERY = timedelta(seconds=10)


def tracked(app: App) -> Status:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return status_of(session, mailout, now=app.clock())


def put_all(app: App, **values: Any) -> None:
    """Give every delivery some other values."""
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(**values))


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
    assert status.unreached == ({refused.authority_code: DeliveryState.REFUSED} if is_chief else {})
    assert status.reached == 2 - len(status.unreached)


def test_before_the_release_nobody_is_reached(app: App) -> None:
    steps.approved(app)
    status = tracked(app)
    assert status.state is MailoutState.APPROVED
    assert not status.reached
    assert status.unreached == {"OXO": None}
    assert (status.approved_by, bool(status.approved_digest)) == ("alex", True)


def test_the_time_left_to_the_upload_is_counted_in_days_and_working_days(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app, extra_holidays=(date(2020, 7, 24),))
    status = tracked(app)
    assert (status.days_to_upload, status.working_days_to_upload) == (9, 6)
    clock.advance(days=10)
    assert tracked(app).days_to_upload == -1


def test_states_are_counted_in_the_order_of_a_deliverys_life(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", "ADU")
    states = (DeliveryState.EXPIRED, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT)
    with app.sessions.begin() as session:
        rows = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        for row, state in zip(rows[:3], states, strict=True):
            row.state = state
    assert list(tracked(app).deliveries) == [
        DeliveryState.QUEUED,
        DeliveryState.IN_DOUBT,
        DeliveryState.ACCEPTED,
        DeliveryState.EXPIRED,
    ]


def test_the_next_try_is_when_something_is_due_and_the_hours_are_open(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, sending_hours=SendingHours(time(8), time(18)))
    assert tracked(app).next_try_at == clock()

    put_all(app, state=DeliveryState.DEFERRED, due_at=clock() + timedelta(minutes=5))
    assert tracked(app).next_try_at == clock() + timedelta(minutes=5)

    clock.reach(datetime(2020, 7, 22, 19, 30, tzinfo=UTC))
    assert tracked(app).next_try_at == datetime(2020, 7, 23, 7, tzinfo=UTC)

    put_all(app, state=DeliveryState.EXPIRED)
    assert tracked(app).next_try_at is None


def test_a_mailbox_that_nobody_looks_at_is_told_of_an_hour_after_the_letters_left(
    app: App, clock: FakeClock
) -> None:
    def unlooked() -> list[str]:
        with app.sessions.read() as session:
            mailout = mailout_named(session, steps.NAME)
            return [*status_of(session, mailout, ways=("a box",), now=clock()).unlooked]

    steps.scheduled(app)
    clock.advance(days=1)
    assert unlooked() == []
    clock.reach(RELEASE_AT)
    steps.tick(app)
    assert unlooked() == []
    clock.advance(hours=1, seconds=1)
    assert unlooked() == ["a box"]
    with app.sessions.begin() as session:
        heartbeats.beat(session, INBOX, "a box", clock(), EVERY)
    assert unlooked() == []


def test_what_is_paused_has_no_next_try(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.pause(session, mailout, a_word(clock()))
    assert tracked(app).next_try_at is None


def test_the_reminders_are_told_from_when_the_letters_are_to_go(app: App, clock: FakeClock) -> None:
    steps.approved(app, reminders=ReminderHours((time(9), time(14))))
    assert tracked(app).next_reminder_at is None
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.schedule(session, mailout, app.templates, a_word(clock()))
    first = datetime(2020, 7, 22, 13, tzinfo=UTC)
    assert tracked(app).next_reminder_at == first
    clock.reach(RELEASE_AT)
    steps.tick(app)
    assert tracked(app).next_reminder_at == first
    assert tracked(app).last_reminder is None

    clock.reach(first)
    with app.sessions.begin() as session:
        session.add(
            Reminder(
                mailout_id=steps.mailout_of(app).id,
                slot_at=first,
                kind=ReminderKind.UNREACHED,
                unreached=1,
                state=ReminderState.UNSENT,
                remark="no",
                created_at=first,
            )
        )
    status = tracked(app)
    unsent = ReminderState.UNSENT
    assert status.last_reminder == LastReminder(first, ReminderKind.UNREACHED, 1, unsent, "no")
    assert status.next_reminder_at == datetime(2020, 7, 23, 8, tzinfo=UTC)


def test_clocks_and_workers_are_told_apart(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        heartbeats.beat(session, "clock", "clock@a", clock(), EVERY)
        heartbeats.beat(session, "worker", "celery@a", clock(), EVERY)
    clock.advance(seconds=5)
    with app.sessions.begin() as session:
        heartbeats.beat(session, "worker", "celery@b", clock(), EVERY)

    status = tracked(app)
    assert status.clocks == {"clock@a": clock() - timedelta(seconds=5)}
    assert status.workers == {"celery@a": clock() - timedelta(seconds=5), "celery@b": clock()}


def test_who_was_not_seen_for_long_or_only_in_the_future_is_silent(clock: FakeClock) -> None:
    moment = timedelta(seconds=1)
    assert not is_silent(clock() - SILENT_AFTER, clock())
    assert is_silent(clock() - SILENT_AFTER - moment, clock())
    assert not is_silent(clock() + SILENT_AFTER, clock())
    assert is_silent(clock() + SILENT_AFTER + moment, clock())
