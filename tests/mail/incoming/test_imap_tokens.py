"""Logging in to IMAP by XOAUTH2."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from dispatch import log
from dispatch.domain.errors import Unavailable
from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.oauth.tokens import Tokens
from tests.mail.dovecot import Dovecot, dovecot, needs_dovecot
from tests.mail.oauth.issuers import MAILBOX, FakeIssuer
from tests.mail.oauth.token_endpoint import TokenEndpoint
from tests.mail.servers import CA_FILE
from tests.patience import HANG_SECONDS

pytestmark = pytest.mark.heavy

REFUSED = b"NO AUTHENTICATE failed."
FINE = b"OK AUTHENTICATE completed."


@dataclass
class Imap:
    """A server that answers each login as it is told, and that has an empty folder."""

    logins: list[bytes]
    reason: bytes = b""
    """What is said as a challenge before a refusal, as Google does."""
    selects: bytes = b"OK done"
    said: list[bytes] = field(default_factory=list)
    port: int = 0

    def inbox(self, tokens: Tokens) -> ImapInbox:
        return ImapInbox(Mailbox("127.0.0.1", self.port, MAILBOX, tokens=tokens, security="none"))

    @contextmanager
    def running(self) -> Iterator[Imap]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            thread = threading.Thread(target=self._serve, args=(listening, len(self.logins)))
            thread.start()
            yield self
            thread.join(HANG_SECONDS)

    def _serve(self, listening: socket.socket, sessions: int) -> None:
        for _ in range(sessions):
            connected, _ = listening.accept()
            with connected, connected.makefile("rwb", buffering=0) as line:
                line.write(b"* OK hello\r\n* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
                while words := line.readline().split():
                    line.write(self._answer(words, line))

    def _answer(self, words: list[bytes], line: socket.SocketIO) -> bytes:
        tag, verb = words[0], words[1].upper()
        if verb == b"AUTHENTICATE":
            line.write(b"+ \r\n")
            self.said.append(b64decode(line.readline()))
            answer = self.logins.pop(0)
            if self.reason and answer != FINE:
                line.write(b"+ " + b64encode(self.reason) + b"\r\n")
                self.said.append(b64decode(line.readline()))
            return tag + b" " + answer + b"\r\n"
        if verb == b"SELECT":
            return b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n" + tag + b" " + self.selects + b"\r\n"
        lists = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n", b"SEARCH": b"* SEARCH\r\n"}
        return lists.get(verb, b"") + tag + b" OK done\r\n"


def looked_into(inbox: ImapInbox) -> list[bytes]:
    taken: list[bytes] = []
    inbox.collect(lambda *_: (), lambda message, _: taken.append(message))
    return taken


def trouble(inbox: ImapInbox) -> str:
    with pytest.raises(Unavailable) as caught:
        looked_into(inbox)
    assert "token-" not in str(caught.value)
    assert log.said_by(caught.value).startswith("the IMAP server ")
    assert not [
        each for each in caught.value.theirs.split("] ")[1:] if each in log.said_by(caught.value)
    ]
    return str(caught.value)


def test_a_token_is_said() -> None:
    with Imap([FINE]).running() as server:
        assert looked_into(server.inbox(Tokens(FakeIssuer()))) == []
    assert server.said == [f"user={MAILBOX}\1auth=Bearer token-1\1\1".encode()]


@pytest.mark.parametrize("reason", [b"", b'{"status":"400","schemes":"Bearer"}'])
def test_a_new_token_that_is_refused_is_explained_and_not_tried_again(reason: bytes) -> None:
    with Imap([REFUSED], reason).running() as server:
        words = trouble(server.inbox(Tokens(FakeIssuer())))
    assert "AUTHENTICATE was answered with" in words
    assert "object id of the Enterprise application" in words
    assert server.said[1:] == ([b""] if reason else [])


def test_a_token_that_was_kept_and_is_refused_is_renewed_once() -> None:
    tokens = Tokens(FakeIssuer())
    tokens.get(MAILBOX)
    with Imap([REFUSED, FINE]).running() as server:
        assert looked_into(server.inbox(tokens)) == []
    assert [each.partition(b"Bearer ")[2] for each in server.said] == [
        b"token-1\1\1",
        b"token-2\1\1",
    ]


def test_a_renewed_token_that_is_refused_too_is_the_end() -> None:
    issuer = FakeIssuer()
    tokens = Tokens(issuer)
    tokens.get(MAILBOX)
    with Imap([REFUSED, REFUSED]).running() as server:
        trouble(server.inbox(tokens))
    assert issuer.asked == 2


def test_a_mailbox_that_the_application_has_no_right_to_is_explained() -> None:
    with Imap([FINE], selects=b"BAD User is authenticated but not connected.").running() as server:
        words = trouble(server.inbox(Tokens(FakeIssuer())))
    assert "Add-MailboxPermission" in words


def test_without_a_token_no_server_is_called() -> None:
    inbox = Imap([]).inbox(Tokens(FakeIssuer(is_away=True)))
    assert "allow this machine HTTPS to the provider's host" in trouble(inbox)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint(mailbox=MAILBOX) as running:
        yield running


@pytest.fixture(scope="module")
def server(endpoint: TokenEndpoint) -> Iterator[Dovecot]:
    with dovecot(f"{endpoint.url}/introspect") as running:
        yield running


@needs_dovecot
def test_a_real_server_takes_a_token_and_a_new_one_when_that_is_withdrawn(
    endpoint: TokenEndpoint, server: Dovecot
) -> None:
    tokens = Tokens(endpoint.microsoft())
    inbox = ImapInbox(
        Mailbox("localhost", server.tls_port, MAILBOX, tokens=tokens, ca_file=CA_FILE)
    )
    server.deliver("one", b"Subject: one\r\n\r\nhello")
    assert looked_into(inbox) == [b"Subject: one\r\n\r\nhello"]
    endpoint.withdrawn.update(endpoint.given)
    assert len(looked_into(inbox)) == 1
    assert len(endpoint.forms) == 2


@needs_dovecot
def test_a_real_server_that_refuses_a_new_token_is_explained(
    endpoint: TokenEndpoint, server: Dovecot
) -> None:
    # The token is another mailbox's.
    tokens = Tokens(endpoint.microsoft())
    at = Mailbox("localhost", server.tls_port, "x@office.example", tokens=tokens, ca_file=CA_FILE)
    words = trouble(ImapInbox(at))
    assert "AUTHENTICATE was answered with" in words
    assert endpoint.given[-1] not in words
