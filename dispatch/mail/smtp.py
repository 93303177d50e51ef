"""One SMTP session, said phase by phase so that it is always known how far a message got.

Up to the final dot the server cannot have the message, whatever happens to the line. From the
dot on only its reply tells. So there are two kinds of silence, and `smtplib.sendmail` cannot
tell them apart; besides, its errors are OSErrors.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from dispatch.domain.envelope import Envelope
from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.mail.commands import commands
from dispatch.mail.server import SmtpServer

DOT: Final = b"\r\n.\r\n"
CHUNK: Final = 256 * 1024
"""The timeout covers the sending of one of these, so that a large message may take longer."""

MAX_REPLY_TEXT: Final = 4000
GOODBYE_TIMEOUT: Final = 5.0
SHUTTING_DOWN: Final = 421
POSITIVE: Final = 2
INTERMEDIATE: Final = 3
"""Classes of reply (RFC 5321 4.2.1): done, and go on. 4 is not now, 5 is no."""


class SmtpLine:
    """One session with a mail server that has greeted us and knows who we are."""

    def __init__(self, smtp: smtplib.SMTP, server: SmtpServer) -> None:
        """Take over a session that is ready for MAIL."""
        self._smtp = smtp
        self._settings = server
        self._offers_left = server.max_per_line
        self.server = _described(smtp, server)
        self._sock = cast("socket.socket", smtp.sock)  # it is None only on a line that was closed
        self.tls = _tls_of(self._sock)
        # Without it the dot waits for the acknowledgement of the body: 23 messages a second.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message: not dropped, not used up, and the server waits."""
        return self._offers_left > 0 and self._server_waits()

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        """Offer a message, of which every line ends in CRLF, to one recipient.

        Whatever is raised while the server has half a message, the line is dropped first: the
        server must not take what nobody records.
        """
        self._offers_left -= 1
        try:
            return (
                self._say_all_but_the_dot(envelope, message, needs_smtputf8=needs_smtputf8)
                or self._withdraw_unless(before_dot)
                or self._say_the_dot()
            )
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        """Say QUIT if there is anyone to say it to. Never raises: nothing hangs on the answer."""
        with suppress(OSError):
            self._sock.settimeout(GOODBYE_TIMEOUT)
            self._smtp.quit()
        self._drop()

    def _say_all_but_the_dot(
        self, envelope: Envelope, message: bytes, *, needs_smtputf8: bool
    ) -> Outcome | None:
        """Say MAIL, RCPT, DATA and the body; return None if the dot may follow."""
        try:
            words = commands(
                envelope, message, self._smtp.esmtp_features, needs_smtputf8=needs_smtputf8
            )
        except BadInput as trouble:
            return Outcome(Verdict.REFUSED, trouble=str(trouble))
        self._smtp.command_encoding = "utf-8"
        verb = "MAIL"
        try:
            for verb, arguments in words.items():
                self._smtp.putcmd(verb, arguments)
                answer = self._read(verb)
                if answer.code // 100 != (INTERMEDIATE if verb == "DATA" else POSITIVE):
                    return self._turned_down(answer)
            return self._say_body(message)
        except OSError as trouble:
            return self._fell(verb, trouble)

    def _say_body(self, message: bytes) -> Outcome | None:
        """Send all but the last line end, which is the dot's; stop when the server interrupts."""
        body = memoryview(dot_stuffed(message).removesuffix(b"\r\n"))
        for start in range(0, len(body), CHUNK):
            self._smtp.send(body[start : start + CHUNK])
            if interrupted := self._interruption():
                return interrupted
        return None

    def _withdraw_unless(self, before_dot: Callable[[], bool]) -> Outcome | None:
        if before_dot():
            return None
        self._drop()
        return Outcome(Verdict.WITHDRAWN)

    def _say_the_dot(self) -> Outcome:
        """End the message and read what the server makes of it: from here on silence is doubt."""
        if interrupted := self._interruption():
            return interrupted
        try:
            self._sock.settimeout(self._settings.dot_timeout)
            self._smtp.send(DOT)
            answer = self._read(".")
            self._sock.settimeout(self._settings.timeout)
        except OSError as trouble:
            return self._doubt(f"no reply to the final dot: {trouble}")
        match answer.code // 100:
            case 2:
                return Outcome.answered(answer)
            case 4 | 5:
                return self._turned_down(answer)
            case _:
                return self._doubt(f"the final dot was answered with {answer}")

    def _interruption(self) -> Outcome | None:
        """Return what became of the message if the server has hung up or spoken out of turn.

        It cannot have a message whose end it has not seen. The session is out of step then.
        """
        if self._server_waits():
            return None
        try:
            answer = self._read("DATA")
        except OSError as trouble:
            return self._fell("DATA", trouble)
        self._drop()
        return self._turned_down(answer)

    def _server_waits(self) -> bool:
        """Whether the server is there and silent: it has neither hung up nor said anything.

        A session ticket of TLS 1.3 makes the socket readable and says nothing, so only reading
        tells. What has been read already waits in the file's buffer.
        """
        sock, file = self._sock, self._smtp.file
        if file is None:
            return False
        sock.settimeout(0)
        try:
            if not file.peek(1) and not isinstance(sock, ssl.SSLSocket):
                sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            sock.settimeout(self._settings.timeout)
        return False

    def _turned_down(self, answer: Reply) -> Outcome:
        """Return the outcome of an answer that ends the transaction, and clear up after it."""
        if answer.code // 100 not in {4, 5}:
            self._drop()
            return Outcome(Verdict.DEFERRED, trouble=f"{answer.verb} was answered with {answer}")
        if answer.code == SHUTTING_DOWN:
            self._drop()
        else:
            self._reset()
        return Outcome.answered(answer)

    def _reset(self) -> None:
        """Leave nothing of this transaction to the next one, or drop the line."""
        try:
            code, _ = self._smtp.rset()
        except OSError:
            code = SHUTTING_DOWN
        if code // 100 != POSITIVE:
            self._drop()

    def _fell(self, verb: str, trouble: OSError) -> Outcome:
        self._drop()
        return Outcome(Verdict.DEFERRED, trouble=f"the line fell at {verb}: {trouble}")

    def _doubt(self, trouble: str) -> Outcome:
        self._drop()
        return Outcome(Verdict.IN_DOUBT, trouble=trouble)

    def _read(self, verb: str) -> Reply:
        return reply(verb, *self._smtp.getreply())

    def _drop(self) -> None:
        with suppress(OSError):
            self._smtp.close()


def reply(verb: str, code: int, text: bytes | str) -> Reply:
    """Return a server's answer as we keep it: bounded, and without what a database cannot hold."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Reply(verb, code, words.replace("\0", "\ufffd")[:MAX_REPLY_TEXT])


def is_well_formed(answer: Reply) -> bool:
    """Whether it has a code that RFC 5321 4.2 knows; smtplib makes -1 of a line without one."""
    return answer.code // 100 in {2, 3, 4, 5}


def dot_stuffed(message: bytes) -> bytes:
    """Return the message with a dot before each dot that begins a line (RFC 5321 4.5.2)."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _described(smtp: smtplib.SMTP, server: SmtpServer) -> str:
    greeting = reply("EHLO", 250, smtp.ehlo_resp or b"").text.split()
    return f"{server} ({greeting[0]})" if greeting else str(server)


def _tls_of(sock: socket.socket) -> str | None:
    if not isinstance(sock, ssl.SSLSocket):
        return None
    cipher = sock.cipher()
    return f"{sock.version()} {cipher[0] if cipher else ''}".rstrip()
