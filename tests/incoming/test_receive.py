from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from dispatch.app import App
from dispatch.database import PassingTrouble
from dispatch.database.tables import IncomingMail
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.incoming.message import Arrival, MailState
from dispatch.domain.notice import Category, Notice
from dispatch.incoming import receive
from dispatch.incoming.conclude import conclude_due
from dispatch.incoming.store import messages, notices, readings
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.incoming.reader import Reader, Unreadable
from dispatch.register.store import suppressions
from tests import steps
from tests.fakes import FakeClock
from tests.mail.classifiers import OBEDIENT
from tests.mail.notices.mails import a_report
from tests.notices import SOFT_BOUNCES, a_dsn, token, wrong_token

FROM_FILE = Arrival(source="file", folder="a.eml")


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("tmp", "new", "cur"):
        (tmp_path / "incoming" / folder).mkdir(parents=True)
    return tmp_path / "incoming"


def store(app: App, mail: bytes, arrival: Arrival = FROM_FILE) -> messages.Stored:
    return receive.store(app.sessions, mail, arrival, now=app.clock())


def read(app: App, *, limit: int = 100) -> list[receive.Reading]:
    with Reader(OBEDIENT, seconds=10) as reader:
        return receive.read_due(app.sessions, reader, lease=app.lease, clock=app.clock, limit=limit)


def mails(app: App) -> list[IncomingMail]:
    with app.sessions.read() as session:
        return list(session.scalars(select(IncomingMail)))


def test_a_mail_is_stored_as_it_came_and_once(app: App) -> None:
    first, second = store(app, b"hello\r\n\xff"), store(app, b"hello\r\n\xff")
    assert (first.is_new, second.is_new, first.mail_id) == (True, False, second.mail_id)
    with app.sessions.read() as session:
        assert messages.content_of(session, first.mail_id) == b"hello\r\n\xff"
    assert steps.actions(app) == ["mail.received"]


def test_a_stored_mail_is_read_once(app: App) -> None:
    kept = store(app, b"hello")
    [outcome] = read(app)
    assert outcome == receive.Reading(kept.mail_id, Notice(category=Category.HUMAN))
    assert read(app) == []
    [mail] = mails(app)
    assert mail.state is MailState.READ


def test_no_more_is_read_than_was_asked_for(app: App) -> None:
    for number in range(3):
        store(app, b"mail %d" % number)
    assert len(read(app, limit=2)) == 2
    assert len(read(app)) == 1


def test_what_cannot_be_read_is_quarantined_with_the_reason(app: App) -> None:
    store(app, b"fail")
    store(app, b"hello")
    read(app)
    with app.sessions.read() as session:
        [mail] = notices.quarantined(session)
    assert mail.trouble == "its reader failed: ValueError"
    assert sorted(each.state.value for each in mails(app)) == ["quarantined", "read"]


def test_a_quarantined_mail_is_read_again_when_asked(app: App, tmp_path: Path) -> None:
    store(app, b"fail")
    read(app)
    with app.sessions.begin() as session:
        assert len(readings.read_again(session, now=app.clock())) == 1
    [outcome] = read(app)
    assert isinstance(outcome.result, Unreadable)


def test_a_mail_that_ends_its_workers_is_quarantined(app: App, clock: FakeClock) -> None:
    store(app, b"hello")
    for _ in range(2):  # a worker takes it, and is never heard of again
        with app.sessions.begin() as session:
            lease_until = clock() + app.lease
            assert readings.claim(session, now=clock(), lease_until=lease_until)
        assert read(app) == []
        clock.advance(seconds=app.lease.total_seconds() + 1)
    assert read(app) == []
    [mail] = mails(app)
    assert mail.trouble == "reading it ended the worker, twice"


def test_a_worker_that_lost_its_lease_records_nothing(app: App, clock: FakeClock) -> None:
    store(app, b"hello")
    with app.sessions.begin() as session:
        stale = readings.claim(session, now=clock(), lease_until=clock() + app.lease)
    assert stale
    clock.advance(seconds=app.lease.total_seconds() + 1)
    read(app)
    with app.sessions.begin() as session:
        human = Notice(category=Category.HUMAN)
        assert not readings.record(session, stale, human, version=1, now=clock())
        assert not readings.quarantine(session, stale, "too late", now=clock())
    assert steps.actions(app).count("mail.read") == 1


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def mortal(point: int) -> Iterator[None]:
    """Let the process die at some point of the block: just before or just after a commit."""
    passed = 0

    def step(session: Session) -> None:
        nonlocal passed
        passed += 1
        if passed == point + 1:
            raise Killed

    event.listen(Session, "before_commit", step)
    event.listen(Session, "after_commit", step)
    try:
        yield
    finally:
        event.remove(Session, "before_commit", step)
        event.remove(Session, "after_commit", step)


def take_in(app: App, maildir: Path) -> None:
    """Do all that workers do with what lies in a Maildir."""
    receive.collect(app.sessions, Maildir(maildir), app.clock)
    with Reader() as reader:
        while receive.read_due(app.sessions, reader, lease=app.lease, clock=app.clock, limit=1):
            pass
    while conclude_due(
        app.sessions, app.sender, soft_bounces=SOFT_BOUNCES, clock=app.clock, limit=1
    ):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("point", range(16))
def test_whenever_it_is_killed_no_mail_is_lost_and_none_counts_twice(
    app: App, clock: FakeClock, maildir: Path, point: int
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    sent = list(steps.deliveries_of(app).values())
    digests = set()
    for delivery in sent:
        mail = a_dsn(app, delivery)
        digests.add(sha256(mail))
        (maildir / "new" / delivery.id.hex).write_bytes(mail)
    with suppress(Killed), mortal(point):
        take_in(app, maildir)

    waiting = {sha256(file.read_bytes()) for file in (maildir / "new").iterdir()}
    assert waiting | {mail.sha256 for mail in mails(app)} == digests

    clock.advance(seconds=app.lease.total_seconds() + 1)
    take_in(app, maildir)
    assert {mail.sha256 for mail in mails(app)} == digests
    assert not list((maildir / "new").iterdir())
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.BOUNCED}
    told = steps.actions(app)
    once = ("mail.received", "mail.read", "delivery.bounced", "address.suppressed")
    assert [told.count(action) for action in once] == [2, 2, 2, 2]


def test_what_nothing_can_be_concluded_from_is_set_aside_and_the_rest_goes_on(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [store(app, b"one"), store(app, b"two")]
    read(app)
    broken = kept[0].mail_id

    def fail(session: Session, mail_id: object) -> list[str]:
        if mail_id == broken:
            raise LookupError
        return []

    with monkeypatch.context() as patch:
        patch.setattr(messages, "recipients", fail)
        done = conclude_due(app.sessions, app.sender, soft_bounces=3, clock=clock, limit=9)
    assert [each.mail_id for each in done] == [kept[1].mail_id]
    with app.sessions.read() as session:
        [mail] = notices.quarantined(session)
    assert (mail.id, mail.trouble) == (broken, "nothing could be concluded: LookupError")


def test_what_a_busy_database_did_not_take_is_concluded_later(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store(app, b"one")
    read(app)

    def fail(*_: object) -> list[str]:
        raise PassingTrouble("SELECT", {}, LookupError("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(messages, "recipients", fail)
        assert not conclude_due(app.sessions, app.sender, soft_bounces=3, clock=clock, limit=9)
    with app.sessions.read() as session:
        assert notices.quarantined(session) == []
    assert not conclude_due(app.sessions, app.sender, soft_bounces=3, clock=clock, limit=9)
    clock.advance(seconds=11)
    [done] = conclude_due(app.sessions, app.sender, soft_bounces=3, clock=clock, limit=9)
    assert done.mail_id == kept.mail_id


def test_a_complaint_to_another_mailbox_is_proven_by_the_return_path_that_it_brings_back(
    app: App, clock: FakeClock, maildir: Path
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    for name, return_path in (("a", wrong_token(app, delivery)), ("b", token(app, delivery))):
        fields = f"Feedback-Type: abuse\nOriginal-Mail-From: <{return_path}>\n"
        (maildir / "new" / name).write_bytes(a_report(fields, returned="Subject: Letter\n\n"))
        take_in(app, maildir)
        with app.sessions.read() as session:
            found = suppressions.suppression_of(session, delivery.address_key)
        assert bool(found) is (name == "b")


def test_a_forged_bounce_by_mail_changes_nothing(app: App, clock: FakeClock, maildir: Path) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    for name, to in (
        ("missing", "bounces@ombudsman.example"),
        ("wrong", wrong_token(app, delivery)),
    ):
        (maildir / "new" / name).write_bytes(a_dsn(app, delivery, to=to))
    take_in(app, maildir)
    [delivery] = steps.deliveries_of(app).values()
    assert delivery.state is DeliveryState.ACCEPTED
    with app.sessions.read() as session:
        found = notices.listed(session, delivery_id=delivery.id)
        assert sorted(row.trust.value for row, _, _ in found if row.trust) == [
            "probable",
            "wrong_token",
        ]
        assert suppressions.suppression_of(session, delivery.address_key) is None
