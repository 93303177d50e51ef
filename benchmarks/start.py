"""How quickly the command line answers, in processor time, beside the libraries that it needs.

    python -m benchmarks.start [--runs 15]

`--version` and `--help` should take at most three times what click and rich take to import, and
`mailout list` at most twice what SQLAlchemy's ORM and Alembic take. The runs of all take turns, so
that a busy moment of the machine falls on each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from dispatch.app import isolated

LIBRARIES: Final = {
    "click and rich": "import click, rich.console",
    "SQLAlchemy and Alembic": "import sqlalchemy.orm, alembic",
}
COMMANDS: Final = {
    "--version": ("click and rich", 3),
    "--help": ("click and rich", 3),
    "mailout --help": ("SQLAlchemy and Alembic", 2),
    "mailout list": ("SQLAlchemy and Alembic", 2),
    "delivery list": ("SQLAlchemy and Alembic", 2),
    "notice list": ("SQLAlchemy and Alembic", 2),
}
"""Each command, the libraries to compare it with, and how many times that it may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home:
        environ = isolated(DISPATCH_HOME=home)
        programs = {name: ["-c", code] for name, code in LIBRARIES.items()}
        programs |= {name: ["-m", "dispatch", *name.split()] for name in COMMANDS}
        taken = measured(programs, environ, runs)
    for name in LIBRARIES:
        print(f"{name:24} {taken[name] * 1000:6.0f} ms")
    for name, (beside, most) in COMMANDS.items():
        ratio = taken[name] / taken[beside]
        remark = "" if ratio <= most else f"   over {most}"
        print(f"{name:24} {taken[name] * 1000:6.0f} ms   {ratio:.2f} times {beside}{remark}")


def measured(
    programs: dict[str, list[str]], environ: dict[str, str], runs: int
) -> dict[str, float]:
    """Return the median processor time of each program, in seconds; the first run only warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for run in range(runs + 1):
        for name, words in programs.items():
            spent = processor_seconds([sys.executable, *words], environ)
            if run:
                seconds[name].append(spent)
    return {name: median(each) for name, each in seconds.items()}


def processor_seconds(command: list[str], environ: dict[str, str]) -> float:
    """Run a program; return the processor time that it took, its children's included."""
    before = os.times()
    subprocess.run(  # noqa: S603 - ourselves, and Python
        command, env=environ, check=False, capture_output=True, cwd=Path(__file__).parents[1]
    )
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


if __name__ == "__main__":
    main()
