"""How long the sample year takes, step by step: `python -m benchmarks.year [RUNS]`.

`dispatch demo --once` in an empty home, from its start to the last delivery that is settled. The
ledger says when each step was done; bare Typst is timed before and after, for what the machine can
do. Clock and workers wait for each other at most a second a step, and that is part of its time.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.render import PROCESSES, bare, letter, orders, seconds
from dispatch.app import from_environ, isolated
from dispatch.cli.demo import MARK, STARTS_AT
from dispatch.ledger import journal

STEPS: Final = {
    "people and database": "account.joined",
    "authorities, contacts, figures": "import.figures",
    "plan read and checked": "mailout.planned",
    "letters drafted": "mailout.render",
    "letters rendered, checked, stored": "mailout.rendered",
    "PDF/UA checked, approved, scheduled": "mailout.scheduled",
    "released": "mailout.releasing",
    "sent": "mailout.sent",
}
"""What is done when the last event of a kind has been written, in the order of the year."""
BARE: Final = 60
"""Letters by which the machine is timed, before and after."""


def main(runs: int) -> None:
    asked = orders([letter(number) for number in range(BARE)])
    for _ in range(runs):
        rates = [rate(asked)]
        took, processor = year()
        rates.append(rate(asked))
        show(took, processor, rates)


def rate(asked: list[dict[str, object]]) -> float:
    """Return how many letters a second bare Typst makes in two processes."""
    with get_context("spawn").Pool(PROCESSES) as pool:
        seconds(pool, bare, asked[: 2 * PROCESSES], 1)
        return len(asked) / seconds(pool, bare, asked, 5)


def year() -> tuple[dict[str, float], float]:
    """Run the sample year; return the seconds of each step, and processor seconds of all."""
    with tempfile.TemporaryDirectory() as folder:
        environ = isolated(DISPATCH_HOME=folder)
        before = processor_seconds()
        began = time.time()
        subprocess.run(
            [sys.executable, "-m", "dispatch", "demo", "--once"],
            env=environ,
            check=True,
            capture_output=True,
        )
        ended = time.time()
        took = steps(Path(folder) / "demo", began)
        took["services ended"] = ended - began - sum(took.values())
        return took, processor_seconds() - before


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def steps(home: Path, began: float) -> dict[str, float]:
    """Return the seconds of each step, from what the ledger says."""
    app = from_environ(isolated(DISPATCH_HOME=str(home)))
    with app.sessions.read() as session:
        last = {event.action: event.at for event in journal.events(session)}
    # The demo sets its clock as it marks its home.
    ended = STARTS_AT - timedelta(seconds=(home / MARK).stat().st_mtime - began)
    found = {}
    for step, action in STEPS.items():
        found[step] = (last[action] - ended).total_seconds()
        ended = last[action]
    return found


def show(took: dict[str, float], processor: float, rates: list[float]) -> None:
    """Print the seconds of each step and their share."""
    total = sum(took.values())
    accepted = total - took["services ended"]
    for step, each in took.items():
        print(f"{step:38} {each:6.1f} s  {each / total:4.0%}")
    print(f"{'from an empty home to all accepted':38} {accepted:6.1f} s")
    print(f"{'in all':38} {total:6.1f} s")
    print(f"{'processor time in all':38} {processor:6.1f} s, {os.cpu_count()} cores")
    print(f"bare Typst before and after: {rates[0]:.0f} and {rates[1]:.0f} letters/s\n", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
