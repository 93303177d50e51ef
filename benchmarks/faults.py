"""Whether each letter is sent once though clocks are set, processes freeze and the database fails.

`python benchmarks/faults.py`: 600 deliveries, slowly, to the mail server of `crash.py`. Two workers
whose clocks are ten minutes apart send them. Meanwhile every clock goes back by two hours, ahead by
two hours and ahead by a week, for seconds; processes stand still for longer than a lease; another
session holds the tables; PostgreSQL, which by itself would not wait for its disk, is stopped at
once. Each letter must end as accepted, with one copy there, or in doubt, with at most one: none
expires, since each has an hour left. Anything else is printed, and the status is 1. `--count 120`
for a look, `--seed` for the same plan again. Needs a C compiler.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

import psycopg
from sqlalchemy import update

from benchmarks import crash, gauge, ground, killing, population
from benchmarks.killing import Cue, Killer, Part
from dispatch.app import isolated
from dispatch.database import DatabaseTrouble, codes, connect
from dispatch.database.tables import Delivery

LEASE_SECONDS: Final = 5
APART: Final = {"worker": 300, "worker-2": -300, "clock": 0, "database": 0}
"""Seconds by which the clock of each program is ahead."""

HOUR: Final = 3600
SETTINGS: Final = {**crash.SETTINGS, "DISPATCH_RATE": "8/s"}
"""Slowly: a fault must hit something."""

SETTINGS_OF_CLOCKS: Final = {
    "back two hours": (-2 * HOUR, 6),
    "ahead two hours": (2 * HOUR, 6),
    "a week ahead": (168 * HOUR, 3),
}
"""By how many seconds every clock is set, and for how many."""

FAULTS: Final = {
    **dict.fromkeys(SETTINGS_OF_CLOCKS, 1),
    "freeze a child": 3,
    "freeze the clock": 1,
    "lock": 2,
    "child": 2,
    "broker": 1,
    "clock": 1,
    "stop the database": 3,
}
"""How often each comes for each `EACH` deliveries."""

EACH: Final = 300
LOCKED_SECONDS: Final = 6.0
FROZEN_SECONDS: Final = LEASE_SECONDS + 4.0
STOPPED_SECONDS: Final = 3.0

DEAD_SERVER: Final = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
"""A server that promises nothing by itself: what must survive, dispatch must ask for."""


class Clocks:
    """The wall clocks of programs, which can be set while they run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = folder / "set_clock.so"
        source = Path(__file__).with_name("set_clock.c")
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise SystemExit("no C compiler is installed: the clocks cannot be set (apt: gcc)")
        words: list[str | Path] = [compiler, "-O2", "-shared", "-fPIC", "-o", self.library, source]
        subprocess.run(words, check=True)  # noqa: S603 - our own words
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set every clock by so many seconds from where it belongs."""
        for name, apart in APART.items():
            path = self.folder / f"{name}.clock"
            with path.open("r+b" if path.exists() else "wb") as file:
                file.write(struct.pack("l", apart + seconds))
            path.chmod(0o644)  # PostgreSQL runs as another user

    def environ(self, name: str) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "SET_CLOCK": str(self.folder / f"{name}.clock"),
        }


class Watch(crash.Watch):
    """A watch that goes on by what it knows while the database is away."""

    def ask(self) -> None:
        with suppress(DatabaseTrouble):
            super().ask()


class Faults(Killer):
    """Goes by a plan of faults, and mends each after a while."""

    def __init__(
        self, parts: Sequence[Part], cues: Sequence[Cue], random: Random, clocks: Clocks, url: str
    ) -> None:
        super().__init__(parts, cues, random)
        self.clocks = clocks
        self.url = url
        self._to_mend: list[tuple[float, Callable[[], object]]] = []

    @property
    def is_done(self) -> bool:
        return super().is_done and not self._to_mend

    def look(self, progress: int) -> None:
        self.mend()
        super().look(progress)

    def mend(self, *, is_over: bool = False) -> None:
        """Mend what has been broken for long enough, or everything."""
        due = [each for each in self._to_mend if is_over or each[0] <= time.monotonic()]
        self._to_mend = [each for each in self._to_mend if each not in due]
        for _, mend in due:
            mend()

    def _later(self, seconds: float, mend: Callable[[], object]) -> None:
        self._to_mend.append((time.monotonic() + seconds, mend))

    def _strike(self, kind: str, progress: int) -> bool:
        if kind in SETTINGS_OF_CLOCKS:
            return self._set_clocks(*SETTINGS_OF_CLOCKS[kind])
        if kind == "lock":
            return self._lock()
        if kind.startswith("freeze"):
            return self._freeze("clock" if "clock" in kind else self._worker(), progress)
        if kind == "stop the database":
            return self._stop_database()
        return super()._strike(kind, progress)

    def _set_clocks(self, by: int, seconds: float) -> bool:
        self.clocks.set(by)
        self._later(seconds, partial(self.clocks.set, 0))
        return True

    def _worker(self) -> str:
        return self.random.choice(["worker", "worker-2"])

    def _freeze(self, name: str, progress: int) -> bool:
        """Stop a process for longer than a lease: the clock, or a child of a worker."""
        part = self.parts[name]
        if not part.is_up or not part.is_at_work(progress):
            return False
        whole = gauge.family(part.pid)
        process = self.random.choice(whole[1:] or whole) if name != "clock" else part.pid
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
            self._later(FROZEN_SECONDS, partial(_thaw, process))
            return True
        return False

    def _lock(self) -> bool:
        """Hold what every sender must write to, in a session of our own."""
        try:
            held = _locking(self.url)
        except (sqlite3.Error, psycopg.Error):
            return False
        # From another thread, since looking at the deliveries waits for it as well.
        threading.Timer(LOCKED_SECONDS, held).start()
        self._later(LOCKED_SECONDS, held)
        return True

    def _stop_database(self) -> bool:
        """Stop PostgreSQL as `pg_ctl stop -m immediate` does."""
        part = self.parts["database"]
        if not part.is_up:
            return False
        os.kill(part.pid, signal.SIGQUIT)
        with suppress(subprocess.TimeoutExpired):
            part.wait()
        part.back_at = time.monotonic() + self.random.random() * STOPPED_SECONDS
        return True


def _thaw(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGCONT)


def _locking(url: str) -> Callable[[], object]:
    """Lock the deliveries; return what unlocks them."""
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        connection = sqlite3.connect(file, isolation_level=None, timeout=2, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection.close
    server = psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2)
    server.execute("SET lock_timeout = '2s'")
    server.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
    return server.close


def plan(random: Random, count: int, *, has_server: bool) -> list[Cue]:
    """Spread the faults over a run of `count` deliveries."""
    times = {kind: max(1, round(each * count / EACH)) for kind, each in FAULTS.items()}
    if not has_server:
        del times["stop the database"]
    kinds = [kind for kind, number in times.items() for _ in range(number)]
    random.shuffle(kinds)
    step = count / (len(kinds) + 1)
    return [Cue(kind, step * (number + random.random())) for number, kind in enumerate(kinds)]


def suffer(
    url: str, folder: Path, clocks: Clocks, database: Part | None, asked: argparse.Namespace
) -> crash.Account:
    """Send all that is due in a database while all this happens, and say how it ended."""
    random = Random(f"{asked.seed} {url.partition(':')[0]}")  # noqa: S311 - it must come again
    file = folder / "copies"
    file.touch()
    with ExitStack() as stack:
        parts = programs(url, folder, file, clocks, asked)
        for part in parts:
            stack.callback(part.close)
        parts = [database, *parts] if database else parts
        cues = plan(random, asked.count, has_server=database is not None)
        faults = Faults(parts, cues, random, clocks, url)
        stack.callback(partial(faults.mend, is_over=True))
        account, watch = crash.Account(faults), Watch(url, file)
        crash.await_settled(account, watch, asked.limit or 180 + asked.count / 2)
        faults.mend(is_over=True)
        account.faults += [*faults.faults, *crash.unheard(watch)]
    watch.ask()  # nobody is there any more who could change it
    crash.compare(watch.rows, watch.copies(), account)
    return account


def programs(
    url: str, folder: Path, file: Path, clocks: Clocks, asked: argparse.Namespace
) -> list[Part]:
    """Return what suffers, in the order in which it is started."""
    sink_port, broker_port = killing.lasting_port(), killing.lasting_port()
    settings = SETTINGS | crash.where(url, folder, sink_port, broker_port)
    worker, other, clock = ({**settings, **clocks.environ(each)} for each in list(APART)[:3])
    starts = {
        "sink": partial(killing.sink, folder / "sink", sink_port, file, asked.seed),
        "broker": partial(killing.broker, folder / "broker", broker_port),
        "worker": partial(ground.workers, worker, folder / "worker"),
        "worker-2": partial(ground.workers, {**other, "PORT": "2"}, folder / "worker-2"),
        "clock": partial(ground.clock, clock, folder / "clock"),
    }
    return [Part(name, start) for name, start in starts.items()]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    words.add_argument("--count", type=int, default=2 * EACH, help="how many deliveries")
    words.add_argument("--seed", default=str(SystemRandom().randrange(10**6)))
    words.add_argument("--only", choices=crash.DATABASES, help="one of the databases")
    words.add_argument("--limit", type=float, help="seconds for each database")
    words.add_argument("--keep", type=Path, metavar="FOLDER", help="where all logs are to stay")
    asked = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is stopped
    print(f"{asked.count} deliveries each, seed {asked.seed}")
    is_kept = True
    with ground.workplace() as workplace:
        clocks = Clocks(workplace)
        for database in [asked.only] if asked.only else crash.DATABASES:
            folder = (asked.keep or workplace) / database
            (folder / "home").mkdir(parents=True)
            with _database(database, workplace, folder, clocks) as (url, server):
                ground.migrate(url)
                population.populate(url, asked.count, crash.SIZE)
                _leave_an_hour(url)
                account = suffer(url, folder, clocks, server, asked)
            print(f"{database}\n{account}", flush=True)
            is_kept &= not account.faults
    return 0 if is_kept else 1


def _leave_an_hour(url: str) -> None:
    """Give every letter one hour until its not-after time."""
    sessions = connect(url)
    not_after = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - as `populate` has it
    with sessions.begin() as session:
        session.execute(update(Delivery).values(not_after=not_after))
        codes.give_deliveries(session.connection(), population.KEY)  # else none would leave
    sessions.dispose()


@contextmanager
def _database(
    kind: str, workplace: Path, folder: Path, clocks: Clocks
) -> Iterator[tuple[str, Part | None]]:
    """Lend an empty database, with the server that can be stopped, if there is one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'home' / 'dispatch.db'}", None
        return
    servers = workplace / "servers"
    servers.mkdir()
    ground.make_cluster(servers)
    start = partial(
        ground.serve_postgresql,
        servers,
        killing.lasting_port(),
        environ=isolated(**clocks.environ("database")),
        **DEAD_SERVER,
    )
    part = Part("database", start)
    try:
        part.come_back(0)
        yield part.server.url.replace("://", "+psycopg://"), part
    finally:
        part.close()


if __name__ == "__main__":
    sys.exit(main())
