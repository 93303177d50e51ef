from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from mailbox import Maildir
from pathlib import Path
from uuid import uuid4

import pytest

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope, return_path
from dispatch.mail.catcher import Catcher
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.mail.server_thread import MAX_LINE

MESSAGE = b"Subject: Annual Review letter 2020\r\n\r\nDear Ms Adur,\r\n.\r\n"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "caught"


@pytest.fixture
def catcher(maildir: Path) -> Iterator[Catcher]:
    with Catcher(maildir, slow_by=0.2) as catcher:
        yield catcher


@pytest.fixture
def line(catcher: Catcher) -> Iterator[SmtpConnection]:
    line = connected(catcher)
    yield line
    line.close()


def connected(catcher: Catcher, dot_timeout: float = 5) -> SmtpConnection:
    server = SmtpServer("127.0.0.1", catcher.port, "none", timeout=5, dot_timeout=dot_timeout)
    line = SmtpTransport(server).connect()
    assert isinstance(line, SmtpConnection)
    return line


def offer(
    line: SmtpConnection, name: str, content: bytes = MESSAGE, mail_from: str = ""
) -> Outcome:
    envelope = Envelope(mail_from, f"{name}@adur.example", "1")
    return line.offer(envelope, content, before_dot=lambda: True)


def caught(maildir: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted((maildir / "new").iterdir())]


def test_what_is_caught_lies_in_a_maildir_as_it_came_under_its_envelope(
    line: SmtpConnection, maildir: Path
) -> None:
    outcome = offer(line, "Chief", mail_from="bounces+x1@ombudsman.example")

    assert outcome.verdict is Verdict.ACCEPTED
    [found] = Maildir(maildir, create=False)
    assert found["Return-Path"] == "<bounces+x1@ombudsman.example>"
    assert found["Delivered-To"] == found["X-Original-To"] == "Chief@adur.example"
    [content] = caught(maildir)
    assert content.endswith(b"\r\n" + MESSAGE)


def test_each_accepted_message_is_one_file(line: SmtpConnection, maildir: Path) -> None:
    verdicts = {offer(line, f"chief{number}").verdict for number in range(20)}

    assert verdicts == {Verdict.ACCEPTED}
    assert len(caught(maildir)) == 20
    assert list((maildir / "tmp").iterdir()) == []


def test_refuse_is_refused(line: SmtpConnection, maildir: Path) -> None:
    outcome = offer(line, "refuse-me")

    assert outcome.verdict is Verdict.REFUSED
    assert outcome.reply
    assert outcome.reply.enhanced_status == "5.1.1"
    assert caught(maildir) == []


def test_defer_is_deferred_once_for_each_address(line: SmtpConnection, maildir: Path) -> None:
    verdicts = [offer(line, name).verdict for name in ("defer", "defer", "defer2", "defer")]

    assert verdicts == [
        Verdict.DEFERRED,
        Verdict.ACCEPTED,
        Verdict.DEFERRED,
        Verdict.ACCEPTED,
    ]
    assert len(caught(maildir)) == 2


def test_slow_is_accepted_after_a_pause(catcher: Catcher, maildir: Path) -> None:
    for patience, verdict in ((0.05, Verdict.IN_DOUBT), (5.0, Verdict.ACCEPTED)):
        line = connected(catcher, dot_timeout=patience)
        assert offer(line, "slow").verdict is verdict
        line.close()

    assert len(caught(maildir)) == 1  # who hangs up before the pause is over, takes it back


def test_drop_is_taken_and_leaves_us_in_doubt(line: SmtpConnection, maildir: Path) -> None:
    assert offer(line, "Drop").verdict is Verdict.IN_DOUBT
    assert len(caught(maildir)) == 1
    assert not line.is_usable


def test_mail_without_a_return_path_is_caught_as_such(line: SmtpConnection, maildir: Path) -> None:
    offer(line, "chief", mail_from="")

    assert caught(maildir)[0].startswith(b"Return-Path: <>\r\n")


def test_a_withdrawn_message_is_not_caught(line: SmtpConnection, maildir: Path) -> None:
    line.offer(Envelope("", "chief@adur.example", "1"), MESSAGE, before_dot=lambda: False)

    assert caught(maildir) == []


def test_real_mail_fits(line: SmtpConnection) -> None:
    mail_from = return_path("bounces@ombudsman.example", uuid4(), b"key")
    rcpt_to = "chief" * 12
    content = b"X-Long: " + b"x" * (MAX_LINE // 2) + b"\r\n\r\n" + b"x" * 76 + b"\r\n"

    assert offer(line, rcpt_to, content, mail_from).verdict is Verdict.ACCEPTED


def test_international_addresses_are_taken(line: SmtpConnection, maildir: Path) -> None:
    envelope = Envelope("", "siân@sir-gâr.example", "1")

    assert line.offer(envelope, MESSAGE, before_dot=lambda: True).verdict is Verdict.ACCEPTED
    assert "Delivered-To: siân@sir-gâr.example\r\n".encode() in caught(maildir)[0]


def test_all_recipients_of_a_shared_message_are_noted(catcher: Catcher, maildir: Path) -> None:
    client = smtplib.SMTP("127.0.0.1", catcher.port, "localhost", timeout=5)
    client.sendmail("a@b.example", ["one@adur.example", "two@adur.example"], MESSAGE)
    client.quit()

    [content] = caught(maildir)
    assert message_from_bytes(content).get_all("Delivered-To") == [
        "one@adur.example",
        "two@adur.example",
    ]


def test_a_message_that_cannot_be_stored_is_not_accepted(
    line: SmtpConnection, maildir: Path
) -> None:
    (maildir / "tmp").rmdir()

    outcome = offer(line, "chief")

    assert outcome.verdict is Verdict.DEFERRED
    assert "4.3.0" in str(outcome)
