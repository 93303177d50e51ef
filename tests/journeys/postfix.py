"""A real Postfix of a test's own, and a line to it that falls when it is told to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final, Self

import pytest

from tests.patience import HANG_SECONDS

needs_postfix = pytest.mark.skipif(
    shutil.which("postfix") is None or os.geteuid() != 0,
    reason="needs the Debian package postfix, and root to start it",
)

MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = smtp:[127.0.0.1]:{next_hop}
smtp_tls_security_level = none
"""

MASTER: Final = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """An instance that runs."""

    port: int
    log: Path


@contextmanager
def postfix(next_hop: int) -> Iterator[Postfix]:
    """Run a Postfix that hands all mail on to a server at this port of this machine.

    Its folder is not pytest's: the user that Postfix runs as must pass through to it.
    """
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("etc", "queue", "data"):
            (folder / part).mkdir(mode=0o755)
        shutil.chown(folder / "data", "postfix")
        port = _free_port()
        (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder, next_hop=next_hop))
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
        _run(folder, "start")
        try:
            yield Postfix(port, folder / "mail.log")
        finally:
            _run(folder, "stop")


def _run(folder: Path, command: str) -> None:
    """Start or stop it, with its log in London's time."""
    subprocess.run(
        ["postfix", "-c", str(folder / "etc"), command],
        env={**os.environ, "TZ": "Europe/London"},
        check=True,
        capture_output=True,
        timeout=HANG_SECONDS,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Cut(Enum):
    """Where a line falls: the client, which has said all of it, cannot tell."""

    BEFORE_THE_BODY = auto()
    BEFORE_THE_DOT = auto()
    AFTER_THE_DOT = auto()


class CuttingProxy:
    """A way to a mail server that falls at the end of a message, for some recipients."""

    def __init__(self, port: int, cuts: Mapping[str, Cut]) -> None:
        self._server = ("127.0.0.1", port)
        self._cuts = {f"RCPT TO:<{address}>".encode(): cut for address, cut in cuts.items()}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        lines: list[threading.Thread] = []
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                lines.append(threading.Thread(target=self._hold, args=(client,), daemon=True))
                lines[-1].start()
        for line in lines:
            line.join()

    def _hold(self, client: socket.socket) -> None:
        """Hand on what both sides say, until one of them ends the line or it falls."""
        with client, socket.create_connection(self._server) as server:
            answers = threading.Thread(target=_answer, args=(server, client), daemon=True)
            answers.start()
            with suppress(OSError), client.makefile("rb") as said:
                self._say(said, client, server)
            server.shutdown(socket.SHUT_WR)
            answers.join()

    def _say(self, said: Iterator[bytes], client: socket.socket, server: socket.socket) -> None:
        cut = None
        for line in said:
            server.sendall(line)
            if line.startswith(b"RCPT TO:"):
                cut = self._cuts.get(line.split(b" NOTIFY")[0].strip())
            if line == b"DATA\r\n" and not _say_message(said, client, server, cut):
                return


def _say_message(
    said: Iterator[bytes], client: socket.socket, server: socket.socket, cut: Cut | None
) -> bool:
    """Hand on a message as far as it is to come; return whether the line still stands."""
    for line in said:
        if line == b".\r\n":
            if cut:
                client.shutdown(socket.SHUT_RDWR)
            if cut in {None, Cut.AFTER_THE_DOT}:
                server.sendall(line)
            return cut is None
        if cut is not Cut.BEFORE_THE_BODY:
            server.sendall(line)
    return False


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Hand on the server's answers, to the last of them even if nobody listens any more."""
    with suppress(OSError):
        while said := server.recv(65536):
            with suppress(OSError):
                client.sendall(said)
