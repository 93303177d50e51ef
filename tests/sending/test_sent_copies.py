"""Copies of accepted letters in the Sent folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from imapclient import IMAPClient
from sqlalchemy import select, text, update

from dispatch.app import App
from dispatch.corrections import send_again
from dispatch.database.tables import Attempt, SentCopy
from dispatch.domain.errors import Unavailable
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.reply import Outcome, Reply
from dispatch.mail.incoming.imap import Mailbox
from dispatch.mail.sent_folder import NoRoom, NotTaken, OpenFolder, Place, SentFolder
from dispatch.mailouts.store import mailout_named
from dispatch.sending import sent_copies
from dispatch.sending.sent_copies import HOLDS, RESTS, Kept, Standing
from dispatch.views.sent_copies import in_words
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.mail.dovecot import SENT, SENT_AND_QUOTA, dovecot, needs_dovecot

AT = Mailbox("mail.example", 993, "office", "secret", folder="")


class Killed(BaseException):
    """The worker ended at once."""


@dataclass(frozen=True)
class Folder(SentFolder):
    """A folder that is not there, in which copies lie by their Message-IDs."""

    at: Mailbox = AT
    copies: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    errors: list[BaseException] = field(default_factory=list)
    """Raised in turn, once a copy lies there if it is `Killed`."""
    is_away: list[bool] = field(default_factory=list)

    @contextmanager
    def opened(self, seconds: float = 0.0) -> Iterator[OpenFolder]:
        if self.is_away:
            raise Unavailable("the IMAP server mail.example:993: TimeoutError")
        yield Open(self)

    @property
    def messages(self) -> set[bytes]:
        return {message for message, _ in self.copies.values()}


@dataclass(frozen=True)
class Open(OpenFolder):
    """That folder while we are logged in."""

    _client: Folder
    _folder: str = "Sent"
    _host: str = "mail.example"

    def has(self, message_id: str, since: datetime) -> bool:
        return message_id in self._client.copies

    def put(self, message: bytes, at: datetime) -> Place:
        copies, errors = self._client.copies, self._client.errors
        error = errors.pop(0) if errors else None
        if error and not isinstance(error, Killed):
            raise error
        id_ = message_from_bytes(message)["Message-ID"]
        assert id_ not in copies
        copies[id_] = (message, at)
        if error:
            raise error
        return Place(7, len(copies))


def kept(app: App, folder: SentFolder) -> Kept:
    return sent_copies.keep(app.sessions, app.sender, folder, app.clock)


def standing(app: App, folder: SentFolder) -> Standing:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return sent_copies.standing(session, mailout, folder.name)


def sent(app: App, clock: FakeClock) -> Folder:
    """Send four letters; return a folder without copies."""
    steps.released(app, clock, "OXO", "ADU")
    steps.send_due(app)
    return Folder()


@pytest.fixture
def refusing(transport: FakeTransport) -> FakeTransport:
    """A server that refuses the first letter."""
    transport.outcomes.append(Outcome.answered(Reply("RCPT", 550, "5.1.1 no such user here")))
    return transport


def given(transport: FakeTransport) -> set[bytes]:
    return {content for _, content in transport.sent}


@pytest.mark.parametrize("is_signed", [False, True])
def test_each_accepted_letter_has_one_copy_byte_for_byte_as_it_was_sent(
    app: App, clock: FakeClock, refusing: FakeTransport, *, is_signed: bool
) -> None:
    if is_signed:
        signer = replace(app.sender, sign=lambda _, at: f"v=1;\r\n t={at.isoformat()}")
        app = replace(app, sender=signer)
    folder = sent(app, clock)
    accepted_at = clock()
    clock.advance(minutes=3)
    assert standing(app, folder) == Standing(0, len(given(refusing)))
    found = kept(replace(app, sender=replace(app.sender, sign=None)), folder)
    assert found == Kept(count=len(folder.copies))
    assert folder.messages == given(refusing)
    assert {at for _, at in folder.copies.values()} == {accepted_at}
    assert kept(app, folder) == Kept(count=0)
    assert standing(app, folder) == Standing(found.count, found.count)
    with app.sessions.read() as session:
        rows = session.scalars(select(SentCopy)).all()
        assert {(each.uidvalidity, each.uid, each.at) for each in rows} == {
            (7, number, clock()) for number in range(1, found.count + 1)
        }


def test_a_letter_that_is_sent_again_has_a_copy_of_its_own(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    folder = sent(app, clock)
    first = kept(app, folder).count
    steps.appointed(app, "OXO", "new.chief@oxo.example")
    wish = ResendRequest(choice=Choice.CHANGED)
    proposal = send_again.prepare(app.sessions, app.templates, steps.NAME, wish, now=clock())
    word = a_word(clock(), because="new in post")
    assert send_again.resend((app.sessions, app.templates), proposal, word)
    steps.send_due(app)
    assert kept(app, folder).count == 1
    assert len(folder.copies) == first + 1
    assert folder.messages == given(transport)


def test_a_worker_that_is_killed_before_its_record_makes_no_second_copy(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    folder = sent(app, clock)
    folder.errors.append(Killed())
    with pytest.raises(Killed):
        kept(app, folder)
    assert len(folder.copies) == 1
    assert kept(app, folder) == Kept(is_looked=False)  # it may be at it still
    clock.advance(seconds=HOLDS.total_seconds())
    assert kept(app, folder).count == len(given(transport))
    assert folder.messages == given(transport)
    assert standing(app, folder).copied == len(given(transport))


def test_a_worker_that_was_frozen_leaves_the_folder_to_the_next(app: App, clock: FakeClock) -> None:
    folder, moments = sent(app, clock), [clock(), clock() + HOLDS, clock() + HOLDS]
    found = sent_copies.keep(app.sessions, app.sender, folder, lambda: moments.pop(0))
    assert found == Kept(count=0)
    assert not folder.copies


def test_trouble_is_said_and_the_folder_rests_longer_each_time(app: App, clock: FakeClock) -> None:
    folder = sent(app, clock)
    began_at = clock()
    folder.is_away.append(True)
    for rest in (*RESTS, RESTS[-1]):
        trouble = "the IMAP server mail.example:993: TimeoutError"
        assert kept(app, folder) == Kept(trouble=trouble)
        found = standing(app, folder)
        assert (found.trouble, found.troubled_since) == (trouble, began_at)
        assert found.next_try_at == clock() + rest
        clock.advance(seconds=rest.total_seconds() - 1)
        assert kept(app, folder) == Kept(is_looked=False)
        clock.advance(seconds=1)
    said = in_words(
        found, found.next_try_at - timedelta(seconds=1) if found.next_try_at else began_at
    )
    assert said
    assert said.startswith("0 of 4 letters have a copy there; trouble since ")
    assert "TimeoutError; next try at " in said
    folder.is_away.clear()
    assert kept(app, folder).trouble is None
    assert in_words(standing(app, folder), clock()) == "4 of 4 letters have a copy there"


def test_a_full_mailbox_ends_the_run_and_a_letter_that_is_not_taken_does_not(
    app: App, clock: FakeClock
) -> None:
    folder = sent(app, clock)
    folder.errors.append(NoRoom("the mailbox at mail.example is full"))
    assert kept(app, folder) == Kept(trouble="the mailbox at mail.example is full")
    clock.advance(minutes=1)
    folder.errors.append(NotTaken("[TOOBIG] 30 MB at most"))
    found = kept(app, folder)
    assert found.count == 3
    assert found.trouble == "one letter or more cannot be copied: [TOOBIG] 30 MB at most"
    assert kept(app, folder).count == 1  # others were taken, so that nothing has to rest


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE delivery SET state = 'accepted'", "does not say that a server accepted"),
        ("UPDATE delivery SET name = 'Mr Smith'", "not the one that was approved"),
        ("UPDATE letter SET subject = 'You owe us'", "not the one that was approved"),
        ("UPDATE attempt SET signature = 'x' || char(13) || char(10) || 'To: y'", "was changed"),
        ("UPDATE document SET content = 'x'", "cannot be put together|is not what it was"),
    ],
)
def test_who_has_the_database_alone_can_put_nothing_into_the_folder(
    app: App, clock: FakeClock, refusing: FakeTransport, statement: str, said: str
) -> None:
    folder = sent(app, clock)
    with app.sessions.begin() as session:
        if session.get_bind().dialect.name != "sqlite":
            statement = statement.replace("char(", "chr(")
        session.execute(text(statement))
    assert re.search(said, kept(app, folder).trouble or "")
    assert folder.messages <= given(refusing)


def test_a_mailout_that_is_closed_gets_no_more_copies(app: App, clock: FakeClock) -> None:
    folder = sent(app, clock)
    with app.sessions.begin() as session:
        session.execute(text("UPDATE mailout SET state = 'uploaded'"))
    assert kept(app, folder) == Kept()
    assert not folder.copies


def test_an_accepted_letter_that_was_in_doubt_is_dated_by_its_last_attempt(
    app: App, clock: FakeClock
) -> None:
    folder = sent(app, clock)
    ended_at = clock() - timedelta(hours=1)
    with app.sessions.begin() as session:
        session.execute(update(Attempt).values(verdict="in_doubt", ended_at=ended_at))
    assert kept(app, folder).count == 4
    assert {at for _, at in folder.copies.values()} == {ended_at}


@needs_dovecot
def test_copies_lie_in_a_real_mailbox(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    sent(app, clock)
    with dovecot(parts=SENT_AND_QUOTA) as server:
        folder = SentFolder.from_url(server.url(folder=""))
        found = kept(app, folder)
        with IMAPClient("127.0.0.1", server.port, ssl=False) as client:
            client.login("office", server.password)
            client.select_folder(SENT, readonly=True)
            lies = client.fetch(client.search("SEEN"), ["BODY.PEEK[]"])
    assert (found.count, found.trouble) == (4, None)
    assert {each[b"BODY[]"] for each in lies.values()} == given(transport)
