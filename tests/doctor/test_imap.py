"""The mailboxes that bounces come back to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.doctor import imap
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.incoming.inbox import Inbox
from dispatch.mail.incoming.lmtp import Listener
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.sent_folder import SentFolder
from tests.doctor.offices import faults, office, words
from tests.mail.dovecot import Dovecot, dovecot, needs_dovecot
from tests.mail.oauth.issuers import MAILBOX, FakeIssuer

STOPS, LOOK = Level.STOPS, Level.LOOK


def looked(app: App, *inboxes: Inbox, **changes: Any) -> list[Finding]:
    return list(imap.find(office(app, inboxes=inboxes, **changes)))


@dataclass
class Imap:
    """A server with a folder INBOX, that says of it what a test wants."""

    access: str = "READ-WRITE"
    kept: str = r"\Seen \Deleted"
    quota: str = ""
    login: str = "OK done"
    folders: tuple[str, ...] = ("INBOX",)
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def inbox(self, done: str | None = None) -> ImapInbox:
        at = Mailbox("127.0.0.1", self.port, "office", "p@ss", done=done, security="none")
        return ImapInbox(at)

    def serve(self, listening: socket.socket) -> None:
        connected, _ = listening.accept()
        with connected, connected.makefile("rwb", buffering=0) as line:
            line.write(f"* OK hello\r\n* CAPABILITY {self.capabilities}\r\n".encode())
            while heard := line.readline().decode().split():
                self.heard.append(heard[1].upper())
                line.write(self.answer(heard).encode())

    @property
    def capabilities(self) -> str:
        return "IMAP4rev1 QUOTA" if self.quota else "IMAP4rev1"

    def answer(self, heard: list[str]) -> str:
        tag, verb, name = heard[0], heard[1].upper(), heard[-1].strip('"')
        there = {
            "CAPABILITY": f"* CAPABILITY {self.capabilities}\r\n",
            "LIST": f'* LIST () "/" "{name}"\r\n' if name in self.folders else "",
            "SELECT": f"* 0 EXISTS\r\n* OK [PERMANENTFLAGS ({self.kept})] x\r\n",
            "GETQUOTAROOT": f'* QUOTAROOT INBOX ""\r\n* QUOTA "" (STORAGE {self.quota})\r\n',
        }
        access = self.access if name == "INBOX" else "READ-ONLY"
        ends = {"LOGIN": self.login, "SELECT": f"OK [{access}] done"}
        return f"{there.get(verb, '')}{tag} {ends.get(verb, 'OK done')}\r\n"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


Looking = Callable[[Imap, str | None], list[Finding]]


@pytest.fixture
def office_at(app: App, listening: socket.socket, in_background: Callable[..., None]) -> Looking:
    """Look at the mailbox of such a server."""

    def answered(server: Imap, done: str | None) -> list[Finding]:
        server.port = listening.getsockname()[1]
        in_background(partial(server.serve, listening))
        return looked(app, server.inbox(done))

    return answered


@pytest.mark.parametrize(
    ("server", "done", "expected", "said"),
    [
        (Imap(), None, {}, "tells no limit"),
        (Imap(quota="10 100"), None, {}, "10 % full"),
        (Imap(quota="95 100"), None, {"imap.quota": LOOK}, "95 % full"),
        (Imap(quota="100 100"), None, {"imap.quota": STOPS}, "takes no bounces"),
        (Imap(access="READ-ONLY"), None, {"imap": STOPS}, "we may only read INBOX"),
        (Imap(kept=""), None, {"imap": STOPS}, r"does not keep the mark \Seen"),
        (Imap(kept=r"\Seen"), "Done", {"imap": STOPS}, r"does not keep the mark \Deleted"),
        (Imap(folders=("INBOX", "Done")), "Done", {"imap": STOPS}, "may only read Done"),
        (Imap(), "Done", {}, "We can read INBOX"),  # it is made when it is needed
        (Imap(folders=()), None, {"imap": STOPS}, "has no folder INBOX"),
        (Imap(login="NO wrong"), None, {"imap": STOPS}, "user, password"),
    ],
)
def test_what_the_mailbox_allows_is_said(
    office_at: Looking, server: Imap, done: str | None, expected: dict[str, Level], said: str
) -> None:
    found = office_at(server, done)
    assert faults(found) == expected
    assert said in words(found)
    assert not {"STORE", "APPEND", "EXPUNGE", "CREATE", "UID"} & set(server.heard)


@pytest.mark.parametrize(
    ("server", "expected", "said"),
    [
        (Imap(), {}, "is there and takes them"),
        (Imap(folders=()), {}, "is made with the first one"),
        (Imap(quota="95 100"), {"sent": LOOK}, "is 95 % full"),
        (Imap(access="READ-ONLY"), {"sent": LOOK}, "we may only read INBOX"),
        (Imap(login="NO wrong"), {"sent": LOOK}, "Letters leave all the same"),
    ],
)
def test_the_folder_for_copies_is_looked_at_and_stops_nothing(
    app: App,
    listening: socket.socket,
    in_background: Callable[..., None],
    server: Imap,
    expected: dict[str, Level],
    said: str,
) -> None:
    server.port = listening.getsockname()[1]
    in_background(partial(server.serve, listening))
    given = replace(office(app), sent_folder=SentFolder(server.inbox().at))
    found = list(imap.find(given))
    assert faults(found) == expected
    assert said in words(found)
    assert not {"APPEND", "CREATE"} & set(server.heard)


@needs_dovecot
def test_nothing_is_found_in_a_real_mailbox_and_nothing_is_changed(app: App) -> None:
    with dovecot() as running:
        _in_dovecot(app, running)


def _in_dovecot(app: App, running: Dovecot) -> None:
    running.deliver("1", b"Subject: stays\r\n\r\nHello\r\n")
    assert faults(looked(app, ImapInbox.from_url(running.tls_url()))) == {}
    [message] = [each for name in ("new", "cur") for each in (running.maildir / name).iterdir()]
    assert "S" not in message.name.partition(":2,")[2]
    wrong = running.url().replace("p%40ss", "wrong")
    found = looked(app, ImapInbox.from_url(wrong))
    assert faults(found) == {"imap": STOPS}
    assert "wrong" not in words(found)


def test_without_a_token_the_mailbox_is_not_asked(app: App) -> None:
    tokens = Tokens(FakeIssuer(is_away=True))
    at = Mailbox("127.0.0.1", 1, MAILBOX, tokens=tokens, security="none")
    assert faults(looked(app, ImapInbox(at))) == {"imap.token": STOPS}


def test_a_maildir_is_looked_at(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Maildir"
    assert faults(looked(app, Maildir(path))) == {"maildir": STOPS}
    for name in ("new", "cur"):
        (path / name).mkdir(parents=True)
    assert faults(looked(app, Maildir(path))) == {}
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "may not write" in words(looked(app, Maildir(path)))


@pytest.mark.parametrize("is_socket", [True, False])
def test_our_own_lmtp_server_is_asked_for_its_greeting(
    app: App, tmp_path: Path, listening: socket.socket, *, is_socket: bool
) -> None:
    port = listening.getsockname()[1]
    listening.close()
    where = str(tmp_path / "lmtp") if is_socket else f"127.0.0.1:{port}"
    assert faults(looked(app, lmtp_listen=where)) == {"lmtp": STOPS}
    with Listener(where, lambda *_: None):
        assert faults(looked(app, lmtp_listen=where)) == {}
