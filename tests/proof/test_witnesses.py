from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.files import checkpoints
from dispatch.files.keys import SigningKey
from dispatch.ledger import journal
from dispatch.mail.catcher import Catcher
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import Connection, SmtpTransport
from dispatch.proof.checkpoints import Signer
from dispatch.proof.seal import seal
from dispatch.proof.verify import audit
from dispatch.proof.witnesses import Witnesses, is_due, witness
from tests.fakes import FakeClock, FakeTransport

AUDITOR, BOARD = "auditor@audit.example", "board@trust.example"
NOT_NOW = Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted"))
NOT_EVER = Outcome.answered(Reply("RCPT", 550, f"5.1.1 {AUDITOR} nobody here"))
LOST = Outcome(Verdict.IN_DOUBT, trouble="connection lost")
ONE = Counter({Verdict.ACCEPTED: 1})


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer("ombudsman.example/dispatch", SigningKey.kept(tmp_path / "key.pem"))


@pytest.fixture
def means(app: App, signer: Signer) -> Witnesses:
    """One witness, and a ledger with one entry."""
    happens(app)
    return Witnesses(
        addresses=(AUDITOR,),
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        templates=app.templates,
        clock=app.clock,
        signer=signer,
    )


def seal_all(app: App) -> None:
    with app.sessions.begin() as session:
        seal(session, now=app.clock())


def happens(app: App) -> None:
    with app.sessions.begin() as session:
        journal.append(session, Event(app.clock(), "sam", "mailout.replanned", "mailout:a"))
    seal_all(app)


def mailed(app: App) -> list[Event]:
    with app.sessions.read() as session:
        events = journal.events(session)
    return [each for each in events if each.subject.startswith("checkpoint:")]


def mails(transport: FakeTransport) -> list[EmailMessage]:
    return [message_from_bytes(content, policy=default) for _, content in transport.sent]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def test_each_witness_gets_the_checkpoint_as_text_and_as_a_file_that_verifies(
    means: Witnesses, signer: Signer, transport: FakeTransport, tmp_path: Path
) -> None:
    found = witness(replace(means, addresses=(AUDITOR, BOARD)))
    assert found == Counter({Verdict.ACCEPTED: 2})
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [AUDITOR, BOARD]
    for mail, address in zip(mails(transport), (AUDITOR, BOARD), strict=True):
        assert (mail["To"], mail["Cc"]) == (address, None)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Subject"] == "Checkpoint of ombudsman.example/dispatch: seal 1"
        assert not mail.defects
        [file] = mail.iter_attachments()
        assert file.get_filename() == "checkpoint-000000000002.txt"
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        saved = tmp_path / "saved.txt"
        saved.write_bytes(content)
        known = checkpoints.read(saved, signer.public)
        assert (known.seal, known.size, known.at) == (1, 2, means.clock())
        assert saved.read_text() in text_of(mail)
        assert "dispatch audit verify --checkpoint checkpoint-000000000002.txt" in text_of(mail)
        assert max(map(len, text_of(mail).partition("\n\u2014")[0].splitlines())) <= 80
        assert saved.read_text() in unescape(text_of(mail, "html"))


def test_it_is_on_record_without_an_address_and_the_ledger_holds(
    app: App, means: Witnesses, clock: FakeClock
) -> None:
    assert witness(means)
    offered, told = mailed(app)
    assert (offered.action, told.action) == ("checkpoint.offered", "checkpoint.mailed")
    assert offered == Event(clock(), "worker", offered.action, "checkpoint:1", {"addresses": "1"})
    assert told == Event(clock(), "worker", told.action, "checkpoint:1", {"accepted": "1"})
    seal_all(app)
    with app.sessions.read() as session:
        assert not audit(session, {}).wrong


def test_a_day_must_pass_and_the_ledger_grow_by_more_than_the_mailing(
    app: App, means: Witnesses, clock: FakeClock
) -> None:
    assert witness(means) == ONE
    happens(app)
    clock.advance(hours=23, minutes=59)
    assert witness(means) is None
    clock.advance(minutes=1)
    assert witness(means) == ONE
    for _ in range(3):
        seal_all(app)
        clock.advance(days=1)
        assert witness(means) is None
    happens(app)
    assert witness(means) == ONE
    assert [each.subject for each in mailed(app)[::2]] == [f"checkpoint:{n}" for n in (1, 2, 6)]


def test_an_empty_ledger_is_mailed_to_nobody(app: App, means: Witnesses, clock: FakeClock) -> None:
    with app.sessions.begin() as session:
        session.execute(text("DELETE FROM seal"))
        assert not is_due(session, now=clock())
    assert witness(means) is None


@pytest.mark.parametrize("outcome", [NOT_NOW, NOT_EVER, LOST])
def test_what_nobody_took_for_sure_is_tried_again_on_the_next_day_and_not_before(
    app: App, means: Witnesses, clock: FakeClock, transport: FakeTransport, outcome: Outcome
) -> None:
    transport.outcomes.extend([outcome, outcome])
    for _ in range(2):
        assert witness(means) == Counter({outcome.verdict: 1})
        assert AUDITOR not in str(mailed(app))
        seal_all(app)
        clock.advance(hours=23)
        assert witness(means) is None
        clock.advance(hours=1)
    assert witness(means) == ONE
    seal_all(app)
    clock.advance(days=1)
    assert witness(means) is None


def test_without_a_server_the_next_day_has_its_turn(
    app: App, means: Witnesses, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    assert witness(means) == Counter({Verdict.DEFERRED: 1})
    transport.trouble = None
    clock.advance(days=1)
    assert witness(means) == ONE


def test_one_that_is_refused_or_no_address_holds_no_other_up(
    app: App, means: Witnesses, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.append(NOT_EVER)
    three = replace(means, addresses=(AUDITOR, "nobody@\u00fc..example", BOARD))
    assert witness(three) == Counter({Verdict.REFUSED: 2, Verdict.ACCEPTED: 1})
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [BOARD]
    assert mailed(app)[-1].detail == {"refused": "2", "accepted": "1"}
    seal_all(app)
    clock.advance(days=1)
    assert witness(three) is None  # it lies with somebody: until the ledger grows


def test_a_worker_that_dies_in_the_conversation_mails_nothing_more_that_day(
    app: App, means: Witnesses, clock: FakeClock, transport: FakeTransport
) -> None:
    class Dying(FakeTransport):
        def connect(self) -> Connection | Outcome:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        witness(replace(means, transport=Dying()))
    assert [each.action for each in mailed(app)] == ["checkpoint.offered"]
    assert witness(means) is None
    clock.advance(days=1)
    assert witness(means) == ONE


def test_two_workers_at_once_send_one_mail(means: Witnesses, transport: FakeTransport) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(witness, [means, means]))
    assert sorted(results, key=bool) == [None, ONE]
    assert len(transport.sent) == 1


def test_the_day_is_the_one_in_london(
    means: Witnesses, transport: FakeTransport, clock: FakeClock
) -> None:
    clock.reach(datetime(2020, 7, 28, 23, 30, tzinfo=UTC))
    assert witness(means) == ONE
    [mail] = mails(transport)
    text = " ".join(text_of(mail).split())
    assert "how far a ledger went on 29 July 2020: up to seal 1 and entry 2." in text


def test_a_real_server_takes_it(means: Witnesses, tmp_path: Path) -> None:
    with Catcher(tmp_path / "mail") as catcher:
        server = SmtpServer("127.0.0.1", catcher.port, "none", timeout=5, dot_timeout=5)
        assert witness(replace(means, transport=SmtpTransport(server))) == ONE
    [caught] = (tmp_path / "mail" / "new").iterdir()
    mail = message_from_bytes(caught.read_bytes(), policy=default)
    assert not mail.defects
    [file] = mail.iter_attachments()
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.decode() in text_of(mail)
