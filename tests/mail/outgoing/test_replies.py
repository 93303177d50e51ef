from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.reply import Reply
from dispatch.mail.outgoing.replies import ENOUGH, MAX_REPLY_TEXT, NO_CODE, Replies, quoted, reply
from tests.patience import HANG_SECONDS

Ends = tuple[socket.socket, Replies]

pieces = st.lists(
    st.sampled_from(
        [
            (b"250 2.0.0 OK\r\n", (250, b"2.0.0 OK")),
            (b"354\r\n", (354, b"")),
            (b"550-5.1.1 no\r\n550 5.1.1 such\r\n", (550, b"5.1.1 no\n5.1.1 such")),
            (b"451 bare line end\n", (451, b"bare line end")),
            (b"250-one\r\n550 other\r\n", (NO_CODE, b"250-one\n550 other")),
            (b"hello\r\n", (NO_CODE, b"hello")),
            (b"\r\n", (NO_CODE, b"")),
        ]
    ),
    min_size=1,
)


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The server's end of a line, and the replies that come out of ours."""
    theirs, ours = socket.socketpair()
    ours.settimeout(0.1)
    with theirs, ours:
        yield theirs, Replies(ours)


@given(sent=pieces, cut=st.integers(1, 40))
def test_replies_are_told_apart_however_they_come(
    sent: list[tuple[bytes, tuple[int, bytes]]], cut: int
) -> None:
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # keeps the cuts
    with theirs, ours:
        theirs.settimeout(HANG_SECONDS)
        ours.settimeout(HANG_SECONDS)
        words = b"".join(said for said, _ in sent)
        parts = [words[start : start + cut] for start in range(0, len(words), cut)]
        speaking = threading.Thread(target=lambda: deque(map(theirs.sendall, parts)))
        speaking.start()
        replies = Replies(ours)

        assert [replies.next() for _ in sent] == [read for _, read in sent]
        speaking.join()
        assert replies.is_silent


@pytest.mark.parametrize("said", [b"150 soon", b"650 what", b"25", b" 250 OK", b"99999", b"2x0 OK"])
def test_what_has_no_code_that_we_know_is_kept_whole(ends: Ends, said: bytes) -> None:
    theirs, replies = ends
    theirs.sendall(said + b"\r\n")

    assert replies.next() == (NO_CODE, said)


@pytest.mark.parametrize("part", [b"", b"2", b"250", b"250 OK", b"250-and\r\n", b"250-and\r\n250"])
def test_half_a_reply_is_none(ends: Ends, part: bytes) -> None:
    theirs, replies = ends
    theirs.sendall(part)
    with pytest.raises(TimeoutError):
        replies.next()
    theirs.close()
    with pytest.raises(ConnectionError, match="the server hung up"):
        replies.next()


def test_a_reply_without_an_end_is_given_up(ends: Ends) -> None:
    theirs, replies = ends
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * ENOUGH)
    theirs.sendall(b"250-and another thing\r\n" * (ENOUGH // 20))
    with pytest.raises(ConnectionError, match="without an end"):
        replies.next()


def test_a_server_waits_until_it_says_something(ends: Ends) -> None:
    theirs, replies = ends
    was_silent = replies.is_silent
    theirs.sendall(b"421 bye\r\n")

    assert (was_silent, replies.is_silent, replies.is_silent) == (True, False, False)
    assert replies.next() == (421, b"bye")
    assert replies.is_silent


def test_a_server_that_is_gone_does_not_wait(ends: Ends) -> None:
    theirs, replies = ends
    theirs.close()

    assert not replies.is_silent
    with pytest.raises(ConnectionError):
        replies.next()


def test_a_line_that_we_closed_is_not_taken_for_one_that_has_its_number_now() -> None:
    theirs, ours = socket.socketpair()
    replies, number = Replies(ours), ours.fileno()
    ours.close()
    with theirs, socket.socket() as other:
        assert other.fileno() == number
        assert not replies.is_silent


def test_a_reply_is_kept_bounded_and_without_what_a_database_cannot_hold() -> None:
    kept = reply(".", 550, b"a\0b" + b"x" * 5000)

    assert kept.text.startswith("a\ufffdbxxx")
    assert len(kept.text) == MAX_REPLY_TEXT


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Reply("RCPT", 550, "no"), "550 no"), (Reply("RCPT", NO_CODE, "hello"), "'hello'")],
)
def test_an_answer_is_quoted_with_its_code_if_it_has_one(answer: Reply, words: str) -> None:
    assert quoted(answer) == words
