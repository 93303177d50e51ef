"""Run several programs as one: print their output line by line, and end all when one ends.

honcho does the same, but it signals whole process groups, which would kill a worker's child
processes in the middle of a conversation with the mail server; and it kills after five seconds,
while a worker may need thirty to finish what it has begun.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Final, TextIO

from dispatch.embedded import leash
from dispatch.embedded.signals import on_stop

GRACE_SECONDS: Final = 30.0
"""How long a program may take to end: a worker's soft shutdown is 25 seconds."""

OUTPUT_SECONDS: Final = 1.0
"""How long to wait for a program's output to end, if another process still holds it open."""


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environ: Mapping[str, str],
    out: TextIO,
    grace_seconds: float = GRACE_SECONDS,
) -> int:
    """Run all commands until one ends or we are asked to stop; return the exit code.

    It is 0 if we were asked. Otherwise it is the code of the first to end, or 1 if that is 0, since
    none should end by itself. The others are then asked to end and have `grace_seconds` for it, or
    until we are asked a second time. No process of any command's process group is left.
    """
    programs = _Programs(out, width=max(map(len, commands)))
    with on_stop(programs.ask):
        try:
            for name, command in commands.items():
                programs.start(name, command, environ)
            first = programs.wait()
        finally:
            programs.end(grace_seconds)
    return 0 if first is None else _exit_code(first)


class _Programs:
    """The programs that run together."""

    def __init__(self, out: TextIO, width: int) -> None:
        self._out = out
        self._width = width
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []
        self._line = threading.Lock()
        self._news: SimpleQueue[str | None] = SimpleQueue()
        """Names of programs that have ended, and None each time that we are asked to stop."""

    def ask(self) -> None:
        """Note that all must stop; safe in a signal handler."""
        self._news.put(None)

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start a program in its own session, so that Ctrl-C reaches only us.

        It ends when we do (see `leash`), or rather when the thread ends that starts it: so this
        must be the main thread.
        """
        child = subprocess.Popen(  # noqa: S603 - the commands are our own
            [sys.executable, "-m", leash.__name__, str(os.getpid()), *command],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        self._children[name] = child
        self._say(name, f"started as process {child.pid}")
        for task in (self._relay, self._watch):
            thread = threading.Thread(target=task, args=(name, child), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self) -> int | None:
        """Wait for the first to end and return its code, or None once we are asked to stop."""
        name = self._news.get()
        return None if name is None else self._children[name].wait()

    def end(self, grace_seconds: float) -> None:
        """Ask each program to end, wait, and then kill what is left of their process groups."""
        running = {name for name, child in self._children.items() if child.poll() is None}
        for child in self._children.values():
            child.terminate()  # not its group: it must end its own children in good order
        deadline = time.monotonic() + grace_seconds
        with contextlib.suppress(Empty):
            while running:
                ended = self._news.get(timeout=max(0, deadline - time.monotonic()))
                if ended is None:
                    break
                running.discard(ended)
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(OUTPUT_SECONDS)

    def _watch(self, name: str, child: subprocess.Popen[str]) -> None:
        self._say(name, f"ended with code {child.wait()}")
        self._news.put(name)

    def _relay(self, name: str, child: subprocess.Popen[str]) -> None:
        assert child.stdout  # noqa: S101 - for the type checker: it is a pipe
        with child.stdout as lines:
            for line in lines:
                self._say(name, line.rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        """Print one line. If nobody reads our output any longer, stop."""
        try:
            with self._line:
                self._out.write(f"{name:{self._width}} | {line}\n")
                self._out.flush()
        except BrokenPipeError:
            self.ask()


def _exit_code(code: int) -> int:
    """Return an exit code as a shell does: 128 plus the number of the signal that killed it."""
    return code if code > 0 else 128 - code if code < 0 else 1
