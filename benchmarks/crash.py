"""Whether each letter is sent once though everything around it is killed, on both databases.

`python benchmarks/crash.py`: 2,000 deliveries to a mail server that puts down what it accepts,
while workers, clock, broker and mail server are killed and come back, and the broker loses all it
knows. Each must end as accepted, with one copy there, or in doubt, with at most one. Anything
else is printed, and the status is 1. `--count 300` for a look, `--seed` for the same plan again.
With `--calm` fifteen letters go first, no letter may follow before they are judged, and all workers
together keep to three connections and ten letters a second.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from benchmarks import ground, killing, population
from benchmarks.counting_sink import Copy
from benchmarks.killing import Killer, Part
from dispatch.database import Session, connect
from dispatch.database.tables import Attempt, Delivery
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.sending.envelope import attempt_of, delivery_of
from dispatch.ledger import events, journal
from dispatch.sending.store.connections import HOLDS
from dispatch.tracking.store import heartbeats

SIZE: Final = 10_000
"""Octets of a message."""

KEY: Final = population.SECRET
SETTINGS: Final = {
    "DISPATCH_LEASE_SECONDS": "5",
    "DISPATCH_RETRY_WAITS": "1 2",
    "DISPATCH_CONNECTIONS": "4",
    "DISPATCH_SECRET_KEY": KEY,
}
FIRST: Final = 15
"""First letters of a calm run."""

CONNECTIONS: Final = 3
CALM: Final = {
    "DISPATCH_ALL_CONNECTIONS": str(CONNECTIONS),
    "DISPATCH_RATE": "10/s",
    "DISPATCH_POLL_SECONDS": "5",
}
CALM_SECONDS: Final = 120.0 + HOLDS.total_seconds() * 2 * killing.FEWEST
"""What a calm run takes longer: first letters are waited for, and the connections of each worker
that was killed."""

DATABASES: Final = ("sqlite", "postgresql")
LOOK_SECONDS: Final = 0.02
ASK_SECONDS: Final = 0.5
SHOWN: Final = 20
"""Faults that are printed."""

BEAT_SECONDS: Final = 30.0
"""In which clock and workers, whatever became of the broker, must show that they are alive."""

OUTRAGES: Final = (
    "database is locked",
    "Unhandled exception",
    "AssertionError",
    "AttributeError",
    "a tick failed",
)
"""What no program may say, whatever is killed around it."""

FORESEEN: Final = "nobody could be woken"
"""But for this: of a broker lost as it declares, kombu goes on with the channel it had before."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the database says of one delivery."""

    id: UUID
    address: str
    state: DeliveryState
    attempts: int
    lease_until: datetime | None


@dataclass(slots=True)
class Watch:
    """What has come of the deliveries so far, in the database and in the sink's file."""

    url: str
    file: Path
    rows: Sequence[Row] = ()
    missing: int = 0
    """How many are in doubt and not at the sink."""
    _asked_at: float = 0.0

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Look into the database as the command line does: come, read and go."""
        sessions = connect(self.url)
        with sessions.read() as session:
            yield session
        sessions.dispose()

    def ask(self) -> None:
        columns = [getattr(Delivery, each.name) for each in fields(Row)]
        with self.session() as session:
            self.rows = [Row(*row) for row in session.execute(select(*columns))]
        in_doubt = {row.id for row in self.rows if row.state is DeliveryState.IN_DOUBT}
        self.missing = len(in_doubt - {copy.delivery_id for copy in self.copies()})
        self._asked_at = time.monotonic()

    def copies(self) -> list[Copy]:
        return [Copy.read(line) for line in self.file.read_text().splitlines()]

    def progress(self) -> int:
        """Return how many deliveries have come to something, as far as is known."""
        if time.monotonic() - self._asked_at >= ASK_SECONDS:
            self.ask()
        return self.file.read_bytes().count(b"\n") + self.missing

    @property
    def is_settled(self) -> bool:
        """Whether all that may still happen is that a person settles a doubt."""
        return all(row.state not in IN_PROGRESS and not row.lease_until for row in self.rows)

    def beats_since(self, moment: datetime) -> set[str]:
        """Return who has shown that it is alive: clock, worker."""
        with self.session() as session:
            return {beat.kind for beat in heartbeats.all_seen(session) if beat.seen_at >= moment}


@dataclass(slots=True)
class Account:
    """What one run came to."""

    killer: Killer
    seconds: float = 0.0
    standstill: float = 0.0
    """The longest time in which nothing came of anything."""
    states: Counter[DeliveryState] = field(default_factory=Counter)
    retries: int = 0
    in_doubt_there: int = 0
    """How many are in doubt and have a copy at the sink."""
    duplicates: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = self.killer.kills
        kinds = ", ".join(f"{kind} {times}" for kind, times in sorted(kills.items()))
        accepted = self.states[DeliveryState.ACCEPTED]
        in_doubt, there = self.states[DeliveryState.IN_DOUBT], self.in_doubt_there
        lines = [
            f"{kills.total()} kills: {kinds}; workers that gave up: {self.killer.given_up}",
            f"accepted {accepted}, in doubt {in_doubt}: {there} there, {in_doubt - there} not",
            f"duplicates {self.duplicates}, lost {self.lost}, retries {self.retries}",
            f"{self.seconds:.0f} seconds, the longest standstill {self.standstill:.1f}",
            *(f"NOT AS PROMISED: {fault}" for fault in self.faults[:SHOWN]),
        ]
        return "\n".join(f"  {line}" for line in lines)


def compare(rows: Sequence[Row], copies: Sequence[Copy], account: Account) -> None:
    """Set what the database says against what the sink has."""
    there = Counter(copy.delivery_id for copy in copies)
    account.states = Counter(row.state for row in rows)
    account.retries = sum(max(0, row.attempts - 1) for row in rows)
    for row in rows:
        count, state = there.pop(row.id, 0), row.state
        account.in_doubt_there += state is DeliveryState.IN_DOUBT and count > 0
        account.duplicates += max(0, count - 1)
        account.lost += state is DeliveryState.ACCEPTED and not count
        is_right = count == 1 if state is DeliveryState.ACCEPTED else count <= 1
        if not is_right or state not in {DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT}:
            envids = [copy.envid for copy in copies if copy.delivery_id == row.id]
            account.faults.append(
                f"{row.id} is {state.value} after {row.attempts} tries, at the sink: {envids}"
            )
    account.faults += [f"at the sink, but nobody's: {each}" for each in there]
    addresses = {row.id: row.address for row in rows}
    for copy in copies:
        names = {delivery_of(copy.return_path, KEY.encode()), *(attempt_of(copy.envid) or ())[:1]}
        if names != {copy.delivery_id} or addresses.get(copy.delivery_id) != copy.address:
            account.faults.append(f"not what it says it is: {copy}")


def calm(watch: Watch, account: Account) -> None:
    """Look whether a calm run was one: in its order, and within its connections."""
    with watch.session() as session:
        told = journal.events(session, f"mailout:{population.NAME}")
        [first] = [each for each in told if each.action == events.MAILOUT_FIRST_LETTERS.action]
        others = [each for each in told if each.action == events.MAILOUT_OTHERS.action]
        alone = set(map(UUID, first.detail["deliveries"].split()))
        began = select(func.min(Attempt.started_at)).where(Attempt.delivery_id.not_in(alone))
        began_at = session.scalar(began)
    if len(others) != 1:
        account.faults.append(f"the other letters were let go {len(others)} times")
    elif began_at and began_at < others[0].at:
        account.faults.append(f"another letter left at {began_at}, before {others[0].at}")
    lines = watch.file.with_suffix(".most").read_text().split()
    most = max(map(int, lines), default=0)
    if most > CONNECTIONS:
        account.faults.append(f"there were {most} connections at once")


def crash(url: str, folder: Path, asked: argparse.Namespace) -> Account:
    """Send all that is due in a database while everything is killed, and say what came of it."""
    random = Random(f"{asked.seed} {url.partition(':')[0]}")  # noqa: S311 - it must come again
    file = folder / "copies"
    file.touch()
    with ExitStack() as stack:
        parts = programs(url, folder, file, asked)
        for part in parts:
            stack.callback(part.close)
        killer = Killer(parts, killing.plan(random, asked.count), random)
        account, watch = Account(killer), Watch(url, file)
        usual = 120 + asked.count / 4 + asked.calm * CALM_SECONDS
        await_settled(account, watch, asked.limit or usual)
        account.faults += [*killer.faults, *unheard(watch)]
    watch.ask()  # nobody is there any more who could change it
    account.faults += leftovers(folder, parts)
    compare(watch.rows, watch.copies(), account)
    if asked.calm:
        calm(watch, account)
    return account


def where(url: str, folder: Path, sink_port: int, broker_port: int) -> dict[str, str]:
    """Return the settings that say where home, database, broker and mail server are."""
    return {
        "DISPATCH_HOME": str(folder / "home"),
        "DISPATCH_DATABASE_URL": "" if url.startswith("sqlite") else url,
        "DISPATCH_REDIS_URL": f"redis://127.0.0.1:{broker_port}/0",
        "DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{sink_port}",
        "DISPATCH_RATE": "unlimited",
    }


def programs(url: str, folder: Path, file: Path, asked: argparse.Namespace) -> list[Part]:
    """Return what is killed, in the order in which it is started."""
    sink_port, broker_port = killing.lasting_port(), killing.lasting_port()
    settings = SETTINGS | where(url, folder, sink_port, broker_port)
    settings["DISPATCH_MARK_AHEAD"] = str(asked.mark_ahead)
    if asked.calm:
        settings |= CALM | {"DISPATCH_INCOMING_MAILDIR": str(killing.maildir(folder / "maildir"))}
    starts = {
        "sink": partial(killing.sink, folder / "sink", sink_port, file, asked.seed),
        "broker": partial(killing.broker, folder / "broker", broker_port),
        "worker": partial(ground.workers, settings, folder / "worker"),
        "clock": partial(ground.clock, settings, folder / "clock"),
    }
    return [Part(name, start) for name, start in starts.items()]


def await_settled(account: Account, watch: Watch, limit: float) -> None:
    """Let the killer do its work until all is settled, or too much time has gone."""
    began = moved = time.monotonic()
    latest = -1
    while not (account.killer.is_done and watch.is_settled):
        progress = watch.progress()
        account.killer.look(progress)
        now = time.monotonic()
        account.seconds = now - began
        if progress != latest:
            latest, moved = progress, now
        account.standstill = max(account.standstill, now - moved)
        if account.seconds > limit:
            account.faults.append(f"not all is settled after {limit:.0f} seconds")
            return
        time.sleep(LOOK_SECONDS)


def unheard(watch: Watch) -> Iterator[str]:
    """Wait for clock and worker to show that they outlived everything; give those that do not."""
    since = datetime.now(UTC)  # noqa: TID251 - the workers' clock is the machine's, too
    missing = {"clock", "worker"}
    ends_at = time.monotonic() + BEAT_SECONDS
    while missing and time.monotonic() < ends_at:
        time.sleep(ASK_SECONDS)
        missing -= watch.beats_since(since)
    yield from (f"no {each} has shown itself for {BEAT_SECONDS:.0f} seconds" for each in missing)


def leftovers(folder: Path, parts: Sequence[Part]) -> Iterator[str]:
    """Give what should not be there: replies that nobody recorded, and outcries in the logs."""
    for path in (folder / "home" / "spool").glob("*"):
        yield f"left in the spool: {path.name}"
    for part in parts:
        said = Counter(
            outrage
            for log in part.logs
            for line in log.read_text(errors="replace").splitlines()
            for outrage in OUTRAGES
            if outrage in line and FORESEEN not in line
        )
        yield from (f"the {part.name} said {times} times: {what}" for what, times in said.items())


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    words.add_argument("--count", type=int, default=killing.FULL, help="how many deliveries")
    words.add_argument("--seed", default=str(SystemRandom().randrange(10**6)))
    words.add_argument("--mark-ahead", type=int, default=1, help="DISPATCH_MARK_AHEAD")
    words.add_argument("--calm", action="store_true", help="with first letters and limits")
    words.add_argument("--only", choices=DATABASES, help="one of the databases")
    words.add_argument("--limit", type=float, help="seconds for each database")
    words.add_argument("--keep", type=Path, metavar="FOLDER", help="where all logs are to stay")
    asked = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is stopped
    print(f"{asked.count} deliveries each, {asked.mark_ahead} marked at once, seed {asked.seed}")
    is_kept = True
    with ground.workplace() as workplace:
        for database in [asked.only] if asked.only else DATABASES:
            folder = (asked.keep or workplace) / database
            folder.mkdir(parents=True)
            with _database(database, workplace, folder) as url:
                ground.migrate(url)
                first = FIRST if asked.calm else 0
                population.populate(url, asked.count, SIZE, first_letters=first)
                account = crash(url, folder, asked)
            print(f"{database}\n{account}", flush=True)
            is_kept &= not account.faults
    return 0 if is_kept else 1


@contextmanager
def _database(kind: str, workplace: Path, folder: Path) -> Iterator[str]:
    """Lend an empty database: the home's own file, or one in a PostgreSQL that keeps its word."""
    if kind == "sqlite":
        (folder / "home").mkdir()
        yield f"sqlite:///{folder / 'home' / 'dispatch.db'}"
        return
    with ground.postgresql(workplace / "servers") as server, ground.database(server) as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
