"""The replies of a mail server, read one at a time and within limits.

`smtplib` reads for as long as lines come, takes half a line for a whole one when the server hangs
up, and does not tell what it has read but not yet returned. All three matter here: no
server may keep a connection busy for ever, and half a reply leaves the message in doubt.
"""

from __future__ import annotations

import re
import select
import smtplib
import ssl
from time import monotonic
from typing import Final

from gevent import socket

from dispatch.domain.reply import Reply

ENOUGH: Final = 64 * 1024
"""Octets to read at a time (more than a TLS record), and the most that a reply may have."""

SHORTEST_WAIT: Final = 0.001
"""Seconds; zero would make the socket non-blocking."""

MAX_REPLY_TEXT: Final = 4000
WHOLE: Final = re.compile(rb"(?:\d{3}-.*\n)*+(?!\d{3}-).*\n")
"""One reply: lines that announce another, and the last (RFC 5321 4.2.1).

The possessive `*+` (Python 3.11) never gives lines back: an endless reply costs linear time.
"""

CODE: Final = re.compile(rb"[2-5]\d\d")
NO_CODE: Final = -1


class Replies:
    """The replies on one socket, whose timeout is the longest wait for each."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = b""
        self._news = select.poll()
        self._news.register(sock, select.POLLIN)

    @property
    def is_silent(self) -> bool:
        """Whether the server waits: it has neither hung up nor sent anything unread.

        A session ticket of TLS 1.3 makes the socket readable without a reply, so only reading
        tells.
        """
        if self._received or self._sock.fileno() < 0:
            return False
        if not self._news.poll(0):
            return True
        timeout = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            self._received = self._sock.recv(ENOUGH)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            self._sock.settimeout(timeout)
        return False

    def next(self) -> tuple[int, bytes]:
        """Return the code and the text of the next reply; NO_CODE and all of it if it has none.

        Raises OSError if it does not come whole: the server hung up, stopped, or sent more than a
        reply may have.
        """
        if not (found := WHOLE.match(self._received)):
            self._hear()
            found = WHOLE.match(self._received) or self._rest()
        self._received = self._received[found.end() :]
        lines = [line.rstrip() for line in found[0][:-1].split(b"\n")]
        code = lines[0][:3]
        if not CODE.fullmatch(code) or any(line[:3] != code for line in lines):
            return NO_CODE, b"\n".join(lines)
        return int(code), b"\n".join(line[4:].lstrip() for line in lines)

    def close(self) -> None:
        """Do nothing: `smtplib` calls this on what it reads from, and closes the socket itself."""

    def _rest(self) -> re.Match[bytes]:
        """Wait for the rest of a reply; all its parts together get the time of one wait."""
        timeout = self._sock.gettimeout() or 0
        ends_at = monotonic() + timeout
        try:
            while not (found := WHOLE.match(self._received)):
                if len(self._received) > ENOUGH:
                    raise ConnectionError("a reply without an end")
                self._sock.settimeout(max(ends_at - monotonic(), SHORTEST_WAIT))
                self._hear()
        finally:
            self._sock.settimeout(timeout)
        return found

    def _hear(self) -> None:
        heard = self._sock.recv(ENOUGH)
        if not heard:
            raise ConnectionError("the server hung up")
        self._received += heard


class Session(smtplib.SMTP):
    """A session whose replies are read by `Replies`, from the greeting to QUIT."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect by a socket that lets other connections go on while this one waits."""
        return socket.create_connection((host, port), timeout)

    def getreply(self) -> tuple[int, bytes]:
        """Return the next reply. `smtplib` drops `file`, and all unread text, on STARTTLS."""
        if self.file is None:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("the connection is closed")
            self.file = Replies(self.sock)
        try:
            return self.file.next()
        except OSError:
            self.close()
            raise


class SafeSession(Session, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


def reply(verb: str, code: int, text: bytes | str) -> Reply:
    """Return a reply as we store it: bounded, and without NUL, which a database cannot hold."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Reply(verb, code, words.replace("\0", "\ufffd")[:MAX_REPLY_TEXT])


def is_well_formed(answer: Reply) -> bool:
    """Whether it has a reply code of RFC 5321 4.2.1, the same on each line."""
    return answer.code != NO_CODE


def quoted(answer: Reply) -> str:
    """Return a reply as people read it; without a code, its text in quotes."""
    return str(answer) if is_well_formed(answer) else repr(answer.text)
