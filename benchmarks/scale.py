"""What each command and step takes as the authorities grow: `benchmarks/scale.py [SIZE ...]`.

Each size lives through the life of one mailout in a database of its own: import, plan, letters,
approval, release, sending, what came back, corrections, the upload, a backup, a restore and a
purge, with each command that reads in between. Figures are tiny and PDF files are stand-ins, so
what is left is the database and our own work. Each step is taken by a process of its own, as a
command is.

The table at the end has every step at every size, and marks what breaks a bar: what grows faster
than the authorities, more than 300 MB, a write transaction of more than a second on SQLite, and
what people wait for if it takes more than 0.3 s. With `--postgresql` it runs on a PostgreSQL that
it starts itself, whose processor time is counted too. The guard that counts the same steps is
`tests/journeys/test_growth.py`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import pickle
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Engine

from benchmarks import ground
from tests.fakes import FakeClock
from tests.journeys.growth import live
from tests.journeys.meter import Cost, Meter

SIZES: Final = (100, 1_000, 10_000)
KEEP: Final = "mail=1y addresses=7y letters=10y"
HEAD: Final = f"{'step':40}{'s':>9}{'locked':>8}{'stmts':>9}{'steps':>9}{'MB out':>8}{'MB':>6}"
MILLION: Final = 1_000_000

MOST_MEMORY: Final = 300
"""Megabytes of a process."""
LONGEST_WRITE: Final = 1.0
"""Seconds for which one transaction may hold SQLite's only lock."""
LONGEST_LOOK: Final = 0.3
"""Seconds of what people wait for, beside the start of a command: what it takes for the fewest."""
LOOKS: Final = frozenset(
    {
        "mailout status",
        "mailout unreached",
        "delivery list",
        "delivery list --state in_doubt",
        "delivery doubtful",
        "notice list",
        "suppression list",
        "audit show",
        "audit show --events",
        "mailout list",
        "mailout show",
    }
)
"""What people look at: where a mailout stands, and the first page of a list."""
STEADY: Final = 1.3
"""Times the growth of the authorities that a step may grow by; a sort takes a little more."""
LITTLE: Final = 0.5
"""Seconds that are too few to tell how a step grows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one step took."""

    cost: Cost
    memory: int
    """Megabytes of its process at the worst moment."""
    served: float = 0.0
    """Seconds that the database's own processes took."""

    @property
    def seconds(self) -> float:
        return self.cost.seconds + self.served

    def broken(self, name: str, start: float) -> list[str]:
        """Return the bars that it breaks; `start` is what the step takes for the fewest."""
        is_slow = name in LOOKS and self.seconds - start > LONGEST_LOOK
        bars = {
            f"over {MOST_MEMORY} MB": self.memory > MOST_MEMORY,
            f"locked over {LONGEST_WRITE:g} s": self.cost.locked > LONGEST_WRITE,
            f"over {LONGEST_LOOK} s": is_slow,
        }
        return [bar for bar, is_broken in bars.items() if is_broken]

    def __str__(self) -> str:
        """Return the columns of a table."""
        steps, out = self.cost.instructions / MILLION, self.cost.written / MILLION
        return (
            f"{self.seconds:9.2f}{self.cost.locked:8.2f}{self.cost.statements:9}"
            f"{steps:8.1f}M{out:8.1f}{self.memory:6}"
        )


T = TypeVar("T")


class FailedError(Exception):
    """A step did not end well in its process."""


@dataclass
class Gauge(Meter):
    """Takes each step in a process of its own, and prints what it took as soon as it is over."""

    every: int = 1000
    has_checkpoints: bool = True
    server: int | None = None
    """The process of PostgreSQL whose children count too."""
    taken: dict[str, Taken] = field(default_factory=dict)
    _engines: list[Engine] = field(default_factory=list)

    def watch(self, engine: Engine) -> None:
        """Count what an engine does, and let no process inherit its connections."""
        super().watch(engine)
        self._engines.append(engine)

    def aside(self, take: Callable[[], object]) -> None:
        """Do it in a process of its own, whose memory is given back."""
        self._apart(take)

    def step(self, name: str, take: Callable[[], object]) -> None:
        """Take a step, and print what it cost."""
        assert name not in self.taken
        self.taken[name] = self._apart(take)
        print(f"{name[:39]:40}{self.taken[name]}", flush=True)

    def _apart(self, take: Callable[[], object]) -> Taken:
        for engine in self._engines:
            engine.dispose()
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.close(reading)
            self._take(take, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            told = answer.read()
        os.waitpid(child, 0)
        found = pickle.loads(told)  # noqa: S301 - our own process wrote it
        if isinstance(found, str):
            raise FailedError(found)
        assert isinstance(found, Taken)
        return found

    def _take(self, take: Callable[[], object], answer: int) -> None:
        """Take a step, tell the parent what it took, and end the process."""
        found: Taken | str = ""
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
            before = ground.seconds_of(self.server)
            cost = self.cost(take)
            found = Taken(cost, _peak_memory(), ground.seconds_of(self.server) - before)
        except BaseException:  # noqa: BLE001 - the parent raises it
            found = traceback.format_exc()
        with os.fdopen(answer, "wb") as told:
            told.write(pickle.dumps(found))
        os._exit(0)


def _peak_memory() -> int:
    """Return the most memory in megabytes since the peak was last set back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("VmHWM")) // 1024


def lived(size: int, folder: Path, server: ground.Server | None) -> Mapping[str, Taken]:
    """Live through one life in a folder, and return what was measured."""
    (folder / "home").mkdir(parents=True)
    os.chdir(folder)
    gauge = Gauge(server=server.process.pid if server else None)
    with ExitStack() as stack:
        if server:
            own, other = (stack.enter_context(ground.database(server)) for _ in range(2))
            databases: tuple[Path | str, Path | str] = (own, other)
        else:
            databases = folder / "dispatch.db", folder / "restored.db"
        app = ground.app(folder / "unused.db", folder / "home", keep=KEEP)
        live(app, FakeClock(), size, gauge, databases)
    return gauge.taken


@contextmanager
def _server(folder: Path, *, is_postgresql: bool) -> Iterator[ground.Server | None]:
    if not is_postgresql:
        yield None
        return
    with ground.postgresql(folder / "postgresql") as server:
        yield server


def main() -> None:
    """Measure each size, and print every step at every size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    found: dict[int, Mapping[str, Taken]] = {}
    with ground.workplace() as folder, _server(folder, is_postgresql=asked.postgresql) as server:
        for size in asked.sizes:
            began = time.monotonic()
            print(f"\n{size:,} authorities, on {'PostgreSQL' if server else 'SQLite'}\n{HEAD}")
            found[size] = lived(size, folder / str(size), server)
            print(f"{time.monotonic() - began:.0f} s in all")
        os.chdir("/")
    print(*table(found), sep="\n")


def table(found: Mapping[int, Mapping[str, Taken]]) -> Iterator[str]:
    """Yield the lines of one table over all sizes, with what breaks a bar at the largest."""
    sizes = sorted(found)
    columns = "".join(f"{f'{size:,} s':>11}{'MB':>5}{'locked':>7}" for size in sizes)
    growth = "".join(f"{f'x{more // size:g}':>7}" for size, more in _pairs(sizes))
    yield f"\n{'step':40}{columns}{growth}"
    for name, last in found[sizes[-1]].items():
        each = [found[size][name] for size in sizes]
        row = "".join(
            f"{taken.seconds:11.2f}{taken.memory:5}{taken.cost.locked:7.2f}" for taken in each
        )
        times = "".join(
            f"{later.seconds / max(taken.seconds, 0.01):7.1f}" for taken, later in _pairs(each)
        )
        broken = [*last.broken(name, each[0].seconds), *_grown(sizes, each)]
        yield f"{name[:39]:40}{row}{times}  {', '.join(broken)}"


def _pairs(found: Sequence[T]) -> Iterator[tuple[T, T]]:
    return itertools.pairwise(found)


def _grown(sizes: Sequence[int], found: Sequence[Taken]) -> Iterator[str]:
    """Yield what has grown faster than the authorities between the two largest sizes."""
    if len(sizes) < 2:
        return
    most = STEADY * sizes[-1] / sizes[-2]
    few, many = found[-2:]
    counts = {
        "seconds": (few.seconds, many.seconds, LITTLE),
        "steps": (few.cost.instructions, many.cost.instructions, MILLION),
        "statements": (few.cost.statements, many.cost.statements, 100),
        "bytes": (few.cost.written, many.cost.written, MILLION),
    }
    for what, (before, after, little) in counts.items():
        if after > max(little, most * before):
            yield f"{what} x{after / max(before, 0.01):.0f}"


if __name__ == "__main__":
    main()
