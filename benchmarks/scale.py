"""What each command and step takes as the authorities grow: `benchmarks/scale.py [SIZE ...]`.

Each size lives through the life of one mailout in a database of its own: import, plan, letters,
approval, release, sending, what came back, and each command that reads or corrects. Figures are
tiny and PDF files are stand-ins, so what is left is the database and our own work. With
`--postgresql` it runs on a PostgreSQL that it starts itself, whose processor time is counted too;
otherwise on SQLite.

A life on SQLite says how many instructions of its virtual machine each step took, which are the
same on any machine. The guard that counts them is `tests/journeys/test_growth.py`.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import ground
from tests.fakes import FakeClock
from tests.journeys.growth import Cost, Meter, live

SIZES: Final = (1_000, 3_000)
KEEP: Final = "mail=1y addresses=7y letters=10y"
HEAD: Final = f"{'step':44}{'s':>8}{'locked':>8}{'stmts':>8}{'MB':>6}"


@dataclass
class Gauge(Meter):
    """Prints what each step took as soon as it is over, with the most memory it had."""

    counts_calls: bool = False
    server: int | None = None
    """The process of PostgreSQL whose children count too."""
    memory: dict[str, int] = field(default_factory=dict)
    """Megabytes at the worst moment of each step."""
    served: dict[str, float] = field(default_factory=dict)
    """Seconds that the database's own processes took."""

    def step(self, name: str, take: Callable[[], object]) -> None:
        """Take a step, and print what it cost."""
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
        before = self._served()
        super().step(name, take)
        self.memory[name] = _peak_memory()
        self.served[name] = self._served() - before
        print(_line(name, self.costs[name], self.memory[name], self.served[name]), flush=True)

    def _served(self) -> float:
        return ground.seconds_of(self.server)


def _line(name: str, cost: Cost, memory: int, served: float) -> str:
    seconds = cost.seconds + served
    return f"{name[:43]:44}{seconds:8.2f}{cost.locked:8.2f}{cost.statements:8}{memory:6}"


def _peak_memory() -> int:
    """Return the most memory in megabytes since the peak was last set back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("VmHWM")) // 1024


def lived(size: int, folder: Path, server: ground.Server | None) -> Gauge:
    """Live through one life in a folder, and return what was measured."""
    (folder / "home").mkdir(parents=True)
    os.chdir(folder)
    gauge = Gauge(server=server.process.pid if server else None)
    with ground.database(server) if server else nullcontext(folder / "dispatch.db") as database:
        app = ground.app(folder / "unused.db", folder / "home", keep=KEEP)
        live(app, FakeClock(), size, gauge, database)
    return gauge


@contextmanager
def _server(folder: Path, *, is_postgresql: bool) -> Iterator[ground.Server | None]:
    if not is_postgresql:
        yield None
        return
    with ground.postgresql(folder / "postgresql") as server:
        yield server


def main() -> None:
    """Measure each size, and print how much each step has grown from the first to the last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    found: list[Gauge] = []
    with ground.workplace() as folder, _server(folder, is_postgresql=asked.postgresql) as server:
        for size in asked.sizes:
            began = time.monotonic()
            print(f"\n{size:,} authorities, on {'PostgreSQL' if server else 'SQLite'}\n{HEAD}")
            found.append(lived(size, folder / str(size), server))
            print(f"{time.monotonic() - began:.0f} s in all")
        os.chdir("/")
    if len(found) > 1:
        _compare(found[0], found[-1], asked.sizes[-1] / asked.sizes[0])


def _compare(first: Gauge, last: Gauge, times: float) -> None:
    """Print the steps that took more than so many times as much, or too much of anything."""
    print(f"\nmore than {times:g} times as much, of seconds, instructions or statements:")
    for name, cost in last.costs.items():
        before = first.costs[name]
        seconds = (cost.seconds + last.served[name]) / (before.seconds + first.served[name])
        steps = cost.instructions / max(before.instructions, 1)
        statements = cost.statements / max(before.statements, 1)
        if max(seconds, steps, statements) > times * 1.3:
            print(f"{name[:43]:44}{seconds:8.1f}{steps:8.1f}{statements:8.1f}")


if __name__ == "__main__":
    main()
