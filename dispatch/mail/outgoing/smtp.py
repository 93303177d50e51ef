"""One SMTP session, said phase by phase so that it is always known how far a message got.

Up to the final dot the server cannot have the message, whatever happens to the line. From the
dot on only its reply tells. So there are two kinds of silence, and `smtplib.sendmail` cannot
tell them apart; besides, its errors are OSErrors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, cast

from gevent import socket, ssl

from dispatch.domain.envelope import Envelope
from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.mail.outgoing.commands import commands
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.replies import Replies, Session, quoted, reply

DOT: Final = b"\r\n.\r\n"
CHUNK: Final = 256 * 1024
"""The timeout covers the sending of one of these, so that a large message may take longer."""

GOODBYE_TIMEOUT: Final = 5.0
SHUTTING_DOWN: Final = 421
START_OF_MAIL: Final = 354
POSITIVE: Final = 2
"""The class of reply that says it is done (RFC 5321 4.2.1). 4 is not now, 5 is no."""


class SmtpLine:
    """One session with a mail server that has greeted us and knows who we are."""

    def __init__(self, smtp: Session, server: SmtpServer) -> None:
        """Take over a session that is ready for MAIL."""
        self._smtp = smtp
        self._settings = server
        self._offers_left = server.max_per_line
        self.server = _described(smtp, server)
        self._sock = cast("socket.socket", smtp.sock)  # it is None only on a line that was closed
        self._replies = cast("Replies", smtp.file)  # and None only before the greeting
        self.tls = _tls_of(self._sock)
        # Without it the dot waits for the acknowledgement of the body: 23 messages a second.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message: not dropped, not used up, and the server waits."""
        return self._offers_left > 0 and self._replies.is_silent

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
        offered = self._smtp.esmtp_features
        try:
            words = commands(envelope, message, offered, needs_smtputf8=needs_smtputf8)
        except BadInput as trouble:
            return Outcome(Verdict.REFUSED, trouble=str(trouble))
        # In one breath to a server that takes it so (RFC 2920), else one after the other.
        breaths = [words] if "pipelining" in offered else [{verb: words[verb]} for verb in words]
        for breath in breaths:
            if turned_down := self._say(breath):
                return turned_down
        return self._say_body(message)

    def _say(self, words: Mapping[str, str]) -> Outcome | None:
        """Say commands in one write and read every answer; return None if all mean "go on".

        The first that does not decides. The others are read all the same: the next message must
        not be given answers to this one. If the server waits for the message nevertheless, the
        line is dropped: a dot would make it one.
        """
        no: Outcome | None = None
        verb = next(iter(words))
        try:
            self._speak("".join(f"{command}\r\n" for command in words.values()).encode())
            for verb in words:
                code, text = self._replies.next()
                goes_on = _means_go_on(verb, code)
                if not goes_on:
                    no = no or _turned_down(reply(verb, code, text))
                is_out_of_step = verb == "DATA" if goes_on else not _leaves_us_in_step(code)
                if no and is_out_of_step:
                    self._drop()
                    return no
        except OSError as trouble:
            self._drop()
            return no or _fell(verb, trouble)
        if no:
            self._reset()
        return no

    def _speak(self, words: bytes) -> None:
        """Say something to a server that waits for it: what it said before cannot be the answer."""
        if not self._replies.is_silent:
            code, text = self._replies.next()
            raise ConnectionError(f"the server spoke out of turn: {quoted(reply('', code, text))}")
        self._sock.sendall(words)

    def _say_body(self, message: bytes) -> Outcome | None:
        """Send all but the last line end, which is the dot's; stop when the server interrupts."""
        body = memoryview(dot_stuffed(message).removesuffix(b"\r\n"))
        for start in range(0, len(body), CHUNK):
            try:
                self._sock.sendall(body[start : start + CHUNK])
            except OSError as trouble:
                self._drop()
                return _fell("DATA", trouble)
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
            self._sock.sendall(DOT)
            answer = reply(".", *self._replies.next())
            self._sock.settimeout(self._settings.timeout)
        except OSError as trouble:
            return self._doubt(f"no reply to the final dot: {trouble}")
        match answer.code // 100:
            case 2:
                return Outcome.answered(answer)
            case 4 | 5:
                if _leaves_us_in_step(answer.code):
                    self._reset()
                else:
                    self._drop()
                return Outcome.answered(answer)
            case _:
                return self._doubt(f"the final dot was answered with {quoted(answer)}")

    def _interruption(self) -> Outcome | None:
        """Return what became of the message if the server has hung up or spoken out of turn.

        It cannot have a message whose end it has not seen. The session is out of step then.
        """
        if self._replies.is_silent:
            return None
        try:
            return _turned_down(reply("DATA", *self._replies.next()))
        except OSError as trouble:
            return _fell("DATA", trouble)
        finally:
            self._drop()

    def _reset(self) -> None:
        """Leave nothing of this transaction to the next one, or drop the line."""
        try:
            code, _ = self._smtp.rset()
        except OSError:
            code = SHUTTING_DOWN
        if code // 100 != POSITIVE:
            self._drop()

    def _doubt(self, trouble: str) -> Outcome:
        self._drop()
        return Outcome(Verdict.IN_DOUBT, trouble=trouble)

    def _drop(self) -> None:
        with suppress(OSError):
            self._smtp.close()


def dot_stuffed(message: bytes) -> bytes:
    """Return the message with a dot before each dot that begins a line (RFC 5321 4.5.2).

    What follows the last dot is not searched: it is most of a message with a PDF in base64, and
    searching it would be a third of the time that the message takes.
    """
    end = message.rfind(b".") + 1
    stuffed = message[:end].replace(b"\r\n.", b"\r\n..") + message[end:]
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _means_go_on(verb: str, code: int) -> bool:
    return code == START_OF_MAIL if verb == "DATA" else code // 100 == POSITIVE


def _leaves_us_in_step(code: int) -> bool:
    """Whether the session goes on after an answer other than "go on"."""
    return code // 100 in {4, 5} and code != SHUTTING_DOWN


def _turned_down(answer: Reply) -> Outcome:
    """Return the outcome of an answer, before the dot, other than "go on"."""
    if answer.code // 100 in {4, 5}:
        return Outcome.answered(answer)
    return Outcome(Verdict.DEFERRED, trouble=f"{answer.verb} was answered with {quoted(answer)}")


def _fell(verb: str, trouble: OSError) -> Outcome:
    return Outcome(Verdict.DEFERRED, trouble=f"the line fell at {verb}: {trouble}")


def _described(smtp: Session, server: SmtpServer) -> str:
    greeting = reply("EHLO", 250, smtp.ehlo_resp or b"").text.split()
    return f"{server} ({greeting[0]})" if greeting else str(server)


def _tls_of(sock: socket.socket) -> str | None:
    if not isinstance(sock, ssl.SSLSocket):
        return None
    cipher = sock.cipher()
    return f"{sock.version()} {cipher[0] if cipher else ''}".rstrip()
