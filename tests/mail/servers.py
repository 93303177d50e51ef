"""Mail servers that say what a test tells them to, over real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Literal, Self

from dispatch.domain.reply import Outcome
from dispatch.mail.server import Security, SmtpServer
from dispatch.mail.smtp import SmtpLine
from dispatch.mail.transport import SmtpTransport

CERTS = Path(__file__).parent / "certs"
CA_FILE = CERTS / "ca.pem"
"""Signs the certificate of `localhost`, and of no other name."""


class Deed(Enum):
    """What a server may do instead of answering."""

    HANG_UP = auto()
    STAY_SILENT = auto()


Answer = str | bytes | Deed
"""A reply; or bytes to be sent just so, after which the server hangs up; or a deed."""

POLITE: Mapping[str, Answer] = {
    "CONNECT": "220 fake.example ESMTP",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "DATA": "354 go ahead",
    "QUIT": "221 bye",
}


class ScriptedServer:
    """A mail server that answers each verb as its script says, and politely where that is silent.

    A list of answers is gone through in order. `heard` are the commands that came, `messages`
    what was ended with a dot, dot-stuffing undone.
    """

    def __init__(
        self,
        script: Mapping[str, Answer | list[Answer]] | None = None,
        *,
        extensions: Sequence[str] = (),
        tls: Literal["starttls", "tls"] | None = None,
    ) -> None:
        self._script = {**POLITE, **(script or {})}
        self._extensions = [*extensions, *(["STARTTLS"] if tls == "starttls" else [])]
        self.tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[str] = []
        self.messages: list[bytes] = []
        self.lines = 0
        self._has_hung_up = threading.Event()

    def connect(
        self, *, host: str = "localhost", security: Security = "none", timeout: float = 5.0
    ) -> SmtpLine:
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
        assert isinstance(line, SmtpLine), line
        return line

    def try_to_connect(self, server: SmtpServer) -> SmtpLine | Outcome:
        """Return a line, or why there is none."""
        line = SmtpTransport(server).connect()
        assert isinstance(line, SmtpLine | Outcome)
        return line

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._is_stopping:
                sock.close()
                return
            self.lines += 1
            self._conversation = _Conversation(self, sock)
            self._conversation.hold()
            self._has_hung_up.set()

    def hang_up(self, *, rudely: bool = False) -> bool:
        """Leave the line at once, and return True when it is done; rudely means a TCP reset."""
        self._conversation.end(rudely=rudely)
        return self._has_hung_up.wait(5)

    def answer_to(self, verb: str) -> Answer:
        """Return what is to be said to a verb now."""
        if verb == "EHLO" and verb not in self._script:
            return "\r\n".join(
                [*(f"250-{word}" for word in ["fake.example hello", *self._extensions]), "250 HELP"]
            )
        answer = self._script.get(verb, "250 2.0.0 OK")
        if isinstance(answer, list):
            return answer.pop(0) if answer else POLITE.get(verb, "250 2.0.0 OK")
        return answer


class _Conversation:
    """One line, from its greeting to its end."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        sock.settimeout(5)
        self._server = server
        self._sock = sock
        self._received = b""

    def hold(self) -> None:
        try:
            if self._server.tls == "tls":
                self._wrap()
            if self._answer("CONNECT"):
                while self._take_a_turn():
                    pass
        except OSError:
            pass  # the client hung up, which is a test's good right
        finally:
            self._sock.close()

    def end(self, *, rudely: bool) -> None:
        """Make the serving thread believe that the client is gone."""
        if rudely:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.shutdown(socket.SHUT_RD)

    def _take_a_turn(self) -> bool:
        said = self._until(b"\r\n").decode()
        verb = said.partition(" ")[0].upper()
        self._server.heard.append(said)
        goes_on = self._answer(verb)
        if goes_on and verb == "STARTTLS" and self._last.startswith("220"):
            self._wrap()
        if goes_on and verb == "DATA" and self._last.startswith("354"):
            goes_on = self._take_the_message()
        return goes_on and verb != "QUIT"

    def _take_the_message(self) -> bool:
        self._received = b"\r\n" + self._received
        content = self._until(b"\r\n.\r\n") + b"\r\n"
        self._server.messages.append(content.replace(b"\r\n..", b"\r\n.")[2:])
        return self._answer(".")

    def _answer(self, verb: str) -> bool:
        """Answer a verb; return whether the line still stands."""
        match self._server.answer_to(verb):
            case str(words):
                self._last = words
                self._sock.sendall(words.encode() + b"\r\n")
                return True
            case bytes(fragment):
                self._sock.sendall(fragment)
            case Deed.STAY_SILENT:
                while self._sock.recv(65536):
                    pass
            case Deed.HANG_UP:
                pass
        return False

    def _until(self, end: bytes) -> bytes:
        """Return what comes before `end`; raise ConnectionError if the client goes first."""
        while end not in self._received:
            more = self._sock.recv(65536)
            if not more:
                raise ConnectionError
            self._received += more
        found, _, self._received = self._received.partition(end)
        return found

    def _wrap(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / "server.pem")
        self._sock = context.wrap_socket(self._sock, server_side=True)
