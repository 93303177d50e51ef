from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from dispatch.app import App
from dispatch.database import Session, Sessions, connect
from dispatch.database.tables import AuthorityRow, Delivery, Document, EventRow, ImprintRow, Letter
from dispatch.documents import Templates
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import Event
from dispatch.domain.sending.envelope import Sender
from dispatch.incoming import receive
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from dispatch.proof.store import seals
from dispatch.proof.verify import Audit, audit
from dispatch.register import imports, suppressions
from dispatch.register.file_kinds import File
from dispatch.settings import Settings
from dispatch.tracking.timekeeping import Timekeeper
from tests import steps
from tests.conftest import KEY, postgresql_database
from tests.databases import POSTGRESQL
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.proof.tamperings import TAMPERINGS, Tampering

CONTACTS = (
    b"authority,role,address,honorific,surname\n"
    b"OXO,chief executive,new@oxo.example,Mr,Brown\n"
    b"ADU,leader,leader@adu.example,Ms,Green\n"
)


@contextmanager
def copied(url: str, to: Path) -> Iterator[str]:
    """Lend a copy of a database, to do with as one pleases."""
    if POSTGRESQL:
        with postgresql_database(template=url.rpartition("/")[2]) as copy:
            yield copy
    else:
        shutil.copy(url.removeprefix("sqlite:///"), to)
        yield f"sqlite:///{to}"


def seal_all(sessions: Sessions, clock: FakeClock, limit: int = 1000) -> None:
    is_due = True
    while is_due:
        with sessions.begin() as session:
            is_due = seal(session, now=clock(), limit=limit) is not None


@pytest.fixture(scope="module")
def scene(
    migrated: str, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[str]:
    """A database in which letters were sent, mail came in, a contact changed, an address barred."""
    folder = tmp_path_factory.mktemp("scene")
    with copied(migrated, folder / "dispatch.db") as url:
        clock = FakeClock()
        sender = Sender(
            name="Office",
            address="office@o.example",
            reply_to="",
            return_path="bounces@o.example",
            key=b"key",
        )
        sessions = connect(url, KEY, party=sender.party)
        app = App(
            settings=Settings(home=folder),
            sessions=sessions,
            templates=templates,
            transport=FakeTransport(),
            sender=sender,
            clock=clock,
            timekeeper=Timekeeper(clock.reading),
            person="sam",
        )
        act(app, clock)
        sessions.dispose()
        yield url


def act(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *CODES)
    with app.sessions.begin() as session:
        for code in CODES:
            known = Event(clock(), "sam", "authority.changed", f"authority:{code}")
            journal.append(session, known)
    seal_all(app.sessions, clock, limit=7)
    steps.send_due(app)
    clock.advance(minutes=1)
    seal_all(app.sessions, clock)
    clock.advance(days=1)
    now = clock()
    arrival = Arrival(source="lmtp", recipient="bounces@o.example")
    receive.store(app.sessions, b"Subject: no\r\n\r\nnobody here", arrival, now=now)
    with app.sessions.begin() as session:
        file = File("contacts", "contacts.csv", CONTACTS)
        imports.take_in(session, file, a_word(now))
        for address in ("x@oxo.example", "y@oxo.example"):
            suppressions.suppress(session, address, a_word(now, "alex", "they asked"))
        suppressions.lift(session, "x@oxo.example", a_word(now, "alex", "a mistake"))
    seal_all(app.sessions, clock)


CODES = ("OXO", "ADU")


@pytest.fixture
def tampered(scene: str, tmp_path: Path) -> Iterator[Sessions]:
    """A copy of the scene."""
    with copied(scene, tmp_path / "copy.db") as url:
        sessions = connect(url, KEY)
        yield sessions
        sessions.dispose()


def found(sessions: Sessions, **checkpoints: Checkpoint) -> Audit:
    with sessions.read() as session:
        return audit(session, checkpoints)


def checkpoint(sessions: Sessions) -> Checkpoint:
    with sessions.read() as session:
        last = seals.last(session)
        assert last
        return Checkpoint.of(last.seal, "o.example/dispatch", now=last.seal.sealed_at)


def test_what_nobody_touched_holds(tampered: Sessions) -> None:
    result = found(tampered, now=checkpoint(tampered))
    assert result.wrong == ()
    assert result.last
    assert (result.unsealed, result.late_until) == (0, datetime(2020, 7, 22, 8, tzinfo=UTC))
    assert result.last.number > 3


WORDS = {
    "OF_DELIVERY": "(SELECT min(id) FROM event WHERE subject = 'SUBJECT')",
    "ACCEPTED": "(SELECT min(id) FROM event WHERE action = 'delivery.accepted')",
    "DELIVERY": "(SELECT id FROM delivery WHERE address = 'chief.executive@oxo.example')",
    "CONTACT": "(SELECT id FROM contact WHERE address = 'chief.executive@adu.example')",
    "LETTER": "(SELECT id FROM letter WHERE authority_code = 'OXO')",
    "OTHER": "(SELECT id FROM letter WHERE authority_code = 'ADU')",
    "CONTENT": "convert_to('other', 'UTF8')" if POSTGRESQL else "CAST('other' AS BLOB)",
    "ZEROS": "0" * 64,
}


def filled_in(session: Session) -> dict[str, str]:
    """What the words of a tampering stand for that only the database knows."""
    letters = select(Letter.authority_code, Letter.parts)
    parts = {code: found["pdf"] for code, found in session.execute(letters)}
    chief = Delivery.address == "chief.executive@oxo.example"
    delivery_id = session.scalars(select(Delivery.id).where(chief)).one()
    [_, _, second, *_, before, last] = seals.after(session, -1, 100)
    accepted = select(func.min(EventRow.place)).where(EventRow.action == "delivery.accepted")
    moved = replace(second.seal, sealed_at=second.seal.sealed_at + timedelta(seconds=1))
    return {
        "PDF_OF_ADU": parts["ADU"],
        "PDF": parts["OXO"],
        "SUBJECT": f"delivery:{delivery_id}",
        "REHASHED": moved.hash,
        "GAP": str(session.scalar(accepted)),
        "END": str(before.seal.size),
        "LAST": str(last.seal.number),
        "FREE": str(session.scalar(select(func.min(ImprintRow.place)))),
    }


def tamper(sessions: Sessions, done: str) -> None:
    with sessions.read() as session:
        words = {**WORDS, **filled_in(session)}
    for statement in done.split(";"):
        for word, meant in words.items():
            statement = re.sub(rf"\b{word}\b", lambda _: meant, statement)  # noqa: B023, PLW2901
        with sessions.begin() as session:
            if statement == "SEAL":
                last = seals.last(session)
                assert last
                seal(session, now=last.seal.sealed_at + timedelta(minutes=1))
            else:
                session.execute(text(statement.replace(":", r"\:")))


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.what)
def test_what_was_tampered_with_is_found_and_named(
    tampered: Sessions, tampering: Tampering
) -> None:
    tamper(tampered, tampering.done)
    [first, *_] = found(tampered).wrong
    assert re.search(tampering.named, first), first


@pytest.mark.parametrize(
    ("days", "named"),
    [
        (-3, "is backdated: it says 20 July 2020"),
        (365, "is dated 23 July 2021 .*, after seal"),
    ],
)
def test_an_event_with_a_code_whose_time_cannot_be_true_is_named(
    tampered: Sessions, days: int, named: str
) -> None:
    last = checkpoint(tampered).at
    with tampered.begin() as session:
        at = last + timedelta(days=days)
        journal.append(session, Event(at, "sam", "mailout.replanned", "mailout:x"))
        assert seal(session, now=last + timedelta(minutes=1))
    [first, *_] = found(tampered).wrong
    assert re.match(rf"event \d+ \(mailout\.replanned of mailout:x, .*\) {named}", first), first


CUT = (
    "DELETE FROM event WHERE place >= END;DELETE FROM imprint WHERE place >= END;"
    "DELETE FROM seal WHERE number = LAST"
)
"""Takes off what the last seal holds."""

TRACES = (
    "DELETE FROM suppression",
    "DELETE FROM arrival",
    "DELETE FROM incoming_mail",
    "DELETE FROM contact WHERE source_file_id IS NOT NULL",
    "UPDATE contact SET valid_until = NULL",
    "DELETE FROM source_file",
)
"""Takes back what the events of the last seal had written."""


def test_the_end_of_the_trail_cannot_be_cut_off_unseen_by_who_has_a_checkpoint(
    tampered: Sessions,
) -> None:
    kept = checkpoint(tampered)
    tamper(tampered, ";".join((CUT, *TRACES)))
    assert found(tampered).wrong == ()
    [line] = found(tampered, kept=kept).wrong
    assert re.search(
        r"the end is gone: kept of 23 July 2020 .*: the ledger was cut off, or this is", line
    )


def test_records_of_which_the_trail_was_cut_off_are_named(tampered: Sessions) -> None:
    tamper(tampered, CUT)
    assert any("is not in the ledger" in line for line in found(tampered).wrong)


def test_a_trail_that_was_sealed_anew_is_not_the_one_that_was_signed(tampered: Sessions) -> None:
    kept = checkpoint(tampered)
    tamper(
        tampered,
        "DELETE FROM seal;DELETE FROM imprint;UPDATE event SET place = NULL, hash = NULL;"
        "UPDATE attempt SET text = '2.0.0 read by all'",
    )
    clock = FakeClock(kept.at)
    seal_all(tampered, clock, limit=7)
    assert found(tampered).wrong == ()
    [line, *_] = found(tampered, kept=kept).wrong
    assert re.search("the end is gone|is not the one that kept was signed for", line), line


def test_what_waits_to_be_sealed_is_counted_and_is_not_wrong(
    tampered: Sessions, clock: FakeClock
) -> None:
    contacts = CONTACTS.replace(b"leader@", b"another@")
    with tampered.begin() as session:
        at = datetime(2020, 7, 23, 9, tzinfo=UTC)
        imports.take_in(session, File("contacts", "again.csv", contacts), a_word(at))
        address = AuthorityRow.code == "OXO"
        session.execute(update(AuthorityRow).where(address).values(region="South East"))
        change = Event(at, "sam", "authority.changed", "authority:OXO", {"region": "x"})
        journal.append(session, change)
    result = found(tampered)
    assert result.wrong == ()
    assert result.unsealed == 3
    with tampered.begin() as session:
        assert seal(session, now=at)
    assert found(tampered).wrong == ()


def test_without_a_seal_contents_and_states_are_looked_at(sessions: Sessions) -> None:
    assert found(sessions).last is None
    with sessions.begin() as session:
        session.add(Document(sha256="0" * 64, media_type="text/plain", content=b"?"))
    assert found(sessions).wrong == ("the stored document 00000000 was changed",)


def test_the_message_of_a_letter_that_went_again_is_looked_at(tampered: Sessions) -> None:
    tamper(tampered, "UPDATE delivery SET mail = 'ZEROS' WHERE id = DELIVERY")
    [changed, gone] = found(tampered).wrong
    assert "was changed after seal" in changed
    assert re.fullmatch(
        r"the message of delivery .* to the chief executive of OXO .* is gone", gone
    )
    tamper(
        tampered,
        "INSERT INTO document (sha256, media_type, content) VALUES ('ZEROS', 'text/x', CONTENT)",
    )
    assert any(
        re.match("the message of delivery .* is not what was made", line)
        for line in found(tampered).wrong
    )


def test_no_more_than_twenty_things_are_told(tampered: Sessions) -> None:
    tamper(tampered, "UPDATE event SET actor = 'x'")
    assert len(found(tampered).wrong) == 20
