from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.relay import SmtpServer
from tests.mail.servers import CA_FILE


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, "starttls")),
        ("smtp://mail.example:25/", SmtpServer("mail.example", 25, "starttls")),
        ("smtps://mail.example", SmtpServer("mail.example", 465, "tls")),
        ("SMTPS://Mail.Example:10465", SmtpServer("mail.example", 10465, "tls")),
        ("smtp://localhost:2525", SmtpServer("localhost", 2525, "none")),
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525, "none")),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, "none")),
        ("smtp://me:pw@localhost", SmtpServer("localhost", 587, "none", "me", "pw")),
        ("smtp://relay.example:25", SmtpServer("relay.example", 25, "none")),
        (
            "smtps://me%40mail.example:p%3A%2F%23w@mail.example",
            SmtpServer("mail.example", 465, "tls", "me@mail.example", "p:/#w"),
        ),
        (
            f"smtps://mail.example?ca={CA_FILE}&name=letters.ombudsman.example",
            SmtpServer(
                "mail.example", 465, "tls", ca_file=CA_FILE, own_name="letters.ombudsman.example"
            ),
        ),
    ],
)
def test_a_url_says_where_the_server_is_and_how_safe_the_line(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url, plaintext_host="relay.example") == server


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("", "cannot be read"),
        ("mail.example", "cannot be read"),
        ("http://mail.example", "cannot be read"),
        ("smtp://mail.example/box", "cannot be read"),
        ("smtp://me:sec#ret@mail.example", "cannot be read"),
        ("smtp://[::1:25", "cannot be read"),
        ("smtp://", "names no host"),
        ("smtp://me:secret@", "names no host"),
        ("smtp://mail.example:99999", "has a port"),
        ("smtp://mail.example:smtp", "has a port"),
        ("smtp://me@mail.example", "user without a password"),
        ("smtp://me:s%C3%A9cret@mail.example", "outside printable ASCII"),
        ("smtp://me:secret%0A@mail.example", "outside printable ASCII"),
        ("smtp://mail.example?verify=no", "option other than"),
        ("smtps://mail.example?ca=nowhere.pem", "not there"),
        ("smtps://mail.example?ca=" + "n" * 300, "not there"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str, trouble: str) -> None:
    with pytest.raises(BadInput, match=trouble) as refusal:
        SmtpServer.from_url(url)

    assert "sec" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_only_the_host_that_is_named_may_be_spoken_to_in_the_clear() -> None:
    servers = [
        SmtpServer.from_url(f"smtp://{host}", plaintext_host="relay.example")
        for host in ("RELAY.example", "relay.example.", "sub.relay.example", "example")
    ]

    assert [server.security for server in servers] == ["none", "starttls", "starttls", "starttls"]


def test_a_password_never_crosses_a_network_in_the_clear() -> None:
    with pytest.raises(BadInput, match="in the clear"):
        SmtpServer.from_url("smtp://me:pw@relay.example", plaintext_host="relay.example")
    with pytest.raises(BadInput, match="in the clear"):
        SmtpServer("relay.example", 25, "none", "me", "pw")


def test_a_server_shows_where_it_is_and_never_its_password() -> None:
    server = SmtpServer("::1", 25, "none", "me", "secret", ca_file=Path("ca.pem"))

    assert str(server) == "[::1]:25"
    assert str(SmtpServer("mail.example", 587)) == "mail.example:587"
    assert "secret" not in repr(server)
