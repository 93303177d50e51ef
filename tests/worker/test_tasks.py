from __future__ import annotations

import socket
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.sending.attempt import Tried
from dispatch.letters import render
from dispatch.mail.incoming.imap import Mailbox
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.sent_folder import SentFolder
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.store import claims
from dispatch.tracking import reminders, staff
from dispatch.tracking.store import heartbeats
from dispatch.worker import tasks
from dispatch.worker.means import HEARTBEAT, Means, TaskName
from dispatch.worker.trouble import TROUBLES
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeLine, FakeTransport
from tests.notices import a_dsn

Woken = list[str]
CLOCK = f"clock@{socket.gethostname()}"


@pytest.fixture
def woken() -> Woken:
    """The wake-ups that were published, by the names of their tasks; none is delivered."""
    return []


@pytest.fixture(autouse=True)
def beaten(app: App) -> None:
    """A clock that has just noted that it is alive, so that the first tick sends no pulse."""
    with app.sessions.begin() as session:
        heartbeats.beat(session, "clock", CLOCK, app.clock(), HEARTBEAT)


@pytest.fixture
def means(app: App, woken: Woken) -> Means:
    def publish(task: TaskName, workers: int) -> None:
        woken.extend([task.value] * workers)

    return Means(app, publish)


def ask(app: App) -> None:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))


def test_the_clock_wakes_nobody_while_nothing_is_due(app: App, woken: Woken, means: Means) -> None:
    steps.planned(app)
    tasks.tick(means)
    assert woken == []


def test_the_clock_and_each_worker_say_that_they_are_alive(
    app: App, clock: FakeClock, woken: Woken, means: Means
) -> None:
    clock.advance(seconds=20)
    tasks.tick(means)
    assert woken == ["dispatch.pulse"]
    tasks.pulse(means)
    with app.sessions.read() as session:
        seen = {beat.kind: beat.seen_at for beat in heartbeats.all_seen(session)}
    assert seen == {"clock": clock(), "worker": clock()}


def kinds_seen(app: App) -> set[str]:
    with app.sessions.read() as session:
        return {beat.kind for beat in heartbeats.all_seen(session)}


def test_a_worker_that_cannot_send_does_not_say_that_it_is_alive(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    means: Means,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps.released(app, clock, cc_roles=())
    with monkeypatch.context() as patch:
        patch.setattr(claims, "claim_deliveries", None)
        for task in (tasks.pulse, tasks.send_letters):
            with pytest.raises(TypeError):
                task(means)
    assert "worker" not in kinds_seen(app)
    tasks.pulse(means)
    assert transport.sent
    assert "worker" in kinds_seen(app)


def test_a_pulse_records_what_the_database_could_not_take(
    app: App, clock: FakeClock, transport: FakeTransport, means: Means
) -> None:
    steps.released(app, clock, cc_roles=())
    sending = steps.means(app)
    with app.sessions.begin() as session:
        lease_until = clock() + app.lease
        [claim] = claims.claim_deliveries(session, now=clock(), lease_until=lease_until, limit=1)
        claims.offer(session, [claim], now=clock(), lease_until=lease_until)
    sending.spool.put(
        Tried(
            claim=claim,
            started_at=clock(),
            offered_at=clock(),
            ended_at=clock(),
            outcome=Outcome.answered(Reply(".", 250, "2.0.0 queued")),
        )
    )
    tasks.pulse(means)
    [delivery] = steps.deliveries_of(app).values()
    assert delivery.state is DeliveryState.ACCEPTED
    assert not list(sending.spool.tried())


def test_as_many_workers_are_woken_as_there_is_work_for(
    app: App, clock: FakeClock, woken: Woken, means: Means
) -> None:
    steps.scheduled(app, "OXO", "ADU")
    clock.reach(RELEASE_AT)
    tasks.tick(replace(means, send_batch=1, most_woken=3))
    assert woken == ["dispatch.pulse", *["dispatch.send_letters"] * 3]


@pytest.mark.parametrize("ahead", [timedelta(days=-1), timedelta(hours=2), timedelta(days=30)])
def test_nothing_is_released_and_nothing_expires_by_a_clock_that_was_set(
    app: App, clock: FakeClock, means: Means, ahead: timedelta
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT - timedelta(hours=1))
    tasks.tick(means)
    clock.set_by(seconds=ahead.total_seconds())
    with capture_logs() as logs:
        for _ in range(3):
            clock.advance(seconds=1)
            tasks.tick(means)
    assert steps.state_of(app) is MailoutState.SCHEDULED
    [line] = [each for each in logs if each["log_level"] == "warning"]
    assert line["ahead_seconds"] == ahead.total_seconds()
    clock.set_by(seconds=-ahead.total_seconds())
    clock.advance(hours=1)
    tasks.tick(means)
    assert steps.state_of(app) is MailoutState.RELEASING
    clock.set_by(days=30)
    clock.advance(seconds=1)
    tasks.tick(means)
    waiting = {delivery.state for delivery in steps.deliveries_of(app).values()}
    assert waiting == {DeliveryState.QUEUED}


def test_letters_go_from_wanted_to_rendered_by_wake_ups_alone(
    app: App, woken: Woken, means: Means
) -> None:
    steps.planned(app, "OXO", "ADU")
    ask(app)
    tasks.tick(means)
    assert woken == ["dispatch.render_letters"]
    tasks.render_letters(means)
    tasks.tick(means)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_deliveries_go_from_due_to_sent_by_wake_ups_alone(
    app: App, clock: FakeClock, woken: Woken, transport: FakeTransport, means: Means
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    assert woken == ["dispatch.pulse", "dispatch.send_letters"]
    tasks.send_letters(means)
    tasks.tick(means)
    assert steps.state_of(app) is MailoutState.SENT
    assert len(transport.sent) == 2


def test_one_mailouts_trouble_holds_no_other_up(
    app: App, clock: FakeClock, woken: Woken, monkeypatch: pytest.MonkeyPatch, means: Means
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT)

    def fail(*_: object, **__: object) -> bool:
        raise PermissionError("letter.md")

    with monkeypatch.context() as patch:
        patch.setattr(release, "release", fail)
        tasks.tick(means)
    assert steps.state_of(app) is MailoutState.SCHEDULED
    with app.sessions.read() as session:
        assert heartbeats.all_seen(session)
    tasks.tick(means)
    assert woken == ["dispatch.pulse", "dispatch.send_letters"]


def test_a_wake_up_too_many_does_nothing(app: App, transport: FakeTransport, means: Means) -> None:
    tasks.render_letters(means)
    tasks.send_letters(means)
    assert not transport.sent


def test_a_full_batch_wakes_one_more_worker(app: App, woken: Woken, means: Means) -> None:
    steps.planned(app, "OXO", "ADU", "WOT", "CMD", "BIR")
    ask(app)
    tasks.render_letters(replace(means, render_batch=2))
    assert woken == ["dispatch.render_letters"]
    assert {letter.state.value for letter in steps.letters_of(app).values()} == {"rendered"}


def test_a_task_ends_when_its_time_is_over_and_wakes_another_for_the_rest(
    app: App,
    clock: FakeClock,
    woken: Woken,
    transport: FakeTransport,
    monkeypatch: pytest.MonkeyPatch,
    means: Means,
) -> None:
    accept = FakeLine.offer

    def take_long(line: FakeLine, *args: Any, **options: Any) -> Outcome:
        clock.advance(seconds=means.run_seconds)
        return accept(line, *args, **options)

    monkeypatch.setattr(FakeLine, "offer", take_long)
    settings = app.settings.model_copy(update={"connections": 1})
    steps.released(app, clock)
    tasks.send_letters(replace(means, app=replace(app, settings=settings)))
    assert len(transport.sent) == 1
    states = {delivery.state for delivery in steps.deliveries_of(app).values()}
    assert states == {DeliveryState.ACCEPTED, DeliveryState.QUEUED}
    assert woken == ["dispatch.send_letters"]


TWO_O_CLOCK = RELEASE_AT + timedelta(hours=5)


def with_an_office(means: Means, *addresses: str) -> Means:
    settings = means.app.settings.model_copy(update={"office": addresses})
    return replace(means, app=replace(means.app, settings=settings))


@pytest.fixture
def quiet(app: App, clock: FakeClock) -> None:
    """A mailout whose one letter was refused, at an hour at which its office is reminded."""
    plan = {"cc_roles": (), "reminders": ReminderHours((time(14),))}
    steps.released(app, clock, **plan)
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(state=DeliveryState.REFUSED))
    clock.reach(TWO_O_CLOCK)


@pytest.mark.usefixtures("quiet")
def test_the_office_is_reminded_by_a_wake_up_alone_and_once(
    clock: FakeClock, woken: Woken, transport: FakeTransport, means: Means
) -> None:
    means = with_an_office(means, "office@ombudsman.example")
    tasks.tick(means)
    assert woken == ["dispatch.pulse", "dispatch.remind"]
    tasks.remind(means)
    tasks.remind(means)
    [(envelope, _)] = transport.sent
    assert envelope.rcpt_to == "office@ombudsman.example"
    clock.advance(seconds=10)
    tasks.tick(means)
    assert woken[2:] == ["dispatch.pulse"]


@pytest.mark.usefixtures("quiet")
def test_without_an_office_nobody_is_woken_for_it(woken: Woken, means: Means) -> None:
    tasks.tick(means)
    assert woken == ["dispatch.pulse"]


@pytest.mark.usefixtures("quiet")
def test_the_log_says_that_a_recipient_was_passed_over_and_not_who(means: Means) -> None:
    means = with_an_office(means, "chief.executive@oxo.example")
    with capture_logs() as lines:
        tasks.remind(means)
    assert "passed over" in lines[-1]["event"]
    assert "@" not in str(lines)


@pytest.mark.usefixtures("quiet")
def test_one_offices_trouble_holds_no_other_up(
    monkeypatch: pytest.MonkeyPatch, transport: FakeTransport, means: Means
) -> None:
    means = with_an_office(means, "office@ombudsman.example")
    real, names = reminders.remind, []

    def fail_first(means: staff.ReminderMeans, name: str) -> staff.Reminded | None:
        names.append(name)
        if len(names) == 1:
            raise PermissionError("unreached.md")
        return real(means, name)

    monkeypatch.setattr(reminders, "remind", fail_first)
    tasks.remind(means)
    assert not transport.sent
    tasks.remind(means)
    assert len(transport.sent) == 1


@pytest.fixture
def postbox(tmp_path: Path) -> Path:
    """A Maildir for messages that come in."""
    for folder in ("new", "cur"):
        (tmp_path / "incoming" / folder).mkdir(parents=True)
    return tmp_path / "incoming"


def test_what_comes_back_goes_from_the_postbox_to_its_delivery_by_wake_ups_alone(
    app: App, clock: FakeClock, woken: Woken, postbox: Path, means: Means
) -> None:
    boxes = (Maildir(postbox.parent / "away"), Maildir(postbox))
    means = replace(means, app=replace(app, inboxes=boxes))
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    (postbox / "new" / "a").write_bytes(a_dsn(app, delivery))
    tasks.look_for_mail(means)
    assert woken.pop() == "dispatch.collect_mail"
    tasks.collect_mail(means)
    woken.clear()
    tasks.tick(means)
    assert "dispatch.read_mail" in woken
    tasks.read_mail(means)
    [delivery] = steps.deliveries_of(app).values()
    assert delivery.state is DeliveryState.BOUNCED
    woken.clear()
    tasks.tick(means)
    assert "dispatch.read_mail" not in woken


def test_without_a_postbox_nobody_is_woken_to_look_into_one(woken: Woken, means: Means) -> None:
    tasks.look_for_mail(means)
    assert woken == []


@pytest.mark.parametrize("has_folder", [True, False])
def test_copies_are_kept_by_a_worker_if_a_folder_gets_any(
    app: App, clock: FakeClock, woken: Woken, means: Means, *, has_folder: bool
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    at = Mailbox("127.0.0.1", 1, "office", "secret", security="none")
    given = replace(app, sent_folder=SentFolder(at) if has_folder else None)
    tasks.look_for_copies(replace(means, app=given))
    assert woken == ["dispatch.keep_copies"] * has_folder
    with capture_logs() as logs:
        tasks.keep_copies(replace(means, app=given))
        clock.advance(minutes=1)
        tasks.keep_copies(replace(means, app=given))
    told = [each["trouble"] for each in logs if each["event"] == "trouble begins"]
    said = "the IMAP server 127.0.0.1:1: nothing listens there (ConnectionRefusedError)"
    assert told == [said] * has_folder
    assert ("worker" in kinds_seen(app)) is has_folder
    TROUBLES.well("Sent folder")
