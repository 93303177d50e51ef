from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.incoming.message import Arrival
from dispatch.mail.incoming import lmtp
from dispatch.mail.incoming.lmtp import MOST_RECIPIENTS, Listener, address_of
from dispatch.mail.incoming.reader import LARGEST
from tests.patience import HANG_SECONDS

MAIL = b"Subject: x\r\n\r\n.dotted\r\n\xff" + b"long" * 20_000 + b"\r\n"


class Kept(list[tuple[bytes, str]]):
    """What was stored: nothing for recipients who are down."""

    def __call__(self, mail: bytes, arrival: Arrival) -> None:
        assert arrival.source == "lmtp"
        if arrival.recipient.startswith("down"):
            raise ConnectionError(arrival.recipient)
        self.append((mail, arrival.recipient))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def listener(kept: Kept) -> Iterator[Listener]:
    with Listener("127.0.0.1:0", kept) as listening:
        yield listening


@pytest.fixture
def client(listener: Listener) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP("127.0.0.1", listener.port, timeout=HANG_SECONDS) as connected:
        yield connected


def answers(client: smtplib.LMTP, mail: bytes, *recipients: str) -> list[int]:
    """Hand a mail over, and return the code given to each recipient after the dot."""
    client.ehlo_or_helo_if_needed()
    assert client.mail("")[0] == 250
    for recipient in recipients:
        assert client.rcpt(recipient)[0] == 250
    assert client.docmd("DATA")[0] == 354
    client.send(mail.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    return [client.getreply()[0] for _ in recipients]


def test_each_recipient_is_answered_for_once_the_mail_is_stored(
    client: smtplib.LMTP, kept: Kept
) -> None:
    one, down, other = "bounces+a@ombudsman.example", "down@x.example", "b@ombudsman.example"
    assert answers(client, MAIL, one, down, other) == [250, 451, 250]
    assert kept == [(MAIL, one), (MAIL, other)]
    assert answers(client, b"another\r\n", one) == [250]


def test_a_mail_that_is_too_large_is_turned_away_for_each_recipient(
    client: smtplib.LMTP, kept: Kept
) -> None:
    client.ehlo_or_helo_if_needed()
    assert client.esmtp_features["size"] == str(LARGEST)
    line = b"x" * 998 + b"\r\n"
    assert answers(client, line * (LARGEST // 1000 + 1), "a@x.example", "b@x.example") == [552, 552]
    assert kept == []
    assert answers(client, b"small\r\n", "a@x.example") == [250]


def test_it_listens_on_a_socket_in_the_file_system_too(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(path))
    left_over.close()
    with Listener(str(path), kept), smtplib.LMTP(str(path), timeout=HANG_SECONDS) as client:
        assert answers(client, b"mail\r\n", "a@x.example") == [250]
    assert kept == [(b"mail\r\n", "a@x.example")]


def test_it_takes_the_place_of_a_socket_and_of_nothing_else(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "letters"
    path.write_bytes(b"precious")
    with pytest.raises(BadInput, match="letters is there already, and is not a socket"):
        Listener(str(path), kept).start()
    assert path.read_bytes() == b"precious"


def test_a_message_is_stored_for_a_hundred_recipients_and_no_more(
    client: smtplib.LMTP, kept: Kept
) -> None:
    client.ehlo_or_helo_if_needed()
    client.mail("")
    codes = [client.rcpt(f"{number}@x.example")[0] for number in range(MOST_RECIPIENTS + 2)]
    assert codes == [250] * MOST_RECIPIENTS + [452] * 2
    client.rset()
    assert answers(client, b"mail\r\n", "a@x.example") == [250]
    assert len(kept) == 1


def test_a_place_that_is_taken_says_so(listener: Listener, kept: Kept) -> None:
    with pytest.raises(OSError, match="address already in use"):
        Listener(f"127.0.0.1:{listener.port}", kept).start()


@pytest.mark.parametrize("where", ["2424", ":2424", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"])
def test_what_is_no_place_is_refused(where: str) -> None:
    with pytest.raises(BadInput, match="not an address to listen on"):
        address_of(where)


def test_no_mail_crosses_a_network_in_the_clear() -> None:
    with pytest.raises(BadInput, match=r"mail\.example is not this machine"):
        address_of("mail.example:24")
    assert address_of("[::1]:24") == ("::1", 24)
    assert address_of("localhost:24") == ("localhost", 24)


def test_a_client_that_hangs_up_before_the_dot_leaves_nothing(
    listener: Listener, kept: Kept
) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=HANG_SECONDS) as line:
        line.sendall(b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nDATA\r\nhalf a")
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass
    assert kept == []


def test_more_clients_than_may_be_at_once_are_asked_to_come_again(
    client: smtplib.LMTP, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "MOST_SESSIONS", 1)
    assert client.noop()[0] == 250
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        smtplib.LMTP("127.0.0.1", listener.port, timeout=HANG_SECONDS)
    assert refused.value.smtp_code == 421
    client.quit()
    with smtplib.LMTP("127.0.0.1", listener.port, timeout=HANG_SECONDS) as another:
        assert another.noop()[0] == 250
