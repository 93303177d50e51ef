from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import AuthorityRow, Delivery, Mailout, Reminder
from dispatch.documents import Templates
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.domain.tracking.unreached import Unreached
from dispatch.ledger import journal
from dispatch.mail.catcher import Catcher
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import Connection, SmtpTransport
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.tracking import reminders
from dispatch.tracking.reminders import due, remind
from dispatch.tracking.staff import Reminded, ReminderMeans
from dispatch.tracking.unreached import find_unreached
from dispatch.worker.means import reminder_means
from tests import steps
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_bounce, came, knows, named

OFFICE = "office@ombudsman.example"
OTHER = "duty@ombudsman.example"
TWICE_A_DAY = ReminderHours((time(9), time(14)))
AFTERNOON = datetime(2020, 7, 22, 13, tzinfo=UTC)
"""The first hour after the release: two in the afternoon in London."""
NEXT_MORNING = datetime(2020, 7, 23, 8, tzinfo=UTC)
NOT_NOW = Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted"))
NOT_EVER = Outcome.answered(Reply("RCPT", 550, "5.1.1 nobody here"))
LOST = Outcome(Verdict.IN_DOUBT, trouble="connection lost")


def means_of(app: App, *addresses: str) -> ReminderMeans:
    return replace(reminder_means(app), staff=addresses or (OFFICE,))


def out(app: App, clock: FakeClock, *codes: str, **plan: Any) -> None:
    """Release a mailout with reminders, of which nothing has left, and let the afternoon come."""
    steps.released(app, clock, *codes, **({"cc_roles": (), "reminders": TWICE_A_DAY} | plan))
    clock.reach(AFTERNOON)


def put(app: App, state: DeliveryState, *codes: str) -> None:
    """Give the deliveries to some authorities, or to all, a state."""
    with app.sessions.begin() as session:
        rows = update(Delivery).values(state=state)
        session.execute(rows.where(Delivery.authority_code.in_(codes)) if codes else rows)


def is_due(app: App) -> bool:
    with app.sessions.read() as session:
        return due(session, now=app.clock()) == [steps.NAME]


def rows_of(app: App) -> list[Reminder]:
    with app.sessions.read() as session:
        return list(session.scalars(select(Reminder).order_by(Reminder.slot_at)))


def states_of(app: App) -> list[ReminderState]:
    return [row.state for row in rows_of(app)]


def reminded(app: App, *addresses: str) -> ReminderState | None:
    found = remind(means_of(app, *addresses), steps.NAME)
    return found.state if found else None


def mails(transport: FakeTransport) -> list[EmailMessage]:
    return [message_from_bytes(content, policy=default) for _, content in transport.sent]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def test_while_anybody_is_unreached_the_office_is_told_who_why_and_what_to_do(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock, "ADU", "CMD", "OXO", "WOT")
    put(app, DeliveryState.DEFERRED, "ADU")
    put(app, DeliveryState.IN_DOUBT, "CMD")
    put(app, DeliveryState.REFUSED, "OXO")
    put(app, DeliveryState.ACCEPTED, "WOT")
    result = remind(means_of(app), steps.NAME)
    assert result == Reminded(ReminderState.ACCEPTED, ReminderKind.UNREACHED, 0)

    [mail] = mails(transport)
    text = text_of(mail)
    assert "3 of 4 authorities are not surely reached" in text
    assert "The upload: 29 July 2020, in 7 days, 5 of them working days" in text
    assert "The reasons: 1 in doubt, 1 refused, 1 deferred" in text
    resend = f"dispatch resend {steps.NAME} --authority OXO --to ADDRESS --because TEXT"
    lines = text.splitlines()
    refused = lines.index("- OXO, Oxford City Council: refused since Wed 22 July 2020 09:00 BST")
    assert lines[refused + 1] == f"  {resend}"
    at = [text.index(f"{code}, ") for code in ("CMD", "OXO", "ADU")]
    assert at == sorted(at)
    assert "WOT" not in text
    assert f"<em>{resend}</em>" in text_of(mail, "html")


def test_the_office_is_told_of_what_nothing_proves(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock, "ADU", "OXO")
    put(app, DeliveryState.ACCEPTED)
    sent = {each.authority_code: each for each in steps.deliveries_of(app).values()}
    probable, unverified = sent["OXO"], sent["ADU"]
    came(app, a_bounce(probable, clues=knows(app, probable)))
    came(app, a_bounce(unverified, clues=named(unverified)), mail=b"another")
    assert reminded(app)
    [mail] = mails(transport)
    text = text_of(mail)
    assert "The reasons: 1 perhaps bounced" in text
    assert "dispatch notice show" in text
    assert "2 notices came back that nothing proves" in text
    assert f"dispatch notice list {steps.NAME} --undecided" in text


def test_it_is_a_mail_from_the_office_to_itself(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock, "ADU", "OXO")
    assert reminded(app)
    [(envelope, _)] = transport.sent
    assert (envelope.mail_from, envelope.rcpt_to) == (app.sender.return_path, OFFICE)
    [mail] = mails(transport)
    assert mail["From"] == "Office of the Ombudsman <annual.review@ombudsman.example>"
    assert (mail["To"], mail["Cc"]) == (OFFICE, None)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == (
        "2 of 2 not surely reached, the upload is in 7 days, 5 of them working days: "
        "Annual Review letter 2020"
    )


def test_it_is_on_record_and_an_event(app: App, clock: FakeClock) -> None:
    out(app, clock)
    assert reminded(app) is ReminderState.ACCEPTED
    [row] = rows_of(app)
    assert (row.slot_at, row.kind, row.unreached) == (AFTERNOON, ReminderKind.UNREACHED, 1)
    assert (row.verdicts, row.replies) == ({OFFICE: "accepted"}, {OFFICE: "250 2.0.0 queued"})
    assert (row.created_at, row.ended_at) == (AFTERNOON, AFTERNOON)
    with app.sessions.read() as session:
        offered, accepted = journal.events(session, f"mailout:{steps.NAME}")[-2:]
    hour = AFTERNOON.isoformat()
    assert (offered.action, accepted.action) == ("reminder.offered", "reminder.accepted")
    assert offered.detail == {
        "hour": hour,
        "kind": "unreached",
        "unreached": "1",
        "addresses": "1",
    }
    assert accepted.detail == {"hour": hour, "accepted": "1"}


def test_each_hour_has_one_reminder(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    out(app, clock)
    assert is_due(app)
    assert reminded(app)
    assert not is_due(app)
    assert reminded(app) is None
    clock.reach(NEXT_MORNING)
    assert is_due(app)
    assert reminded(app)
    assert len(transport.sent) == 2
    assert len({mail["Message-ID"] for mail in mails(transport)}) == 2


def test_two_workers_at_once_send_one_mail(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(app, clock)
    barrier = Barrier(2)

    def wait_and_find(session: Session, mailout: Mailout) -> list[Unreached]:
        found = find_unreached(session, mailout)
        barrier.wait(10)
        return found

    monkeypatch.setattr(reminders, "find_unreached", wait_and_find)
    means = means_of(app)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: remind(means, steps.NAME), range(2)))
    assert sum(result is None for result in results) == 1
    assert len(transport.sent) == len(rows_of(app)) == 1


def test_a_worker_that_dies_in_the_conversation_leaves_no_second_mail(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(app, clock)

    class Dying(FakeTransport):
        def connect(self) -> Connection | Outcome:
            raise KeyboardInterrupt

    means = replace(means_of(app), transport=Dying())
    with pytest.raises(KeyboardInterrupt):
        remind(means, steps.NAME)
    [row] = rows_of(app)
    assert (row.state, row.verdicts, row.ended_at) == (
        ReminderState.OFFERED,
        {OFFICE: "offered"},
        None,
    )
    clock.advance(hours=3)
    assert not is_due(app)
    assert reminded(app) is None
    clock.reach(NEXT_MORNING)
    assert reminded(app) is ReminderState.ACCEPTED
    assert len(transport.sent) == 1


def test_what_may_have_arrived_is_not_repeated(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    transport.outcomes.append(LOST)
    assert reminded(app) is ReminderState.IN_DOUBT
    clock.advance(hours=2)
    assert not is_due(app)


def test_what_was_deferred_is_tried_again_where_it_was_and_under_its_id(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    transport.outcomes.extend([NOT_NOW, LOST])
    assert reminded(app, OFFICE, OTHER) is ReminderState.DEFERRED
    assert not is_due(app)
    clock.advance(minutes=5)
    assert is_due(app)
    transport.outcomes.append(NOT_NOW)
    assert reminded(app, OFFICE, OTHER) is ReminderState.DEFERRED
    clock.advance(minutes=5)
    assert reminded(app, OFFICE, OTHER) is ReminderState.ACCEPTED
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [OTHER, OFFICE]
    [row] = rows_of(app)
    assert row.verdicts == {OFFICE: "accepted", OTHER: "in_doubt"}
    assert not is_due(app)


def test_without_a_server_it_waits_until_it_would_be_late(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    assert reminded(app) is ReminderState.DEFERRED
    assert rows_of(app)[0].replies == {OFFICE: "nobody answers"}
    clock.advance(hours=4)
    assert is_due(app)
    clock.advance(seconds=1)
    assert not is_due(app)


def test_an_address_that_is_refused_holds_no_other_up(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    transport.outcomes.append(NOT_EVER)
    assert reminded(app, OFFICE, OTHER) is ReminderState.ACCEPTED
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [OTHER]
    clock.reach(NEXT_MORNING)
    transport.outcomes.append(NOT_EVER)
    assert reminded(app) is ReminderState.REFUSED


def test_one_that_waits_for_the_server_is_dropped_when_there_is_nothing_left_to_say(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    put(app, DeliveryState.ACCEPTED)
    assert reminded(app)
    clock.reach(NEXT_MORNING)
    put(app, DeliveryState.BOUNCED)
    transport.outcomes.append(NOT_NOW)
    assert reminded(app) is ReminderState.DEFERRED
    put(app, DeliveryState.ACCEPTED)
    clock.advance(minutes=5)
    assert reminded(app) is ReminderState.UNSENT
    assert len(transport.sent) == 1


def test_that_all_are_reached_is_told_once_and_again_after_a_bounce(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock, "ADU", "OXO")
    told = []
    for state in ("REFUSED", "ACCEPTED", "ACCEPTED", "BOUNCED", "DELIVERED", "DELIVERED"):
        put(app, DeliveryState[state])
        told.append(reminded(app))
        clock.advance(hours=19 if clock().hour == 13 else 5)
        if clock().weekday() == 5:
            clock.advance(days=2)
    accepted, unsent = ReminderState.ACCEPTED, ReminderState.UNSENT
    assert told == [accepted, accepted, unsent, accepted, accepted, unsent]
    assert [mail["Subject"].split(",")[0] for mail in mails(transport)] == [
        "2 of 2 not surely reached",
        "All 2 reached",
        "2 of 2 not surely reached",
        "All 2 reached",
    ]
    assert "All 2 authorities are reached." in text_of(mails(transport)[1])
    assert rows_of(app)[2].remark == "all are reached, and staff know"
    assert steps.actions(app)[-1] == "reminder.unsent"


def test_when_all_are_reached_at_the_first_hour_that_is_told(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    put(app, DeliveryState.ACCEPTED)
    assert reminded(app) is ReminderState.ACCEPTED
    assert "The one authority is reached." in text_of(mails(transport)[0])


@pytest.mark.parametrize(
    ("at", "is_one_due"),
    [
        pytest.param(datetime(2020, 7, 22, 8, tzinfo=UTC), False, id="at the release"),
        pytest.param(datetime(2020, 7, 22, 12, 59, 59, tzinfo=UTC), False, id="before its hour"),
        pytest.param(AFTERNOON + timedelta(hours=4), True, id="late"),
        pytest.param(AFTERNOON + timedelta(hours=4, seconds=1), False, id="too late"),
        pytest.param(datetime(2020, 7, 25, 8, tzinfo=UTC), False, id="on a Saturday"),
        pytest.param(datetime(2020, 7, 29, 13, tzinfo=UTC), True, id="on the day of the upload"),
        pytest.param(datetime(2020, 7, 30, 8, tzinfo=UTC), False, id="after it"),
    ],
)
def test_it_is_due_from_some_time_after_the_release_to_the_end_of_the_upload_day(
    app: App, clock: FakeClock, at: datetime, is_one_due: bool
) -> None:
    out(app, clock)
    clock.reach(at)
    assert is_due(app) is is_one_due


def test_after_a_weekend_without_a_service_there_is_no_flood(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock, reminders=ReminderHours((time(9), time(14)), is_working_days_only=False))
    clock.reach(datetime(2020, 7, 27, 13, 20, tzinfo=UTC))
    assert reminded(app)
    assert reminded(app) is None
    assert [row.slot_at for row in rows_of(app)] == [datetime(2020, 7, 27, 13, tzinfo=UTC)]


def test_without_the_table_without_an_office_or_before_the_release_nothing_is_sent(
    app: App, clock: FakeClock
) -> None:
    steps.scheduled(app, reminders=TWICE_A_DAY)
    clock.reach(AFTERNOON)
    assert not is_due(app)
    assert reminded(app) is None
    steps.tick(app)
    clock.reach(NEXT_MORNING)
    assert is_due(app)
    assert remind(replace(means_of(app), staff=()), steps.NAME) is None
    assert not rows_of(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        mailout.plan = replace(mailout.plan, reminders=None)
    assert not is_due(app)


@pytest.mark.parametrize("state", [MailoutState.CANCELLED, MailoutState.UPLOADED])
def test_of_what_has_ended_nobody_is_told(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    state: MailoutState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out(app, clock)

    def end_meanwhile(session: Session, mailout: Mailout) -> list[Unreached]:
        found = find_unreached(session, mailout)
        with app.sessions.begin() as other:
            other.execute(update(Mailout).values(state=state))
        return found

    monkeypatch.setattr(reminders, "find_unreached", end_meanwhile)
    assert remind(means_of(app), steps.NAME) is None
    assert not is_due(app)
    assert not transport.sent


def test_of_one_that_is_paused_the_office_is_told_that_it_is(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    out(app, clock)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.pause(session, mailout, a_word(clock()))
    assert reminded(app)
    text = text_of(mails(transport)[0])
    assert f"{steps.NAME} (paused: nothing leaves until it is resumed)" in text
    assert f"\n  dispatch mailout resume {steps.NAME}" in text


@pytest.mark.parametrize("is_contact", [True, False])
def test_it_never_goes_to_a_recipient(
    app: App, clock: FakeClock, transport: FakeTransport, is_contact: bool
) -> None:
    out(app, clock)
    with app.sessions.begin() as session:
        if is_contact:  # also one to whom this mailout does not write
            contact_in(session, "OXO", "link officer").address = "Office@Ombudsman.EXAMPLE"
        else:
            session.execute(update(Delivery).values(address="OFFICE@ombudsman.example"))
    result = remind(means_of(app, OFFICE, OTHER), steps.NAME)
    assert result == Reminded(ReminderState.ACCEPTED, ReminderKind.UNREACHED, 1)
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [OTHER]
    with app.sessions.read() as session:
        offered = journal.events(session, f"mailout:{steps.NAME}")[-2]
    assert offered.detail["withheld"] == "1"
    assert OFFICE not in str(offered.detail)

    clock.reach(NEXT_MORNING)
    result = remind(means_of(app, OFFICE), steps.NAME)
    assert result == Reminded(ReminderState.UNSENT, ReminderKind.UNREACHED, 1)
    assert not is_due(app)
    assert rows_of(app)[1].remark == "every address in DISPATCH_OFFICE is also a recipient's"


def test_no_name_of_an_authority_becomes_markup(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    name = "A* _b_ <b>&\"' [x](https://x.example) `c` \\ {{ d }} ::: e"
    out(app, clock)
    with app.sessions.begin() as session:
        session.execute(update(AuthorityRow).values(official_name=f"{name}\r\n::: note\n# F"))
    assert reminded(app)
    [mail] = mails(transport)
    assert f"- OXO, {name} ::: note # F: waiting" in text_of(mail)
    html = text_of(mail, "html")
    assert "A* _b_ &lt;b&gt;&amp;&quot;" in html
    assert "x.example)" in html
    assert "href" not in html


def test_of_very_many_the_most_urgent_are_listed_and_the_rest_counted(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(app, clock)

    def many(session: Session, mailout: Mailout) -> list[Unreached]:
        return find_unreached(session, mailout) * 1_234

    monkeypatch.setattr(reminders, "find_unreached", many)
    assert remind(means_of(app), steps.NAME)
    text = text_of(mails(transport)[0])
    assert text.count("- OXO, ") == 200
    assert "And 1,034 more, for whom there is less to be done." in text


def test_a_template_that_cannot_be_filled_in_is_on_record_and_holds_nothing_up(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    out(app, clock)
    means = replace(means_of(app), templates=Templates(tmp_path))
    assert remind(means, steps.NAME) == Reminded(ReminderState.UNSENT, ReminderKind.UNREACHED, 0)
    assert rows_of(app)[0].remark == (
        "it cannot be written: notice: there is no template notice among the templates"
    )
    assert not is_due(app)


def test_after_the_change_of_clocks_the_hours_are_still_londons(app: App, clock: FakeClock) -> None:
    plan: dict[str, Any] = {
        "letter_date": date(2020, 10, 23),
        "not_after": datetime(2020, 10, 29, 16, tzinfo=UTC),
        "upload_date": date(2020, 10, 30),
    }
    steps.scheduled(app, cc_roles=(), reminders=TWICE_A_DAY, **plan)
    clock.reach(datetime(2020, 10, 23, 8, tzinfo=UTC))
    steps.tick(app)
    slots = []
    while clock() < datetime(2020, 10, 27, tzinfo=UTC):
        clock.advance(hours=1)
        if is_due(app):
            assert reminded(app)
            slots.append(f"{clock():%d %H}")
    assert slots == ["23 13", "26 09", "26 14"]


def test_a_real_server_takes_it_in_both_its_forms(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    out(app, clock)
    with Catcher(tmp_path / "mail") as catcher:
        server = SmtpServer("127.0.0.1", catcher.port, "none", timeout=5, dot_timeout=5)
        means = replace(means_of(app), transport=SmtpTransport(server))
        assert remind(means, steps.NAME)
    [caught] = (tmp_path / "mail" / "new").iterdir()
    mail = message_from_bytes(caught.read_bytes(), policy=default)
    assert not mail.defects
    assert mail.get_content_type() == "multipart/alternative"
    assert "1 of 1 authority is not surely reached" in text_of(mail)
