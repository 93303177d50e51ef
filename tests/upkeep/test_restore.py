from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database import Sessions, connect, schema
from dispatch.database.tables import Reminder
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.hours import ReminderHours
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.files.dumps import Dump, Row
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import seal
from dispatch.proof.verify import audit
from dispatch.sending import doubts, release, send
from dispatch.sending.doubts import Decision
from dispatch.tracking import reminders
from dispatch.upkeep.restore import Held, Restored, declare, restore
from dispatch.upkeep.store.dump import tables
from tests import steps
from tests.conftest import KEY
from tests.databases import POSTGRESQL
from tests.dumps import copied, copy_file, dumped, emptiness, vacancy
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport
from tests.people import office as people

MORNING_AND_AFTERNOON = ReminderHours((time(9), time(14)))
AFTERNOON = datetime(2020, 7, 22, 13, tzinfo=UTC)


@pytest.fixture
def target(tmp_path: Path, migrated: str, sender: Sender) -> Iterator[Sessions]:
    """A database that holds nothing."""
    with vacancy(tmp_path, migrated, sender.party) as sessions:
        yield sessions


def restored(app: App, dump: Dump, target: Sessions, **options: Any) -> tuple[App, Restored]:
    """Restore a dump an hour after it was taken; return the app that goes on from there."""
    assert isinstance(app.clock, FakeClock)
    app.clock.advance(hours=1)
    with target.begin() as session:
        done = restore(session, dump, a_word(app.clock()), sha256="abc", **options)
    return replace(app, sessions=target, transport=FakeTransport()), done


def taken(app: App, tmp_path: Path) -> Dump:
    return dumped(app.sessions, tmp_path / "dump", app.clock())


def sent_by(app: App) -> int:
    assert isinstance(app.transport, FakeTransport)
    return len(app.transport.sent)


def sealed(app: App) -> None:
    with app.sessions.begin() as session:
        assert seal(session, now=app.clock())


def resumed(app: App) -> None:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.resume(session, mailout, a_word(app.clock()))


def test_no_letter_goes_twice_that_went_after_the_backup(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", "SAL", cc_roles=())
    send.send(steps.means(app), limit=1)
    dump = taken(app, tmp_path)
    steps.send_due(app)
    assert sent_by(app) == 2
    after, done = restored(app, dump, target)
    steps.tick(after)
    steps.send_due(after)
    assert sent_by(after) == 0
    paused = MailoutState.PAUSED
    assert (done.in_doubt, done.held) == (1, (Held(steps.NAME, paused, is_released=True),))
    resumed(after)
    steps.send_due(after)
    steps.tick(after)
    assert sent_by(after) == 0
    states = sorted(each.state.value for each in steps.deliveries_of(after).values())
    assert (steps.state_of(after), states) == (MailoutState.SENT, ["accepted", "in_doubt"])


def test_what_a_person_says_was_not_sent_leaves_once_the_mailout_goes_on(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    after, _ = restored(app, taken(app, tmp_path), target)
    [delivery] = steps.deliveries_of(after).values()
    with target.begin() as session:
        doubts.settle(
            session,
            delivery.id,
            Decision.NOT_SENT,
            a_word(clock(), because="the log has no trace of it"),
        )
    steps.send_due(after)
    assert sent_by(after) == 0
    resumed(after)
    steps.send_due(after)
    assert sent_by(after) == 1


def test_where_a_person_says_that_nothing_was_lost_letters_wait_until_resumed(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", "SAL", cc_roles=())
    after, done = restored(app, taken(app, tmp_path), target, is_nothing_lost=True)
    steps.tick(after)
    steps.send_due(after)
    assert (sent_by(after), done.in_doubt) == (0, 0)
    assert steps.state_of(after) is MailoutState.PAUSED
    resumed(after)
    steps.send_due(after)
    assert sent_by(after) == 2


def test_a_mailout_that_was_scheduled_is_not_released_by_itself(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.scheduled(app, "OXO")
    clock.reach(RELEASE_AT)
    after, done = restored(app, taken(app, tmp_path), target)
    assert steps.tick(after) == []
    mailout = steps.mailout_of(after)
    assert mailout.state is MailoutState.PAUSED
    assert mailout.remark
    assert "what left after it is not on record" in mailout.remark
    assert done.held == (Held(steps.NAME, MailoutState.PAUSED, is_released=False),)
    assert done.in_doubt == 0
    resumed(after)
    assert steps.tick(after) == [steps.NAME]


def test_a_mailout_that_was_approved_stays_so_and_says_why_to_look(
    app: App, tmp_path: Path, target: Sessions
) -> None:
    steps.approved(app, "OXO")
    after, done = restored(app, taken(app, tmp_path), target)
    assert done.held == (Held(steps.NAME, MailoutState.APPROVED, is_released=False),)
    assert steps.mailout_of(after).remark


def test_what_was_restored_is_on_record_and_the_ledger_holds(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", "SAL")
    with app.sessions.begin() as session:
        known = Event(clock(), "sam", "authority.changed", "authority:OXO")
        journal.append(session, known, replace(known, subject="authority:SAL"))
    send.send(steps.means(app), limit=1)
    sealed(app)
    send.send(steps.means(app), limit=1)
    after, _ = restored(app, taken(app, tmp_path), target)
    [event] = steps.events(after, "backup:dump")
    assert (event.action, event.actor) == ("db.restored", "sam")
    assert event.detail["sha256"] == "abc"
    assert event.detail["in_doubt"] == "2"
    with target.read() as session:
        assert audit(session).wrong == ()
    sealed(after)
    with target.read() as session:
        found = audit(session)
    assert (found.wrong, found.unsealed) == ((), 0)


CUT = 7


@dataclass(frozen=True, slots=True)
class Cut(Dump):
    """A dump in the middle of whose reading the machine goes off."""

    def rows(self) -> Iterator[Row]:
        for each in Dump.rows(self):
            yield each
            if each.table == "letter":
                os._exit(CUT)


def test_a_power_cut_in_the_middle_leaves_nothing(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO")
    dump = taken(app, tmp_path)
    with emptiness(tmp_path) as target:
        with target.read() as session:
            url = session.connection().engine.url.render_as_string(hide_password=False)
        target.dispose()
        process = os.fork()
        if not process:
            try:
                with connect(url, KEY).begin() as session:
                    restore(session, Cut(dump.path), a_word(clock()), sha256="abc")
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == CUT
        with target.begin() as session:
            assert schema.age(session) is schema.Age.EMPTY
            assert tables(session) == {}
        after, _ = restored(app, dump, target)
        assert len(steps.deliveries_of(after)) == 2


def reminders_of(app: App) -> list[Reminder]:
    with app.sessions.read() as session:
        return list(session.scalars(select(Reminder)))


def is_due(app: App) -> bool:
    with app.sessions.read() as session:
        return bool(reminders.due(session, now=app.clock()))


def test_a_reminder_that_may_have_gone_since_is_not_repeated(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", cc_roles=(), reminders=MORNING_AND_AFTERNOON)
    clock.reach(AFTERNOON)
    after, _ = restored(app, taken(app, tmp_path), target)
    [row] = reminders_of(after)
    assert (row.state, row.slot_at, row.unreached) == (ReminderState.UNSENT, AFTERNOON, 1)
    assert not is_due(after)
    assert "reminder.unsent" in steps.actions(after)
    clock.reach(AFTERNOON + timedelta(hours=19))
    assert is_due(after)


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (ReminderState.DEFERRED, ReminderState.UNSENT),
        (ReminderState.ACCEPTED, ReminderState.ACCEPTED),
        (ReminderState.OFFERED, ReminderState.OFFERED),
    ],
)
def test_a_reminder_that_was_begun_is_not_tried_again(
    app: App,
    clock: FakeClock,
    tmp_path: Path,
    target: Sessions,
    state: ReminderState,
    then: ReminderState,
) -> None:
    steps.released(app, clock, "OXO", cc_roles=(), reminders=MORNING_AND_AFTERNOON)
    clock.reach(AFTERNOON)
    with app.sessions.begin() as session:
        row = Reminder(
            mailout_id=steps.mailout_of(app).id,
            slot_at=AFTERNOON,
            kind=ReminderKind.UNREACHED,
            unreached=1,
            state=state,
            created_at=clock(),
            ended_at=clock(),
        )
        session.add(row)
    after, _ = restored(app, taken(app, tmp_path), target)
    assert [each.state for each in reminders_of(after)] == [then]
    assert not is_due(after)


def test_a_reminder_that_surely_was_not_sent_is_sent(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO", cc_roles=(), reminders=MORNING_AND_AFTERNOON)
    clock.reach(AFTERNOON)
    after, _ = restored(app, taken(app, tmp_path), target, is_nothing_lost=True)
    assert is_due(after)


def test_deliveries_that_were_settled_are_as_they_were(
    app: App, clock: FakeClock, tmp_path: Path, target: Sessions
) -> None:
    steps.released(app, clock, "OXO")
    steps.send_due(app)
    steps.tick(app)
    after, done = restored(app, taken(app, tmp_path), target)
    assert (done.in_doubt, done.held) == (0, ())
    assert steps.state_of(after) is MailoutState.SENT
    states = {each.state for each in steps.deliveries_of(after).values()}
    assert states == {DeliveryState.ACCEPTED}


BY_COPY = "the disk failed; its copy of last night was put back"


def declared(app: App, copy: Sessions, as_of: datetime) -> tuple[App, Restored]:
    """Put a copy in the database's place an hour later, and say so."""
    assert isinstance(app.clock, FakeClock)
    app.clock.advance(hours=1)
    with copy.begin() as session:
        done = declare(session, as_of, a_word(app.clock(), "alex", because=BY_COPY))
    return replace(app, sessions=copy, transport=FakeTransport()), done


def test_after_a_restore_by_other_means_nothing_goes_twice(
    app: App, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", "SAL", "ADU", cc_roles=())
    send.send(steps.means(app), limit=1)
    as_of = clock()
    with copied(app.sessions, database_url, tmp_path / "copy.db") as copy:
        steps.send_due(app)
        assert sent_by(app) == 3
        after, done = declared(app, copy, as_of)
        steps.tick(after)
        steps.send_due(after)
        resumed(after)
        steps.send_due(after)
        steps.tick(after)
        assert sent_by(after) == 0
        held = Held(steps.NAME, MailoutState.PAUSED, is_released=True)
        assert (done.in_doubt, done.held) == (2, (held,))
        states = sorted(each.state.value for each in steps.deliveries_of(after).values())
        assert states == ["accepted", "in_doubt", "in_doubt"]
        with copy.read() as session:
            assert {each.offered_at for each in doubts.doubtful(session)} == {as_of}


@dataclass
class Copying(FakeTransport):
    """A mail server during whose second conversation somebody copies the database."""

    url: str = ""
    copy: Path = Path()

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        super().hear_the_dot(envelope, message, outcome)
        if len(self.sent) == 2:
            copy_file(self.url, self.copy)


@pytest.mark.skipif(bool(POSTGRESQL), reason="copies no database that somebody is connected to")
def test_what_was_being_sent_while_the_file_was_copied_is_in_doubt_as_well(
    app: App, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", "SAL", "ADU", cc_roles=())
    transport = Copying(url=database_url, copy=tmp_path / "copy.db")
    steps.send_due(replace(app, transport=transport))
    assert len(transport.sent) == 3
    copy = connect(f"sqlite:///{transport.copy}", KEY)
    after, _ = declared(app, copy, clock())
    found = steps.deliveries_of(after)
    doubted = {to for to, each in found.items() if each.state is DeliveryState.IN_DOUBT}
    assert doubted >= {envelope.rcpt_to for envelope, _ in transport.sent[1:]}
    resumed(after)
    steps.tick(after)
    steps.send_due(after)
    assert sent_by(after) == 0


def test_what_was_declared_is_on_record_with_who_said_so_and_the_ledger_holds(
    app: App, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    sealed(app)
    as_of = clock()
    with copied(app.sessions, database_url, tmp_path / "copy.db") as copy:
        after, _ = declared(app, copy, as_of)
        [event] = steps.events(after, "backup:elsewhere")
        assert (event.action, event.actor) == ("db.restored", "alex")
        assert event.detail == {
            "taken_at": as_of.isoformat(),
            "in_doubt": "1",
            "lost": "unknown",
            "because": BY_COPY,
            "at_keyboard": "sam",
        }
        assert "restored by other means" in (steps.mailout_of(after).remark or "")
        sealed(after)
        with copy.read() as session:
            found = audit(session)
        assert (found.wrong, found.unsealed) == ((), 0)


def test_a_restore_by_other_means_skips_the_reminder_that_may_have_gone(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", cc_roles=(), reminders=MORNING_AND_AFTERNOON)
    clock.reach(AFTERNOON)
    after, _ = declared(app, app.sessions, clock())
    assert [each.state for each in reminders_of(after)] == [ReminderState.UNSENT]
    assert not is_due(after)


def test_a_restore_is_declared_with_a_reason_and_not_of_a_moment_to_come(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO")
    with app.sessions.begin() as session:
        with pytest.raises(RuleBroken, match="give a reason"):
            declare(session, clock(), a_word(clock(), because=""))
        with pytest.raises(RuleBroken, match="has not come yet"):
            declare(session, clock() + timedelta(seconds=1), a_word(clock()))
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.QUEUED}


def test_after_a_restore_everybody_signs_in_anew(
    app: App, target: Sessions, tmp_path: Path
) -> None:
    """A visit that was ended after the backup would be open again."""
    cookie = people.signed_in(app, people.joined(app, AccountRole.EDITOR).account)
    dump = taken(app, tmp_path)
    after, _ = restored(app, dump, target)
    assert people.visit(after, cookie) is None


@pytest.mark.skipif(bool(POSTGRESQL), reason="copies no database that somebody is connected to")
def test_after_a_restore_by_other_means_everybody_signs_in_anew(
    app: App, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    cookie = people.signed_in(app, people.joined(app, AccountRole.EDITOR).account)
    with copied(app.sessions, database_url, tmp_path / "copy.db") as copy:
        after, _ = declared(app, copy, clock())
        assert people.visit(after, cookie) is None
