"""One run each of what `benchmarks/send.py` compares: the same letters, the same kind of sink."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
import redis as valkey

from benchmarks import bare, gauge, ground, population
from dispatch.database import Sessions, connect
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.settings import NAMES

PROCESSES: Final = 2
SECONDS: Final = 900.0
DJANGO_QUEUE: Final = Path(__file__).with_name("django_queue.py")


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run came to."""

    count: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)
    """Processor seconds of the senders, and of the servers that they made work."""
    memory: Sequence[gauge.Memory] = ()
    """The peak of each worker process."""
    commits: int = 0
    """On SQLite: how many transactions were written."""

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.count / self.seconds

    def cpu_per_thousand(self, *names: str) -> float:
        """Return processor seconds for 1,000 letters: of some, or of all but the mail server."""
        chosen = names or tuple(self.cpu.keys() - {"sink"})
        return 1000 * sum(self.cpu.get(name, 0) for name in chosen) / self.count


@dataclass(frozen=True, slots=True)
class Yard:
    """Where trials are run: a folder for all data, and one PostgreSQL with full databases."""

    folder: Path
    postgresql: ground.Server
    _stack: ExitStack
    _full: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def new_folder(self) -> Path:
        path = self.folder / uuid4().hex[:8]
        path.mkdir()
        path.chmod(0o711)
        return path

    @contextmanager
    def database(self, kind: str, size: int, count: int) -> Iterator[str]:
        """Lend a database with such letters in it, none of them sent: a copy of one kept full."""
        key = (kind, size, count)
        if key not in self._full:
            self._full[key] = self._made(kind)
            ground.migrate(self._full[key])
            population.populate(self._full[key], count, size, state=MailoutState.PAUSED)
        full = self._full[key]
        if kind == "sqlite":
            folder = self.new_folder()
            shutil.copy(full.removeprefix("sqlite:///"), folder / "dispatch.db")
            yield f"sqlite:///{folder / 'dispatch.db'}"
            shutil.rmtree(folder)
            return
        with ground.database(self.postgresql, template=full.rpartition("/")[2]) as url:
            with psycopg.connect(self.postgresql.url, autocommit=True) as admin:
                admin.execute("CHECKPOINT")  # none of the copying is left for later
            yield url

    def _made(self, kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.new_folder() / 'dispatch.db'}"
        return self._stack.enter_context(ground.database(self.postgresql))


@contextmanager
def yard() -> Iterator[Yard]:
    with ExitStack() as stack:
        folder = stack.enter_context(ground.workplace())
        server = stack.enter_context(ground.postgresql(folder / "postgresql"))
        yield Yard(folder, server, stack)


def smtplib(yard: Yard, count: int, *, size: int, delay_ms: int = 0, lines: int = 1) -> Trial:
    """Send by a bare loop over so many connections of each process.

    To a server that is late, a few letters over one tell as much as many.
    """
    if delay_ms and lines == 1:
        count = min(count, 400)
    with ground.smtp_sink(yard.new_folder(), delay_ms=delay_ms) as sink:
        seconds, cpu = bare.send(sink.port, size, count, lines)
        assert sink.accepted() == count, sink.accepted()
    return Trial(count, seconds, {"senders": cpu})


@dataclass(frozen=True, slots=True)
class Service:
    """A dispatch at work, with a paused mailout that is due."""

    sessions: Sessions
    database_url: str
    sink: ground.Sink
    pids: Mapping[str, int]
    """The first process of each program, by its part."""

    def workers(self) -> list[int]:
        """Return the processes that send, without the one that watches over them."""
        return gauge.family(self.pids["senders"])[1:]

    def verify(self, count: int) -> None:
        """Hold it to the promise: each letter is accepted, on record and there exactly once."""
        found = population.counts(self.sessions)
        assert found == {DeliveryState.ACCEPTED: count}, found
        assert population.attempts(self.sessions) == count
        assert self.sink.accepted() == count, self.sink.accepted()


@contextmanager
def service(
    yard: Yard,
    count: int,
    *,
    kind: str,
    size: int,
    delay_ms: int = 0,
    processes: int = PROCESSES,
    **settings: int,
) -> Iterator[Service]:
    """Run workers and clock as the Procfile says, on a `kind` of database, and wait for them."""
    folder = yard.new_folder()
    chosen = {f"DISPATCH_{name.upper()}": str(value) for name, value in settings.items()}
    assert chosen.keys() <= set(NAMES), chosen
    with ExitStack() as stack:
        url = stack.enter_context(yard.database(kind, size, count))
        broker = stack.enter_context(ground.redis(folder))
        sink = stack.enter_context(ground.smtp_sink(folder, delay_ms=delay_ms))
        environ = {
            "DISPATCH_HOME": str(folder / "home"),
            "DISPATCH_DATABASE_URL": url,
            "DISPATCH_REDIS_URL": broker.url,
            "DISPATCH_SMTP_URL": sink.url,
            "DISPATCH_RATE": "unlimited",
            "DISPATCH_SECRET_KEY": population.SECRET,
            **chosen,
        }
        crew = stack.enter_context(ground.workers(environ, folder, processes))
        clock = stack.enter_context(ground.clock(environ, folder))
        sessions = connect(url, population.KEY)
        stack.callback(sessions.dispose)
        try:
            ground.wait_until(lambda: _has_consumer(broker.url), "a worker waits for messages")
        except TimeoutError as error:
            raise RuntimeError(crew.log.read_text() + clock.log.read_text()) from error
        pids = {
            "senders": crew.process.pid,
            "database": yard.postgresql.process.pid,
            "broker": broker.process.pid,
            "clock": clock.process.pid,
            "sink": sink.process.pid,
        }
        yield Service(sessions, url, sink, pids)


def dispatch(yard: Yard, count: int, *, kind: str, size: int, **asked: int) -> Trial:
    """Send by worker processes that are woken through Redis, `asked` for as `service` takes it."""
    with service(yard, count, kind=kind, size=size, **asked) as running:
        written = _commits(running.database_url)
        with gauge.MemoryWatch(running.pids["senders"]) as watch, gauge.cpu_of(running.pids) as cpu:
            population.release(running.sessions)
            population.await_settled(running.sessions, SECONDS)
        running.verify(count)
        seconds = population.seconds_taken(running.sessions)
        written = _commits(running.database_url) - written
    return Trial(count, seconds, cpu, watch.children(), written)


def _has_consumer(broker_url: str) -> bool:
    with valkey.Redis.from_url(broker_url) as client:
        return any(each["cmd"] == "brpop" for each in client.client_list())


def _commits(url: str) -> int:
    """Return how many transactions have been written to SQLite's log.

    Its index counts them: the third word of the header (https://sqlite.org/walformat.html).
    """
    index = Path(url.removeprefix("sqlite:///") + "-shm")
    if not (url.startswith("sqlite") and index.exists()):
        return 0
    return int.from_bytes(index.read_bytes()[8:12], sys.byteorder)


def post_office(yard: Yard, count: int, *, size: int, batch: int) -> Trial:
    """Send by django-post_office's own command with two processes, on the same PostgreSQL."""
    folder = yard.new_folder()
    with ExitStack() as stack:
        url = stack.enter_context(ground.database(yard.postgresql))
        sink = stack.enter_context(ground.smtp_sink(folder))
        process = stack.enter_context(_django_queue(folder, url, sink.port, count, size, batch))
        on_the_wire = int(_said(process, folder))
        assert abs(on_the_wire / size - 1) < 0.05, on_the_wire
        ids = {"senders": process.pid, "database": yard.postgresql.process.pid}
        with gauge.MemoryWatch(process.pid) as watch, gauge.cpu_of(ids) as cpu:
            assert process.stdin
            print(file=process.stdin, flush=True)
            seconds = float(_said(process, folder))
        assert process.wait(60) == 0, (folder / "log").read_text()
        assert sink.accepted() == count, sink.accepted()
    return Trial(count, seconds, cpu, watch.children())


@contextmanager
def _django_queue(folder: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Run the script in the environment that its head describes, which `uv` keeps."""
    python = Path(sys.executable)
    uv = [python.with_name("uv"), "run", "--quiet", "--no-project", "--python", python]
    url, *numbers = words
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            [str(word) for word in (*uv, "--script", DJANGO_QUEUE, url, folder, *numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            yield process
        finally:
            ground.end(process)


def _said(process: subprocess.Popen[str], folder: Path) -> str:
    """Return the next line that it prints; raise with its log if it has ended."""
    assert process.stdout
    if line := process.stdout.readline():
        return line
    raise RuntimeError((folder / "log").read_text())
