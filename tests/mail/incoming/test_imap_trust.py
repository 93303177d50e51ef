"""What a server that lies, or talks nonsense, can do: nothing but be unavailable."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from dispatch.domain.errors import Unavailable
from dispatch.mail.incoming import imap
from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.incoming.reader import LARGEST

pytestmark = pytest.mark.heavy

MAIL = b"Subject: x\r\n\r\nhi"
A_MESSAGE = b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n" % (len(MAIL), MAIL)
HONEST = {
    b"GREETING": b"* OK hello\r\n",
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
    b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n",
    b"SEARCH": b"* SEARCH 1\r\n",
    b"FETCH": A_MESSAGE,
}


@contextmanager
def a_server(
    lies: Mapping[str, bytes] | None = None, *, then_is_silent: bool = False
) -> Iterator[ImapInbox]:
    """A server that answers as `HONEST` says, but for what is given here."""
    answers = HONEST | {verb.encode(): lie for verb, lie in (lies or {}).items()}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, answers, then_is_silent))
        thread.start()
        port = listening.getsockname()[1]
        yield ImapInbox(Mailbox("127.0.0.1", port, "user", "password", security="none"))
        thread.join()


def _serve(listening: socket.socket, answers: dict[bytes, bytes], then_is_silent: bool) -> None:
    connected, _ = listening.accept()
    with connected, connected.makefile("rb") as said:
        try:
            connected.sendall(answers[b"GREETING"])
            for line in said:
                words = line.upper().split()
                found = (answers[word] for word in words[1:] if word in answers)
                connected.sendall(next(found, b""))
                if not (then_is_silent and b"FETCH" in words):
                    connected.sendall(words[0] + b" OK done\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # the client has hung up, as it should


def looked_into(inbox: ImapInbox) -> list[bytes]:
    taken: list[bytes] = []
    inbox.collect(lambda *_: (), lambda message, _: taken.append(message))
    return taken


def test_an_honest_server_is_believed() -> None:
    with a_server() as inbox:
        assert looked_into(inbox) == [MAIL]


@pytest.mark.parametrize(
    "lies",
    [
        {"FETCH": b"* 1 FETCH (UID 1 BODY[]<0> {999999999999999}\r\nabc"},
        {"FETCH": b"* 1 FETCH (UID one BODY[]<0> {2}\r\nhi)\r\n"},
        {"FETCH": b"* 1 FETCH ((((((\r\n"},
        {"SELECT": b"* 99999999999999 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"},
        {"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY seven] x\r\n"},
        {"SELECT": b"* 1 EXISTS\r\n"},
        {"GREETING": b"* BYE \xe2\x80\xae\r\n"},
        {"GREETING": b"* OK {9999999999999}\r\nabc"},
        {"CAPABILITY": b"* CAPABILITY \xff\r\n"},
        {"CAPABILITY": b"* 1 EXISTS\r\n" * 9_000},
        {"FETCH": b"* 1 EXPUNGE\r\n" * 9_000},
        {"SEARCH": b"* SEARCH one two\r\n"},
        {"SEARCH": b"* SEARCH " + b"1 " * 1_000_000 + b"\r\n"},
    ],
)
def test_a_server_that_lies_is_unavailable(
    lies: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST_IN_LINES", 100_000)  # so that each answer is short
    with a_server(lies) as inbox, pytest.raises(Unavailable, match="the IMAP server 127"):
        looked_into(inbox)


def test_of_a_message_longer_than_was_asked_for_one_byte_more_is_taken() -> None:
    size = LARGEST + 1000
    body = b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n" % size + b"x" * size + b")\r\n"
    with a_server({"FETCH": body}) as inbox:
        assert [len(each) for each in looked_into(inbox)] == [LARGEST + 1]


def test_a_server_that_is_slow_for_ever_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LOOK_SECONDS", 0.5)
    with a_server(then_is_silent=True) as inbox, pytest.raises(Unavailable):
        looked_into(inbox)


def test_a_greeting_that_never_ends_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LOOK_SECONDS", 0.5)
    with a_server({"GREETING": b"* OK hel"}) as inbox, pytest.raises(Unavailable):
        looked_into(inbox)


def test_trouble_with_storing_a_message_is_not_the_servers() -> None:
    def full(*_: object) -> None:
        raise LookupError

    with a_server() as inbox, pytest.raises(LookupError):
        inbox.collect(lambda *_: (), full)
