"""A server on loopback that says what it is told to, whatever it hears."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Server:
    """Answers each line it hears with the next of some replies; then it hangs up.

    `%TAG%` in a reply is the first word of what it answers, as IMAP has it.
    """

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.replies: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _ = self._listening.accept()
            with line, suppress(OSError):
                line.settimeout(0.3)
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        greeting, *replies = self.replies
        line.sendall(greeting)
        with line.makefile("rb") as heard:
            for reply in replies:
                words = heard.readline().split()
                line.sendall(reply.replace(b"%TAG%", words[0] if words else b""))
