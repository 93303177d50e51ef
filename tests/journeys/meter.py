"""Counts what each step of a life takes: most of it is the same on any machine.

Those are instructions of SQLite's own virtual machine, calls of Python functions, how often each
function of ours ran a line, statements, and the bytes that are written to files. Seconds are for
those who read them on a machine of their own.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

import dispatch

WRITTEN: Final = Path("/proc/self/io")
OURS: Final = f"{Path(dispatch.__file__).parent}/"
TEMPLATE: Final = "<template>"
"""What Jinja calls the file of a page that it compiled."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took."""

    instructions: int
    calls: int
    seconds: float
    """Of processor time, with that of the programs that it ran."""
    locked: float
    """Seconds of it in the longest transaction that may write, and so holds SQLite's only lock."""
    longest: int
    """Instructions in the longest such transaction."""
    statements: int
    written: int
    """Bytes, to files and to pipes."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """How often each function of ours, by its place, ran one of its lines: each turn of a loop or
    of a comprehension is one, which is no call."""


@dataclass
class Meter:
    """Counts what each step takes."""

    counts_calls: bool = False
    every: int = 10
    """Instructions between two calls of SQLite's progress handler."""
    has_checkpoints: bool = False
    """Whether SQLite writes its log into its file now and then: counts of bytes then jump."""
    costs: dict[str, Cost] = field(default_factory=dict)
    ticks: int = 0
    calls: int = 0
    statements: int = 0
    locked: float = 0.0
    longest: int = 0
    lines: Counter[CodeType] = field(default_factory=Counter)
    _locked_at: float = 0.0
    _locked_after: int = 0

    def watch(self, engine: Engine) -> None:
        """Count what the connections of an engine do from now on."""
        event.listen(engine, "connect", self._install)
        event.listen(engine, "before_cursor_execute", self._count)
        event.listen(engine, "begin", self._begins)
        event.listen(engine, "commit", self._ends)
        event.listen(engine, "rollback", self._ends)

    def _install(self, connection: DBAPIConnection, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(self._tick, self.every)
            if not self.has_checkpoints:
                connection.execute("PRAGMA wal_autocheckpoint=0").close()

    def _tick(self) -> int:
        self.ticks += 1
        return 0

    def _count(self, *_: object) -> None:
        self.statements += 1

    def _begins(self, connection: Any) -> None:
        is_reading = connection.get_execution_options().get("dispatch_reads_only")
        self._locked_at = 0.0 if is_reading else time.process_time()
        self._locked_after = self.ticks

    def _ends(self, _: object) -> None:
        if self._locked_at:
            self.locked = max(self.locked, time.process_time() - self._locked_at)
            self.longest = max(self.longest, self.ticks - self._locked_after)
            self._locked_at = 0.0

    def aside(self, take: Callable[[], object]) -> None:
        """Do what a step needs, and count nothing of it."""
        take()

    def step(self, name: str, take: Callable[[], object]) -> None:
        """Take a step, and keep what it cost."""
        assert name not in self.costs
        self.costs[name] = self.cost(take)

    def cost(self, take: Callable[[], object]) -> Cost:
        """Take a step, and return what it cost."""
        self.ticks = self.calls = self.statements = self.longest = 0
        self.lines.clear()
        self.locked, self._locked_at = 0.0, 0.0
        before, began = _written(), _worked()
        if self.counts_calls:
            tracing = sys.gettrace()
            sys.setprofile(self._profile)
            sys.settrace(self._enter)
        try:
            take()
        finally:
            if self.counts_calls:
                sys.setprofile(None)
                sys.settrace(tracing)
        return Cost(
            instructions=self.ticks * self.every,
            calls=self.calls,
            seconds=_worked() - began,
            locked=self.locked,
            longest=self.longest * self.every,
            statements=self.statements,
            written=_written() - before,
            lines={_called(code): count for code, count in self.lines.items()},
        )

    def _enter(self, frame: FrameType, _what: str, _argument: object) -> Any:
        """Count the lines of a function of ours, and none of a library's."""
        code = frame.f_code
        is_ours = code.co_filename.startswith(OURS) or code.co_filename == TEMPLATE
        return self._line if is_ours else None

    def _line(self, frame: FrameType, what: str, _argument: object) -> Any:
        if what == "line":
            self.lines[frame.f_code] += 1
        return self._line

    def _profile(self, _frame: object, what: str, _argument: object) -> None:
        self.calls += what in {"call", "c_call"}


def _called(code: CodeType) -> str:
    """Return what people find a function by."""
    file = code.co_filename.removeprefix(OURS)
    return f"{file}:{code.co_firstlineno} {code.co_qualname}"


def _worked() -> float:
    """Return the processor time of this process, and of the programs that it ran and that ended."""
    return time.process_time() + sum(os.times()[2:4])


def _written() -> int:
    """Return how many bytes this process has written: see proc(5), `wchar`; 0 if nobody says."""
    if not WRITTEN.exists():
        return 0
    lines = WRITTEN.read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("wchar"))
