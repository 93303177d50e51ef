"""What holds SQLite back: the disk, and that only one transaction can write at a time."""

from __future__ import annotations

import sqlite3
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.trials import PROCESSES, Trial, Yard, dispatch

SECONDS = 2.0


def explain(yard: Yard, two: Trial, size: int) -> list[str]:
    """Return what a trial with two workers did, beside one worker and beside SQLite alone."""
    one = dispatch(yard, two.count, kind="sqlite", size=size, processes=1)
    alone, together = (commits_a_second(yard.new_folder(), writers) for writers in (1, 2))
    written = two.commits / two.seconds
    busy = two.cpu["senders"] / two.seconds / PROCESSES
    return [
        f"{written:,.0f} commits a second, {two.commits / two.count:.2f} a letter",
        f"the workers' processors are busy for {busy:.0%} of the time",
        f"one worker instead of two: {one.rate:,.0f} letters a second, {one.rate / two.rate:.0%}",
        f"SQLite alone, one row a commit: {alone:,.0f} a second by one process",
        f"by two at once: {together:,.0f}, of which the workers make {written / together:.0%}",
    ]


def commits_a_second(folder: Path, writers: int) -> float:
    """Return how many transactions of one row so many processes write that do nothing else."""
    path = folder / "yardstick.db"
    with _opened(path) as connection:
        connection.execute("CREATE TABLE bench (writer INTEGER PRIMARY KEY, number INTEGER)")
        connection.executemany("INSERT INTO bench VALUES (?, 0)", [(n,) for n in range(writers)])
    with get_context("spawn").Pool(writers) as pool:
        counts = pool.starmap(_write, [(path, n) for n in range(writers)], chunksize=1)
    return sum(counts) / SECONDS


def _write(path: Path, writer: int) -> int:
    connection = _opened(path)
    ends_at = time.monotonic() + SECONDS
    written = 0
    while time.monotonic() < ends_at:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE bench SET number = number + 1 WHERE writer = ?", (writer,))
        connection.execute("COMMIT")
        written += 1
    return written


def _opened(path: Path) -> sqlite3.Connection:
    """Open it as `dispatch.database.engine` does."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
