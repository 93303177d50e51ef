"""Mail servers that say what a test tells them to, over real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Literal, Self

from dispatch.domain.reply import Outcome
from dispatch.mail.outgoing.relay import Security, SmtpServer
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import SmtpTransport

CERTS = Path(__file__).parent / "certs"
CA_FILE = CERTS / "ca.pem"
"""Signs the certificate of `localhost`, and of no other name."""


class Deed(Enum):
    """What a server may do instead of answering."""

    HANG_UP = auto()
    STAY_SILENT = auto()
    TALK_ON = auto()
    """Begin a reply and never end it."""
    DRIP = auto()
    """The same, a little at a time: each line comes well within any timeout."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A server that says this much and nothing more, but stays on the line."""

    said: bytes


@dataclass(frozen=True, slots=True)
class Late:
    """A reply that takes its time."""

    words: str
    seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class After:
    """A reply that is given once a later command has been heard, too."""

    command: bytes
    words: str


Answer = str | bytes | Deed | Stuck | Late | After
"""A reply; or bytes to be sent just so, after which the server hangs up; or something worse."""

Script = Mapping[str, Answer | list[Answer]]
"""What is answered to each verb; also to CONNECT, to the handshake (TLS) and to the final dot (.).

A list is gone through in order, each answer once, and then the server is polite.
"""

POLITE: Mapping[str, str] = {
    "CONNECT": "220 fake.example ESMTP",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "DATA": "354 go ahead",
    "QUIT": "221 bye",
}
OUT_OF_ORDER = "503 5.5.1 not now"
NO_RECIPIENT = "554 5.5.1 no valid recipients"


class ScriptedServer:
    """A mail server that answers each verb as its script says, and politely where that is silent.

    Politely means as RFC 5321 has it: RCPT and DATA are out of order after a MAIL or RCPT that was
    turned down, and 421 is the last word. `heard` are the commands that came, `said` the replies,
    `messages` what was ended with a dot, dot-stuffing undone. Lines are held side by side.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        extensions: Sequence[str] = (),
        tls: Literal["starttls", "tls"] | None = None,
        messages_a_line: int | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._script = dict(script or {})
        self._extensions = [*extensions, *(["STARTTLS"] if tls == "starttls" else [])]
        self.tls = tls
        self.context = context
        """How TLS is spoken, if not with the certificate of `localhost`."""
        self.messages_a_line = messages_a_line
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._conversations: list[_Conversation] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[str] = []
        self.said: list[str] = []
        self.messages: list[bytes] = []

    @property
    def lines(self) -> int:
        """How many lines there have been."""
        return len(self._conversations)

    def connect(
        self, *, host: str = "localhost", security: Security = "none", timeout: float = 5.0
    ) -> SmtpConnection:
        """Return a line to this server, which must let us in."""
        line = self.try_to_connect(
            SmtpServer(
                host=host,
                port=self.port,
                security=security,
                ca_file=CA_FILE,
                timeout=timeout,
                dot_timeout=timeout,
            )
        )
        assert isinstance(line, SmtpConnection), line
        return line

    def try_to_connect(self, server: SmtpServer) -> SmtpConnection | Outcome:
        """Return a line, or why there is none."""
        line = SmtpTransport(server).connect()
        assert isinstance(line, SmtpConnection | Outcome)
        return line

    def mend(self) -> None:
        """Be polite from now on."""
        self._script.clear()

    def hang_up(self, *, rudely: bool = False) -> bool:
        """Leave the latest line at once; True when it is done. Rudely means a TCP reset."""
        return self._conversations[-1].end(rudely=rudely)

    def answer_to(self, verb: str) -> Answer | None:
        """Return what the script has for a verb now."""
        with self._lock:
            answer = self._script.get(verb)
            if isinstance(answer, list):
                return answer.pop(0) if answer else None
            return answer

    def introduction(self) -> str:
        """Return the polite answer to EHLO."""
        words = [f"250-{word}" for word in ["fake.example hello", *self._extensions]]
        return "\r\n".join([*words, "250 HELP"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()
        for conversation in self._conversations:
            conversation.thread.join()

    def _serve(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._is_stopping:
                sock.close()
                return
            self._conversations.append(_Conversation(self, sock))
            self._conversations[-1].thread.start()


class TurningServer(ScriptedServer):
    """Takes some messages, then gives one answer to the final dot until it is mended.

    `{}` in the answer is another id each time.
    """

    def __init__(self, *, takes: int, then: str) -> None:
        super().__init__()
        self._takes, self._then = takes, then
        self._is_mended = False
        self.met = 0
        """How many messages got that answer."""
        self.first_at = 0.0

    def answer_to(self, verb: str) -> Answer | None:
        if verb != "." or self._is_mended:
            return None
        with self._lock:
            self._takes -= 1
            if self._takes >= 0:
                return None
            self.met += 1
            self.first_at = self.first_at or time.monotonic()
            return self._then.format(f"4F{self.met:05}")

    def mend(self) -> None:
        self._is_mended = True


class _Conversation:
    """One line, from its greeting to its end."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        sock.settimeout(5)
        self.thread = threading.Thread(target=self._hold, daemon=True)
        self._server = server
        self._sock = sock
        self._received = b""
        self._last = ""
        self._went_wrong = ""
        """What is said to RCPT and DATA since an earlier command was turned down."""
        self._messages_left = server.messages_a_line

    def end(self, *, rudely: bool) -> bool:
        """Make the serving thread believe that the client is gone; True when it has ended."""
        if rudely:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.shutdown(socket.SHUT_RD)
        self.thread.join(5)
        return not self.thread.is_alive()

    def _hold(self) -> None:
        try:
            if self._server.tls == "tls" and not self._shake_hands():
                return
            if self._answer("CONNECT"):
                while self._take_a_turn():
                    pass
        except OSError:
            pass  # the client hung up, which is a test's good right
        finally:
            self._sock.close()

    def _take_a_turn(self) -> bool:
        said = self._until(b"\r\n").decode()
        is_login = self._last.startswith("334")
        verb = "AUTH" if is_login else said.partition(" ")[0].upper()
        self._server.heard.append(said)
        goes_on = self._answer(verb)
        if goes_on and verb == "STARTTLS" and self._last.startswith("220"):
            goes_on = self._shake_hands()
        if goes_on and verb == "DATA" and self._last.startswith("354"):
            goes_on = self._take_the_message()
        return goes_on and verb != "QUIT"

    def _take_the_message(self) -> bool:
        self._received = b"\r\n" + self._received
        content = self._until(b"\r\n.\r\n") + b"\r\n"
        self._server.messages.append(content.replace(b"\r\n..", b"\r\n.")[2:])
        if self._messages_left:
            self._messages_left -= 1
        return self._answer(".")

    def _answer(self, verb: str) -> bool:
        """Answer a verb; return whether the line still stands."""
        answer = self._server.answer_to(verb)
        if answer is None:
            answer = self._polite_answer(verb)
        if isinstance(answer, Late):
            time.sleep(answer.seconds)
            answer = answer.words
        if isinstance(answer, After):
            self._received = self._until(answer.command) + answer.command + self._received
            answer = answer.words
        if not isinstance(answer, str):
            self._misbehave(answer)
            return False
        self._last = answer
        self._keep_order(verb, answer)
        self._server.said.append(answer)
        self._sock.sendall(answer.encode() + b"\r\n")
        return not answer.startswith("421")

    def _polite_answer(self, verb: str) -> str:
        if verb == "EHLO":
            return self._server.introduction()
        if verb == "MAIL" and self._messages_left == 0:
            return "421 4.7.0 that is enough for one line"
        if verb in {"RCPT", "DATA"} and self._went_wrong:
            return self._went_wrong
        return POLITE.get(verb, "250 2.0.0 OK")

    def _keep_order(self, verb: str, answer: str) -> None:
        if verb == "MAIL":
            self._went_wrong = "" if answer.startswith("2") else OUT_OF_ORDER
        elif verb == "RCPT" and not answer.startswith("2"):
            self._went_wrong = self._went_wrong or NO_RECIPIENT

    def _misbehave(self, answer: bytes | Deed | Stuck) -> None:
        match answer:
            case bytes(fragment):
                self._sock.sendall(fragment)
            case Stuck(fragment):
                self._sock.sendall(fragment)
                self._listen_to_the_end()
            case Deed.STAY_SILENT:
                self._listen_to_the_end()
            case Deed.TALK_ON:
                while True:
                    self._sock.sendall(b"250-and another thing\r\n" * 100)
            case Deed.DRIP:
                while True:
                    self._sock.sendall(b"250-and\r\n")
                    time.sleep(0.01)

    def _listen_to_the_end(self) -> None:
        while self._sock.recv(65536):
            pass

    def _until(self, end: bytes) -> bytes:
        """Return what comes before `end`; raise ConnectionError if the client goes first."""
        while end not in self._received:
            more = self._sock.recv(65536)
            if not more:
                raise ConnectionError
            self._received += more
        found, _, self._received = self._received.partition(end)
        return found

    def _shake_hands(self) -> bool:
        """Make the line safe, unless the script has something else for it."""
        answer = self._server.answer_to("TLS")
        if isinstance(answer, bytes | Deed | Stuck):
            self._misbehave(answer)
            return False
        context = self._server.context
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTS / "server.pem")
        self._sock = context.wrap_socket(self._sock, server_side=True)
        return True
