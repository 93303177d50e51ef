from __future__ import annotations

import asyncio
import logging
import smtplib
import socket
from functools import partial

import pytest

from dispatch.mail.server_thread import MAX_COMMAND, MAX_LINE, ServerThread, SmtpSession


class Server(ServerThread):
    """The least that there can be: it takes everything."""

    def __init__(self, port: int = 0) -> None:
        super().__init__("test")
        self._asked_for = port

    async def _opened(self) -> asyncio.Server:
        conversation = partial(
            SmtpSession, object(), largest=10_000_000, hostname="here", ident="x"
        )
        loop = asyncio.get_running_loop()
        return await loop.create_server(conversation, "127.0.0.1", self._asked_for)


def connected(server: Server) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, "localhost", timeout=5)


def test_it_is_served_from_start_to_stop_and_leaves_no_line_open() -> None:
    with Server() as server:
        client = connected(server)
        assert client.noop()[0] == 250
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    client.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_it_takes_the_port_it_is_given_or_says_that_it_cannot() -> None:
    with Server() as first, pytest.raises(OSError, match="in use"):
        Server(first.port).start()
    with Server(first.port) as second:
        assert second.port == first.port


def test_long_commands_and_long_lines_fit() -> None:
    with Server() as server, connected(server) as client:
        client.ehlo()
        path = f"{'x' * (MAX_COMMAND - 100)}@ombudsman.example"
        assert client.mail(path)[0] == 250
        assert client.rcpt("chief@adur.example")[0] == 250
        assert client.data(b"x" * (MAX_LINE - 100) + b"\r\n")[0] == 250
        assert client.mail("x" * 2 * MAX_COMMAND)[0] == 500


def test_nothing_of_what_is_said_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Server() as server, connected(server) as client:
        client.sendmail("a@b.example", ["chief@adur.example"], b"Dear Ms Adur")
    assert "chief" not in caplog.text
    assert "Adur" not in caplog.text
