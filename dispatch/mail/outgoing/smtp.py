"""One SMTP session, phase by phase, so that it is always known how far a message got.

Before the final dot the server cannot have the message, whatever happens to the connection. After
the dot only its reply tells. So there are two kinds of silence, and `smtplib.sendmail` cannot tell
them apart; also, its errors are OSErrors. aiosmtplib has no hook between the body and the dot,
where the mark `offered` must reach the disk: hence these phases by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final, cast

from gevent import socket, ssl

from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.address import spelled
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.replies import Replies, Session, quoted, reply

NOT_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")
"""What RFC 3461 4 wants spelled as `+` and two hexadecimal digits."""

DOT: Final = b"\r\n.\r\n"
CHUNK: Final = 256 * 1024
"""Octets sent under one timeout, so that a large message may take longer than a small one."""

GOODBYE_TIMEOUT: Final = 5.0
SHUTTING_DOWN: Final = 421
START_OF_MAIL: Final = 354
POSITIVE: Final = 2
"""The class of reply that means done (RFC 5321 4.2.1); 4 means not now, and 5 means no."""


class SmtpConnection:
    """One session with a mail server, after the greeting, EHLO, TLS and login."""

    def __init__(self, smtp: Session, server: SmtpServer) -> None:
        """Take over a session that is ready for MAIL."""
        self._smtp = smtp
        self._settings = server
        self._offers_left = server.max_per_line
        self.server = _described(smtp, server)
        self._sock = cast("socket.socket", smtp.sock)  # None only once it is closed
        self._replies = cast("Replies", smtp.file)  # None only before the greeting
        self.tls = _tls_of(self._sock)
        # Without this the dot waits for the acknowledgement of the body: 23 messages a second.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message: open, below its limit, and the server waits."""
        return self._offers_left > 0 and self._replies.is_silent

    @property
    def offers(self) -> Mapping[str, str]:
        """The extensions that the server offers, by their names in lower case."""
        return dict(self._smtp.esmtp_features)

    @property
    def certificate(self) -> Mapping[str, object]:
        """The server's certificate, as `ssl` reads it; empty without TLS."""
        return (self._sock.getpeercert() or {}) if isinstance(self._sock, ssl.SSLSocket) else {}

    def ask_sender(self, mail_from: str) -> Reply:
        """Say MAIL with a return path and return the reply; RSET takes it back. Raises OSError."""
        self._speak(f"MAIL FROM:<{spelled(mail_from)}>\r\n".encode())
        answer = reply("MAIL", *self._replies.next())
        self._reset()
        return answer

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        """Offer a message, of which every line ends in CRLF, to one recipient.

        If anything is raised while the server has half a message, the connection is closed first:
        the server must not accept what nobody records.
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
        """Say QUIT if the connection still stands. Never raises: nothing depends on the answer."""
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
        # Pipelined if the server offers it (RFC 2920), else one after the other.
        groups = [words] if "pipelining" in offered else [{verb: words[verb]} for verb in words]
        for group in groups:
            if turned_down := self._say(group):
                return turned_down
        return self._say_body(message)

    def _say(self, words: Mapping[str, str]) -> Outcome | None:
        """Send commands in one write and read every reply; return None if all mean "go on".

        The first that does not decides the outcome. The others are still read, so that they are not
        taken for replies to the next message. If the server still waits for the message (354), the
        connection is closed: a dot would make an empty message of it.
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
        """Send commands; raise OSError if a reply is there already, since it cannot be theirs."""
        if not self._replies.is_silent:
            code, text = self._replies.next()
            raise ConnectionError(
                f"unexpected reply from the server: {quoted(reply('', code, text))}"
            )
        self._sock.sendall(words)

    def _say_body(self, message: bytes) -> Outcome | None:
        """Send all but the last line end, which belongs to the dot; stop if the server replies."""
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
        """End the message and read the reply. From here on silence means doubt."""
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
        """Return the outcome if the server has hung up or replied before the end of the message.

        It cannot have accepted a message whose end it has not seen. The session cannot go on.
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
        """End this mail transaction (RSET), or close the connection."""
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


def commands(
    envelope: Envelope, message: bytes, offered: Mapping[str, str], *, needs_smtputf8: bool = False
) -> dict[str, str]:
    """Return the commands of a mail transaction in order, by their verbs.

    `offered` has the extensions from EHLO by their names in lower case. Raises `BadInput` for a
    message that needs an extension which the server does not offer, and for a wrong address.
    """
    mail_from = envelope.mail_from and spelled(envelope.mail_from)
    rcpt_to = spelled(envelope.rcpt_to)
    needs = {
        "smtputf8": needs_smtputf8 or not (mail_from + rcpt_to).isascii(),
        "8bitmime": not message.isascii(),
    }
    for extension, is_needed in needs.items():
        if is_needed and extension not in offered:
            raise BadInput(f"the server cannot take this message without {extension.upper()}")
    said = [name for name, is_needed in needs.items() if is_needed]
    mail = _mail_parameters(envelope.envid, len(message), said, offered)
    return {
        "MAIL": " ".join([f"MAIL FROM:<{mail_from}>", *mail]),
        "RCPT": " ".join([f"RCPT TO:<{rcpt_to}>", *_rcpt_parameters(rcpt_to, offered)]),
        "DATA": "DATA",
    }


def xtext(value: str) -> str:
    """Return an ASCII value as xtext (RFC 3461 4)."""
    return NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", value)


def _mail_parameters(
    envid: str, size: int, needed: list[str], offered: Mapping[str, str]
) -> Iterator[str]:
    """Yield the size (RFC 1870), what the message needs (RFC 6152, 6531) and its id (RFC 3461)."""
    if "size" in offered:
        yield f"SIZE={size}"
    if "8bitmime" in needed:
        yield "BODY=8BITMIME"
    if "smtputf8" in needed:
        yield "SMTPUTF8"
    if "dsn" in offered:
        yield f"RET=HDRS ENVID={xtext(envid)}"


def _rcpt_parameters(rcpt_to: str, offered: Mapping[str, str]) -> Iterator[str]:
    """Ask for notifications of success, failure and delay, with the recipient as we named it."""
    if "dsn" in offered:
        yield "NOTIFY=SUCCESS,FAILURE,DELAY"
        if rcpt_to.isascii():
            yield f"ORCPT=rfc822;{xtext(rcpt_to)}"


def dot_stuffed(message: bytes) -> bytes:
    """Return the message with a dot before each dot that begins a line (RFC 5321 4.5.2).

    What follows the last dot is not searched: it is most of a message with a PDF in base64, and
    searching it would take a third of the time that the message takes.
    """
    end = message.rfind(b".") + 1
    stuffed = message[:end].replace(b"\r\n.", b"\r\n..") + message[end:]
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _means_go_on(verb: str, code: int) -> bool:
    return code == START_OF_MAIL if verb == "DATA" else code // 100 == POSITIVE


def _leaves_us_in_step(code: int) -> bool:
    """Whether the session can go on after a reply other than "go on"."""
    return code // 100 in {4, 5} and code != SHUTTING_DOWN


def _turned_down(answer: Reply) -> Outcome:
    """Return the outcome of a reply, before the dot, other than "go on"."""
    if answer.code // 100 in {4, 5}:
        return Outcome.answered(answer)
    return Outcome(Verdict.DEFERRED, trouble=f"{answer.verb} was answered with {quoted(answer)}")


def _fell(verb: str, trouble: OSError) -> Outcome:
    return Outcome(Verdict.DEFERRED, trouble=f"connection lost during {verb}: {trouble}")


def _described(smtp: Session, server: SmtpServer) -> str:
    greeting = reply("EHLO", 250, smtp.helo_resp or smtp.ehlo_resp or b"").text.split()
    return f"{server} ({greeting[0]})" if greeting else str(server)


def _tls_of(sock: socket.socket) -> str | None:
    if not isinstance(sock, ssl.SSLSocket):
        return None
    cipher = sock.cipher()
    return f"{sock.version()} {cipher[0] if cipher else ''}".rstrip()
