"""One message out by the way that letters go, and what came back of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.doctor import message
from dispatch.doctor.message import Patience, SentTest
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope, ReturnPathStyle
from dispatch.incoming import conclude, receive
from dispatch.ledger import journal
from dispatch.mail.exchangers import Located
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.incoming.reader import Reader
from dispatch.register.store import suppressions
from tests.doctor.offices import faults, office, words
from tests.factories import a_word
from tests.fakes import FakeTransport

STOPS, LOOK = Level.STOPS, Level.LOOK
US = "bounces@ombudsman.example"
PASSES = "mx.ombudsman.example; spf=pass; dkim=pass header.d=ombudsman.example; dmarc=pass"

Comes = Callable[[Envelope, bytes], bytes]


@dataclass
class Loop(FakeTransport):
    """A mail server that puts into a Maildir what comes back of each message."""

    maildir: Path = Path()
    comes: Comes | None = None

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        super().hear_the_dot(envelope, message, outcome)
        if self.comes:
            (self.maildir / "new" / "1").write_bytes(self.comes(envelope, message))


@dataclass
class Waiting:
    """A clock that goes on only while somebody sleeps."""

    now: float = 0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return self.now


@dataclass
class Tried:
    test: SentTest
    findings: list[Finding]
    server: Loop
    waiting: Waiting


def tried(
    app: App, folder: Path, comes: Comes | None = None, to: str = US, **sender: object
) -> Tried:
    for name in ("new", "cur"):
        (folder / name).mkdir(parents=True)
    server = Loop(maildir=folder, comes=comes)
    at = replace(office(app, inboxes=(Maildir(folder),)), transport=server)
    at = replace(at, sender=replace(at.sender, **sender)) if sender else at  # type: ignore[arg-type]
    return _tried(at, server, to)


def _tried(at: App, server: Loop, to: str) -> Tried:
    waiting = Waiting()
    test = message.send(at, to, a_word(at.clock()))
    patience = Patience(5, waiting.sleep, waiting.monotonic)
    return Tried(test, list(message.find(at, test, patience)), server, waiting)


@pytest.fixture(autouse=True)
def no_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "look_up", lambda _: Located(("mx.ombudsman.example",)))


def copied(*headers: str, says_return_path: str | None = None) -> Comes:
    def comes(envelope: Envelope, content: bytes) -> bytes:
        path = says_return_path or envelope.mail_from
        head = "".join(f"{each}\r\n" for each in (f"Return-Path: <{path}>", *headers))
        return head.encode() + content

    return comes


SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=ombudsman.example; s=s1;\r\n\tbh=x; b=y"


def test_a_copy_that_passes_is_fine_and_tells_the_selector(app: App, tmp_path: Path) -> None:
    comes = copied(f"Authentication-Results: {PASSES}", SIGNED)
    found = tried(app, tmp_path / "Maildir", comes)
    assert faults(found.findings) == {}
    said = words(found.findings)
    assert "saw: spf pass, dkim pass, dmarc pass" in said
    assert "signed with the selector s1 of ombudsman.example" in said


def test_it_says_that_it_is_a_test_and_leaves_under_a_signed_return_path(
    app: App, tmp_path: Path
) -> None:
    found = tried(app, tmp_path / "Maildir")
    [(envelope, content)] = found.server.sent
    assert envelope.mail_from.startswith("bounces+")
    assert b"Subject: [Test]" in content
    assert b"counts for nothing" in content
    with app.sessions.read() as session:
        [event] = [each for each in journal.events(session) if each.action == "test.sent"]
        assert event.subject == f"test:{found.test.id}"
        assert event.actor == "sam"
        assert event.detail["verdict"] == "accepted"
        assert US not in str(event)


@pytest.mark.parametrize(
    ("headers", "expected", "said"),
    [
        ((), {"message.authentication": LOOK}, "does not say what it saw"),
        (
            (f"Authentication-Results: {PASSES.replace('mx.ombudsman', 'mx.stranger')}",),
            {"message.authentication": LOOK},
            "of its own",
        ),
        (
            ("Authentication-Results: mx.ombudsman.example; spf=fail; dkim=none; dmarc=fail",),
            {"message.authentication": STOPS},
            "dmarc fail",
        ),
        (
            ("Authentication-Results: mx.ombudsman.example; spf=pass; dkim=none; dmarc=pass",),
            {"message.authentication": LOOK},
            "dkim none",
        ),
    ],
)
def test_only_what_our_own_receiving_server_saw_counts(
    app: App, tmp_path: Path, headers: tuple[str, ...], expected: dict[str, Level], said: str
) -> None:
    found = tried(app, tmp_path / "Maildir", copied(*headers))
    assert faults(found.findings) == expected
    assert said in words(found.findings)


def test_what_the_server_changes_on_the_way_is_found(app: App, tmp_path: Path) -> None:
    passes = f"Authentication-Results: {PASSES}"

    def rewritten(envelope: Envelope, content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        kept = [
            each for each in lines if not each.startswith((b"Message-ID", b"X-Dispatch-Signed"))
        ]
        return copied(passes, says_return_path=US)(envelope, b"\r\n".join(kept))

    found = tried(app, tmp_path / "Maildir", rewritten)
    assert faults(found.findings) == {"message.return_path": LOOK, "message.headers": LOOK}
    assert "DISPATCH_RETURN_PATH_STYLE=plain" in words(found.findings)


def test_a_plain_return_path_that_arrives_as_it_left_is_fine(app: App, tmp_path: Path) -> None:
    comes = copied(f"Authentication-Results: {PASSES}")
    found = tried(app, tmp_path / "Maildir", comes, style=ReturnPathStyle.PLAIN)
    assert faults(found.findings) == {}
    assert found.test.mail_from == US


BOUNCE = """\
From: MAILER-DAEMON@ombudsman.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail system

<{us}>: host mx said: {words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ombudsman.example

Final-Recipient: rfc822; {us}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b--
"""


def noticed(action: str, status: str, said: str) -> Comes:
    def comes(envelope: Envelope, _: bytes) -> bytes:
        text = BOUNCE.format(to=envelope.mail_from, us=US, action=action, status=status, words=said)
        return text.encode()

    return comes


@pytest.mark.parametrize(
    ("comes", "level", "said"),
    [
        (noticed("failed", "5.7.26", "550 5.7.26 unauthenticated"), STOPS, "unauthenticated"),
        (noticed("delivered", "2.0.0", "250 2.0.0 stored"), Level.FINE, "was delivered"),
        (noticed("delayed", "4.4.1", "451 4.4.1 not now"), LOOK, "delayed"),
        (None, LOOK, "Nothing came back within 5 seconds"),
        (lambda *_: b"Subject: another\r\n\r\nHello\r\n", LOOK, "Nothing came back"),
    ],
)
def test_a_notice_in_the_place_of_the_copy_is_read(
    app: App, tmp_path: Path, comes: Comes | None, level: Level, said: str
) -> None:
    found = tried(app, tmp_path / "Maildir", comes)
    [back] = [each for each in found.findings if each.check == "message.back"]
    assert back.level is level
    assert said in words([back])
    assert bool(found.waiting.slept) is (level is not STOPS)


@pytest.mark.parametrize(
    ("outcome", "level", "said"),
    [
        (
            Outcome.answered(Reply(".", 554, "5.2.252 SendAsDenied; not allowed to send as")),
            STOPS,
            "DISPATCH_RETURN_PATH",
        ),
        (Outcome(Verdict.DEFERRED, trouble="CONNECT to mail.test:25: refused"), STOPS, "refused"),
        (Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot"), LOOK, "in doubt"),
    ],
)
def test_a_message_that_does_not_leave_is_explained(
    app: App, tmp_path: Path, outcome: Outcome, level: Level, said: str
) -> None:
    folder = tmp_path / "Maildir"
    for name in ("new", "cur"):
        (folder / name).mkdir(parents=True)
    server = Loop(maildir=folder)
    server.outcomes.append(outcome)
    at = replace(office(app, inboxes=(Maildir(folder),)), transport=server)
    found = _tried(at, server, US).findings
    assert found[0].level is level
    assert said in words(found)


def test_of_a_mailbox_that_is_not_ours_it_is_said_how_to_look(app: App, tmp_path: Path) -> None:
    found = tried(app, tmp_path / "Maildir", to="me@elsewhere.example")
    assert faults(found.findings) == {"message.back": LOOK}
    said = words(found.findings)
    assert "Authentication-Results should say pass" in said
    assert found.test.mail_from in said
    assert not found.waiting.slept


def test_a_mailbox_that_cannot_be_collected_from_is_said(app: App, tmp_path: Path) -> None:
    server = Loop()
    at = replace(office(app, inboxes=(Maildir(tmp_path / "nothing"),)), transport=server)
    assert "is not a Maildir" in words(_tried(at, server, US).findings)


def test_a_wrong_address_is_refused_before_anything_is_sent(app: App, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        tried(app, tmp_path / "Maildir", to="two@ats@office.example")


def test_a_bounce_of_the_test_message_counts_against_nobody(app: App, tmp_path: Path) -> None:
    tried(app, tmp_path / "Maildir", noticed("failed", "5.1.1", "550 5.1.1 no such user"))
    with Reader() as reader:
        receive.read_due(app.sessions, reader, lease=app.lease, clock=app.clock, limit=5)
    conclude.conclude_due(app.sessions, app.sender, soft_bounces=1, clock=app.clock, limit=5)
    with app.sessions.read() as session:
        assert suppressions.listed(session) == []
        kinds = {each.action for each in journal.events(session)}
    assert kinds == {"test.sent", "mail.received", "mail.read"}
