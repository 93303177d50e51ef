"""Real servers for a benchmark, on loopback: each lives as long as its `with` block.

Data lie in the folder that each is given, on a real disk, and PostgreSQL keeps its promise to
write there: rates without that would be of no use. Every program has a process group of its own
and is ended by its id, with whatever children it left behind.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import redis as valkey
from psycopg import sql

from dispatch.app import App, isolated
from dispatch.database import connect, schema
from dispatch.documents import Templates
from dispatch.settings import Settings
from dispatch.tracking.timekeeping import Timekeeper
from tests.conftest import a_sender
from tests.fakes import FakeClock, FakeTransport

ROOT: Final = Path(__file__).parents[1]
LINES: Final = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
SMTP_SINK: Final = "/usr/sbin/smtp-sink"
IS_ROOT: Final = os.geteuid() == 0
POSTGRES: Final = "postgres" if IS_ROOT else None
"""PostgreSQL refuses to run as root; its package has made a user for it."""
GRACE_SECONDS: Final = 30.0
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS: Final = 60.0

Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where to find it, its process, and what it has printed."""

    url: str
    process: Process
    log: Path


@dataclass(frozen=True, slots=True)
class Sink(Server):
    """A mail server that takes all it is given and keeps nothing but the count."""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def accepted(self) -> int:
        """Return how many messages it has answered 250 to so far."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 200))
            counts = re.findall(rb"mesg=(\d+)", log.read())
        return int(counts[-1]) if counts else 0


@contextmanager
def workplace() -> Iterator[Path]:
    """Make a folder for all data, through which the users of PostgreSQL and Postfix may pass."""
    with tempfile.TemporaryDirectory(prefix="dispatch-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def running(
    words: Sequence[object],
    folder: Path,
    *,
    environ: Mapping[str, str] | None = None,
    user: str | None = None,
    ending: signal.Signals = signal.SIGTERM,
) -> Iterator[tuple[Process, Path]]:
    """Run a program in `folder`; yield its process and the file that its output goes to."""
    log = folder / f"{Path(str(words[0])).name}-{uuid4().hex[:8]}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the words are this module's
            [str(word) for word in words],
            env=environ,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process, log
    finally:
        end(process, ending)


def end(process: subprocess.Popen[Any], ending: signal.Signals = signal.SIGTERM) -> None:
    """End a program by its id, at the last by force, and with it all that is left of its group."""
    process.send_signal(ending)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as something is so; raise `TimeoutError` that names it if it never is."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"after {seconds:.0f} seconds still not so: {what}")
        time.sleep(0.05)


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """Run a PostgreSQL as its package sets it up, with fsync on, for `database`."""
    folder.mkdir()
    make_cluster(folder)
    with serve_postgresql(folder, free_port()) as server:
        yield server


def make_cluster(folder: Path) -> None:
    """Make the data of a PostgreSQL in a folder."""
    if POSTGRES:
        shutil.chown(folder, POSTGRES, POSTGRES)
    words = ["--auth=trust", "--username=dispatch", "--encoding=UTF8", "--locale=C.UTF-8"]
    making = [_postgresql("initdb"), "-D", folder / "data", *words]
    with running(making, folder, user=POSTGRES) as (process, log):
        if process.wait(PATIENCE_SECONDS):
            raise RuntimeError(log.read_text())


@contextmanager
def serve_postgresql(
    folder: Path, port: int, *, environ: Mapping[str, str] | None = None, **settings: object
) -> Iterator[Server]:
    """Run a PostgreSQL over the data that `make_cluster` has made, with settings of its own."""
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "max_connections": 200,
        **settings,
    }
    chosen = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    serving = [_postgresql("postgres"), "-D", folder / "data", *chosen]
    with running(serving, folder, environ=environ, user=POSTGRES, ending=signal.SIGINT) as (
        process,
        log,
    ):
        url = f"postgresql://dispatch@127.0.0.1:{port}/postgres"
        wait_until(lambda: _answers(url), "PostgreSQL answers")
        yield Server(url, process, log)


def _postgresql(program: str) -> Path:
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    return max(found, key=lambda path: float(path.parts[4]))


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=1):
        return True
    return False


@contextmanager
def database(server: Server, *, template: str = "template1") -> Iterator[str]:
    """Make a database in a PostgreSQL, as a copy of another; yield its URL for dispatch."""
    name = f"dispatch_{uuid4().hex}"
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield f"{server.url.replace('://', '+psycopg://').rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server.url, autocommit=True) as admin:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


def migrate(database_url: str) -> None:
    """Make all tables in an empty database."""
    sessions = connect(database_url)
    with sessions.begin() as session:
        schema.upgrade(session)
    sessions.dispose()


def app(database: str | Path, home: Path, **settings: object) -> App:
    """Return a dispatch over a database, whose clock and mail server are made up."""
    clock, sender = FakeClock(), a_sender()
    return App(
        settings=Settings.model_validate({"home": home, **settings}),
        sessions=connect(database, sender.key, party=sender.party),
        templates=Templates(ROOT / "templates"),
        transport=FakeTransport(),
        sender=sender,
        clock=clock,
        timekeeper=Timekeeper(clock.reading),
        person="sam",
    )


def seconds_of(parent: int | None) -> float:
    """Return the processor time that a server's processes have taken so far: see proc(5), `stat`.

    0 for none. A process that has ended since is not counted any more.
    """
    return sum(map(_seconds, _children(parent))) if parent else 0.0


def _children(parent: int) -> Iterator[list[str]]:
    """Yield what the kernel says of a process and of its children."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if parent in {int(values[1]), int(path.parent.name)}:
            yield values


def _seconds(values: list[str]) -> float:
    return (int(values[11]) + int(values[12])) / CLOCK_TICKS


@contextmanager
def redis(folder: Path, port: int = 0) -> Iterator[Server]:
    """Run a Redis that keeps nothing over its end; with a port, on that one, as one come back."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    url = f"redis://127.0.0.1:{port}/0"
    program = shutil.which("redis-server") or "valkey-server"
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with running(words, folder) as (process, log), valkey.Redis.from_url(url) as client:
        wait_until(lambda: _pings(client), "Redis answers")
        yield Server(url, process, log)


def _pings(client: valkey.Redis) -> bool:
    with suppress(valkey.ConnectionError):
        return bool(client.ping())
    return False


@contextmanager
def smtp_sink(folder: Path, port: int = 0, delay_ms: int = 0) -> Iterator[Sink]:
    """Run Postfix's smtp-sink; or, as it waits whole seconds only, one that answers the dot late.

    Nothing else is waited for, and one that waits keeps no other connection from being served.
    """
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    if delay_ms:
        words = [sys.executable, Path(__file__).with_name("late_sink.py"), port, delay_ms]
    else:
        as_user = ["-u", "postfix"] if IS_ROOT else []
        words = [SMTP_SINK, *as_user, "-c", f"127.0.0.1:{port}", "1000"]
    with running(words, folder) as (process, log):
        wait_until(lambda: is_listening(port), "the mail server listens")
        yield Sink(f"smtp://127.0.0.1:{port}", process, log)


@contextmanager
def workers(settings: Mapping[str, str], folder: Path, processes: int = 2) -> Iterator[Server]:
    """Run the Procfile's worker with so many processes and these settings and no other."""
    chosen = {**settings, "DISPATCH_WORKERS": str(processes)}
    with _line("worker", chosen, folder) as server:
        yield server


@contextmanager
def clock(settings: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Run the Procfile's clock with these settings and no other."""
    with _line("clock", settings, folder) as server:
        yield server


@contextmanager
def _line(name: str, settings: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Run a line of the Procfile in a shell that makes way for it, so that its id is the line's."""
    folder.mkdir(exist_ok=True)
    environ = isolated(**settings)
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"
    words = ["sh", "-c", f"exec env {LINES[name]}"]
    with running(words, folder, environ=environ) as (process, log):
        yield Server("", process, log)
