"""Run several programs as one: print their output line by line, and start again what ends.

honcho does the same, but it ends all when one ends. It signals whole process groups, which would
kill a worker's child processes in the middle of a conversation with the mail server; and it kills
after five seconds, while a worker may need thirty to finish what it has begun.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, TextIO

from dispatch.child import ISOLATED
from dispatch.domain.errors import DispatchError
from dispatch.domain.upkeep.logged import LogFormat
from dispatch.domain.wording.characters import visible
from dispatch.embedded import leash
from dispatch.embedded.signals import on_stop

GRACE_SECONDS: Final = 30.0
"""How long a program may take to end: a worker's soft shutdown is 25 seconds."""

OUTPUT_SECONDS: Final = 1.0
"""How long to wait for a program's output to end, if another process still holds it open."""

WAITS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds before a program that ended is started again, the first time in a row and so on."""

WELL_SECONDS: Final = 60.0
"""A program that ran for this long has started well: its next end is the first in a row."""

OFTEN: Final = 3
"""From this end in a row on, a program's last lines are repeated."""

LAST_LINES: Final = 5
FORMAT: Final = "DISPATCH_LOG_FORMAT"
"""The setting that says whether lines are for people or JSON."""

CHECK_SECONDS: Final = 5.0
"""How often to check what the programs need."""


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environ: Mapping[str, str],
    out: TextIO,
    check: Callable[[], None] = lambda: None,
    grace_seconds: float = GRACE_SECONDS,
    waits: Sequence[float] = WAITS,
) -> int:
    """Run all commands until we are asked to stop; return the exit code 0.

    A program that ends by itself is started again, after a wait that grows while it ends soon each
    time; the others go on. Now and then `check` sees to what they need; what it raises is printed.
    When we are asked to stop, all programs are asked to end and have `grace_seconds` for it, or
    until we are asked a second time. No process of any command's process group is left.
    """
    programs = _Programs(environ, out, max(map(len, commands)), waits)
    with on_stop(programs.ask):
        try:
            for name, command in commands.items():
                programs.add(name, command)
            programs.run(check)
        finally:
            programs.end(grace_seconds)
    return 0


@dataclass(slots=True)
class _Program:
    """One program, started again each time that it ends."""

    name: str
    command: Sequence[str]
    child: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    ends: int = 0
    """How often in a row it has ended soon after its start."""
    again_at: float | None = None
    """When it is to be started again; None while it runs."""
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    """Its last lines."""


class _Programs:
    """The programs that run together."""

    def __init__(
        self, environ: Mapping[str, str], out: TextIO, width: int, waits: Sequence[float]
    ) -> None:
        self._environ = environ
        self._out = out
        self._width = width
        self._waits = waits
        self._programs: dict[str, _Program] = {}
        self._threads: list[threading.Thread] = []
        self._line = threading.Lock()
        self._trouble = ""
        self._news: SimpleQueue[_Program | None] = SimpleQueue()
        """Programs that have ended, and None each time that we are asked to stop."""

    def ask(self) -> None:
        """Note that all must stop; safe in a signal handler."""
        self._news.put(None)

    def add(self, name: str, command: Sequence[str]) -> None:
        """Start a program for the first time."""
        program = self._programs[name] = _Program(name, command)
        self._start(program)

    def run(self, check: Callable[[], None]) -> None:
        """Start again what ends, until we are asked to stop."""
        check_at = time.monotonic() + CHECK_SECONDS
        while True:
            for program in self._programs.values():
                if program.again_at is not None and program.again_at <= time.monotonic():
                    self._start(program)
            if check_at <= time.monotonic():
                self._check(check)
                check_at = time.monotonic() + CHECK_SECONDS
            planned = [each.again_at for each in self._programs.values() if each.again_at]
            wait = max(0.0, min([check_at, *planned]) - time.monotonic())
            with contextlib.suppress(Empty):
                ended = self._news.get(timeout=wait)
                if ended is None:
                    return
                self._plan(ended)

    def end(self, grace_seconds: float) -> None:
        """Ask each program to end, wait, and then kill what is left of their process groups."""
        children = {each.name: each.child for each in self._programs.values() if each.child}
        running = {name for name, child in children.items() if child.poll() is None}
        for child in children.values():
            child.terminate()  # not its group: it must end its own children in good order
        deadline = time.monotonic() + grace_seconds
        with contextlib.suppress(Empty):
            while running:
                ended = self._news.get(timeout=max(0, deadline - time.monotonic()))
                if ended is None:
                    break
                running.discard(ended.name)
        for child in children.values():
            _kill_group(child)
        for thread in self._threads:
            thread.join(OUTPUT_SECONDS)

    def _start(self, program: _Program) -> None:
        """Start a program in its own session, so that Ctrl-C reaches only us.

        It ends when we do (see `leash`), or rather when the thread ends that starts it: so this
        must be the main thread.
        """
        if program.child:
            _kill_group(program.child)  # what it has left behind has had the wait to end
        child = subprocess.Popen(  # noqa: S603 - the commands are our own
            [*ISOLATED, leash.__name__, str(os.getpid()), *program.command],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        program.child, program.again_at = child, None
        program.started_at = time.monotonic()
        self._say(program.name, f"started as process {child.pid}")
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        for task in (self._relay, self._watch):
            thread = threading.Thread(target=task, args=(program, child), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _plan(self, program: _Program) -> None:
        """Plan when a program that has ended is started again, and say so."""
        lasted = time.monotonic() - program.started_at
        program.ends = 1 if lasted >= WELL_SECONDS else program.ends + 1
        wait = self._waits[min(program.ends, len(self._waits)) - 1]
        program.again_at = time.monotonic() + wait
        often = "" if program.ends < OFTEN else f", {program.ends} times in a row"
        self._say(program.name, f"ended by itself{often}; it is started again in {wait:g} s")
        if program.ends >= OFTEN:
            for line in program.last:
                self._say(program.name, f"its last lines: {line}")

    def _check(self, check: Callable[[], None]) -> None:
        """See to what the programs need; print what is wrong, each thing once."""
        try:
            check()
        except (DispatchError, OSError) as error:
            trouble = str(error)
        else:
            trouble = ""
        if trouble and trouble != self._trouble:
            self._say("run", trouble)
        self._trouble = trouble

    def _watch(self, program: _Program, child: subprocess.Popen[str]) -> None:
        self._say(program.name, f"ended with code {child.wait()}")
        self._news.put(program)

    def _relay(self, program: _Program, child: subprocess.Popen[str]) -> None:
        assert child.stdout  # noqa: S101 - for the type checker: it is a pipe
        with child.stdout as lines:
            for line in lines:
                shown = visible(line.rstrip("\n"))
                program.last.append(shown)
                self._say(program.name, shown)

    def _say(self, name: str, line: str) -> None:
        """Print one line. If nobody reads our output any longer, stop."""
        try:
            with self._line:
                write(self._out, self._environ, f"{name:{self._width}}", line)
        except BrokenPipeError:
            self.ask()


def write(out: TextIO, environ: Mapping[str, str], name: str, line: str) -> None:
    """Write a line of a program, with its name: as an object, if the log is to be JSON."""
    if environ.get(FORMAT) == LogFormat.JSON:
        shown = json.dumps({"process": name.strip(), **_entry(line)})
    else:
        shown = f"{name} | {line}" if name else line
    out.write(f"{shown}\n")
    out.flush()


def _entry(line: str) -> dict[str, object]:
    """Return the object that a line is, or one that has it as its event."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"event": line, "level": "info", "logger": "dispatch.run", "timestamp": at}


def _kill_group(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
