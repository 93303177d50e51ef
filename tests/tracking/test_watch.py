"""Journeys of mailouts that nobody brings to their date: who is told what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.database.tables import Delivery, Letter, Mailout, Reminder
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.domain.tracking.watch import Matter
from dispatch.ledger import journal
from dispatch.letters import approval, render, review
from dispatch.mailouts.store import mailout_named
from dispatch.register import appointments
from dispatch.sending import release
from dispatch.tracking import watch
from dispatch.tracking.staff import ReminderMeans
from dispatch.worker.means import reminder_means
from tests import steps
from tests.factories import RELEASE_AT, a_word, contact_in
from tests.fakes import FakeClock, FakeTransport

OFFICE = "office@ombudsman.example"
BEFORE = datetime(2020, 7, 20, 12, tzinfo=UTC)
"""A Monday; the letters are to go on Wednesday."""
TWO_DAYS_BEFORE = datetime(2020, 7, 27, 8, tzinfo=UTC)
EVE = datetime(2020, 7, 21, 8, tzinfo=UTC)
"""Nine in the morning in London, as all hours here."""
NEXT_DAY = datetime(2020, 7, 23, 8, tzinfo=UTC)
FRIDAY, MONDAY = datetime(2020, 7, 24, 8, tzinfo=UTC), datetime(2020, 7, 27, 8, tzinfo=UTC)


def means_of(app: App, *addresses: str) -> ReminderMeans:
    return replace(reminder_means(app), staff=addresses or (OFFICE,))


def warned(app: App, *addresses: str) -> ReminderState | None:
    """Do what the clock and a worker do; return how a warning ended, if one was due."""
    with app.sessions.read() as session:
        is_due = watch.due(session, now=app.clock()) == [steps.NAME]
    found = watch.warn(means_of(app, *addresses), steps.NAME)
    assert is_due == (found is not None)
    return found.state if found else None


def concerns(app: App) -> list[Matter]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        shown = watch.watch(session, mailout, now=app.clock()).shown()
        return [each.matter for each in shown]


def mails(transport: FakeTransport) -> list[tuple[str, str]]:
    """Return the subject and the text of each message to staff, in one line each."""
    found = [
        message_from_bytes(content, policy=default)
        for envelope, content in transport.sent
        if envelope.rcpt_to == OFFICE
    ]
    return [(str(mail["Subject"]), _text(mail)) for mail in found]


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(cast("str", part.get_content()).split())


def change_contact(app: App) -> None:
    """Have `jo` enter another address for a recipient of a mailout that is not released."""
    with app.sessions.begin() as session:
        contact = replace(contact_in(session, "OXO").to_contact(), address="new@oxo.example")
        shown = appointments.appointment(session, contact, now=app.clock())
        word = replace(a_word(app.clock()), person="jo", keyboard="jo")
        appointments.appoint(session, shown, word)


def test_a_contact_changes_and_nobody_acts_the_office_is_told_at_once_on_the_eve_and_on_the_hour(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    clock.reach(BEFORE)
    assert warned(app) is None
    change_contact(app)
    changed_at = clock()

    told = []
    for at in (changed_at, EVE, RELEASE_AT, NEXT_DAY, FRIDAY, MONDAY):
        clock.reach(at)
        told.append(warned(app))
        clock.advance(minutes=1)
        assert warned(app) is None
    assert told == [ReminderState.ACCEPTED] * 6
    clock.reach(MONDAY - timedelta(days=1) + timedelta(days=7))
    steps.tick(app)
    assert not steps.deliveries_of(app)

    first, *_, last = mails(transport)
    due = "Wed 22 July 2020 09:00 BST"
    assert first[0].startswith(f"No letter will leave on {due}: the mailout is a draft")
    assert "Back to draft on Mon 20 July 2020 13:00 BST by jo: the chief executive" in first[1]
    assert f"Next: dispatch mailout render {steps.NAME}" in first[1]
    assert last[0].startswith(f"The letters of {due} have not left: the mailout is a draft")


def test_the_office_is_told_at_once_that_letters_wait_to_be_approved_and_that_they_are_sent_back(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.rendered(
        app,
        letter_date=date(2020, 7, 29),
        upload_date=date(2020, 8, 5),
        not_after=datetime(2020, 8, 4, tzinfo=UTC),
    )
    assert warned(app) is None
    with app.sessions.begin() as session:
        review.ask(session, mailout_named(session, steps.NAME), a_word(app.clock()))
    assert concerns(app) == [Matter.FOR_APPROVAL]
    assert warned(app) is ReminderState.ACCEPTED
    clock.reach(TWO_DAYS_BEFORE)
    assert warned(app) is ReminderState.ACCEPTED
    clock.advance(minutes=1)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        template = app.templates.digest(mailout.plan.template)
        digest = approval.coverage(session, mailout, template).digest
        word = replace(a_word(clock(), "alex"), because="Oxford's figures are old")
        review.send_back(session, mailout, app.templates, digest, word)
    assert warned(app) is ReminderState.ACCEPTED

    asked, _, sent_back = mails(transport)
    assert asked[0].startswith("The letters of 29 July 2020 wait to be approved")
    assert "Sam asked for it on" in asked[1]
    assert f"dispatch mailout approve {steps.NAME}" in asked[1]
    assert "by alex: Oxford's figures are old" in sent_back[1]
    assert "Sent back on Mon 27 July 2020 09:01 BST" in sent_back[1]


def test_a_warning_is_on_record_and_an_event(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    clock.reach(EVE)
    assert warned(app)
    with app.sessions.read() as session:
        [row] = session.scalars(select(Reminder)).all()
        _planned, offered, accepted = journal.events(session, f"mailout:{steps.NAME}")
    assert (row.slot_at, row.kind, row.verdicts) == (EVE, ReminderKind.WATCH, {OFFICE: "accepted"})
    about = {"hour": EVE.isoformat(), "kind": "watch", "about": "unscheduled", "addresses": "1"}
    assert (offered.action, offered.detail) == ("reminder.offered", about)
    assert accepted.action == "reminder.accepted"


def test_the_clock_was_down_at_the_hour_and_the_office_is_told_when_it_is_back(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    clock.reach(BEFORE)
    change_contact(app)
    clock.reach(RELEASE_AT + timedelta(hours=20))
    assert warned(app) is ReminderState.ACCEPTED
    assert warned(app) is None
    assert len(mails(transport)) == 1


def test_two_workers_warn_once(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.scheduled(app)
    clock.reach(BEFORE)
    change_contact(app)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: watch.warn(means_of(app), steps.NAME), range(2)))
    assert len(transport.sent) == 1


def test_a_warning_that_a_server_defers_is_tried_again_until_it_is_taken(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    clock.reach(BEFORE)
    change_contact(app)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    assert warned(app) is ReminderState.DEFERRED
    clock.advance(hours=9)
    assert warned(app) is ReminderState.DEFERRED
    transport.trouble = None
    clock.advance(minutes=5)
    assert warned(app) is ReminderState.ACCEPTED


@pytest.mark.parametrize(
    ("step", "state", "command"),
    [
        (steps.planned, "a draft", f"dispatch mailout render {steps.NAME}"),
        (steps.rendered, "rendered", f"dispatch mailout approve {steps.NAME} --as PERSON"),
        (steps.approved, "approved", f"dispatch mailout schedule {steps.NAME}"),
    ],
)
def test_what_is_not_scheduled_is_told_on_the_eve_with_the_next_command(
    app: App, clock: FakeClock, transport: FakeTransport, step: Any, state: str, command: str
) -> None:
    step(app)
    assert warned(app) is None
    clock.reach(EVE)
    assert concerns(app) == [Matter.UNSCHEDULED]
    assert warned(app) is ReminderState.ACCEPTED
    [(subject, text)] = mails(transport)
    assert f"the mailout is {state}" in subject
    assert f"Next: {command}" in text
    assert "dispatch mailout cancel" in text


def test_who_is_at_work_on_it_is_not_told_what_was_so_before(app: App, clock: FakeClock) -> None:
    clock.reach(EVE + timedelta(hours=1))
    steps.rendered(app)
    assert warned(app) is None
    clock.reach(RELEASE_AT)
    assert warned(app) is ReminderState.ACCEPTED


def test_letters_that_were_asked_for_before_the_hour_and_are_made_after_it_are_told_of(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    clock.reach(EVE + timedelta(hours=1))
    steps.planned(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(clock()))
    steps.render_wanted(app)
    clock.reach(RELEASE_AT + timedelta(seconds=5))
    with app.sessions.begin() as session:
        render.finish(session, steps.NAME, templates=app.templates, now=clock())
    assert warned(app) is ReminderState.ACCEPTED
    assert "the mailout is rendered, and nobody has approved it" in mails(transport)[0][0]


def test_what_a_person_has_paused_is_told_of_on_the_hour(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    clock.reach(EVE + timedelta(hours=1))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.pause(session, mailout, a_word(clock()))
    assert warned(app) is None
    clock.reach(RELEASE_AT)
    assert warned(app) is ReminderState.ACCEPTED
    [(subject, text)] = mails(transport)
    assert "have not left: the mailout is paused" in subject
    assert f"Next: dispatch mailout resume {steps.NAME}" in text


def test_what_is_too_late_needs_other_dates(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.planned(app)
    clock.reach(steps.mailout_of(app).plan.not_after)
    assert warned(app) is ReminderState.ACCEPTED
    [(subject, text)] = mails(transport)
    assert "its not-after time passed on" in subject
    assert "Next: dispatch mailout new FILE.toml" in text


def test_a_scheduled_mailout_that_no_machine_releases_is_told_of(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT + timedelta(minutes=5))
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).remark = "it could not be released: no template"
    assert concerns(app) == [Matter.UNRELEASED]
    assert warned(app) is ReminderState.ACCEPTED
    assert "It could not be released: no template" in mails(transport)[0][1]


def put(app: App, state: DeliveryState, **values: Any) -> None:
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(state=state, **values))


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(minutes=30), []),
        (timedelta(hours=1), [Matter.STALLED]),
        (timedelta(days=5), [Matter.STALLED, Matter.EXPIRING]),
        (timedelta(days=7), [Matter.STALLED, Matter.EXPIRING, Matter.UPLOAD]),
    ],
)
def test_what_is_being_sent_is_watched_for_what_does_not_leave(
    app: App, clock: FakeClock, later: timedelta, expected: Sequence[Matter]
) -> None:
    steps.released(app, clock, not_after=datetime(2020, 7, 28, 16, tzinfo=UTC))
    clock.advance(seconds=later.total_seconds())
    assert concerns(app) == expected


def test_a_release_that_the_service_paused_is_told_at_once(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(digest="forged"))
    steps.send_due(app)
    assert steps.state_of(app) is MailoutState.PAUSED
    assert concerns(app) == [Matter.HELD]
    assert warned(app) is ReminderState.ACCEPTED
    assert "Nothing leaves while it is paused; 2 letters are waiting" in mails(transport)[0][0]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2020, 7, 27), None),
        (date(2020, 7, 28), "are to be public on 29 July 2020"),
        (date(2020, 7, 29), "are to be public today, 29 July 2020"),
        (date(2020, 7, 30), "were to be public on 29 July 2020"),
        (date(2020, 8, 1), None),
    ],
)
def test_an_upload_that_nobody_runs_is_told_of_on_the_eve_the_day_and_after(
    app: App, clock: FakeClock, transport: FakeTransport, day: date, says: str | None
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    steps.tick(app)
    before = datetime(day.year, day.month, day.day, 7, 59, tzinfo=UTC)
    clock.reach(before)
    warned(app)
    sent = len(mails(transport))
    clock.reach(before + timedelta(minutes=1))
    assert warned(app) is (ReminderState.ACCEPTED if says else None)
    if says:
        subject, text = mails(transport)[sent]
        assert says in subject
        assert f"Next: dispatch upload {steps.NAME} --out DIR" in text


def test_a_new_version_that_waits_for_a_second_person_is_told_of_each_working_day(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    steps.tick(app)
    with app.sessions.begin() as session:
        proposed = {"version": 2, "state": LetterState.PROPOSED, "rendered_at": clock()}
        session.execute(update(Letter).values(proposed))
    assert concerns(app) == [Matter.PROPOSED]
    clock.reach(NEXT_DAY)
    assert warned(app) is ReminderState.ACCEPTED
    [(subject, text)] = mails(transport)
    assert "waits for a second person, of the letter of OXO" in subject
    assert f"Next: dispatch mailout approve {steps.NAME} --as PERSON" in text


@pytest.mark.parametrize("state", [MailoutState.CANCELLED, MailoutState.UPLOADED])
def test_of_what_has_ended_nobody_is_warned(
    app: App, clock: FakeClock, state: MailoutState
) -> None:
    steps.planned(app)
    clock.reach(NEXT_DAY)
    with app.sessions.begin() as session:
        session.execute(update(Mailout).values(state=state))
    assert concerns(app) == []
    assert warned(app) is None


def test_a_recipient_is_never_warned(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.planned(app)
    clock.reach(EVE)
    with app.sessions.read() as session:
        address = contact_in(session, "OXO").address
    assert warned(app, address) is ReminderState.UNSENT
    assert not transport.sent
