"""Running several programs as one: their output line by line, and all end when one does.

honcho does the same, but it signals whole process groups, so that a worker's pool would die in
the middle of a conversation with the mail server, and it kills after five seconds, where a
worker may need thirty to finish what it has begun.
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

LAST_WORDS_SECONDS: Final = 1.0
"""How long to wait for output that a process outside the group still holds open."""


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environ: Mapping[str, str],
    out: TextIO,
    grace_seconds: float = GRACE_SECONDS,
) -> int:
    """Run all commands until one ends or we are asked to stop, and return the exit code.

    It is 0 if we were asked, else the first one's own, or 1 if that was 0: none should end by
    itself. The others are asked to end and get `grace_seconds`; being asked a second time cuts
    that short. Nothing of any command's process group is left in the end.
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
        """Ask all to stop; safe in a signal handler."""
        self._news.put(None)

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start a program in a session of its own: Ctrl-C is for us alone.

        It is on a leash, which the kernel ties to the thread that starts it: the main one.
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
        """Wait for the first to end and return its code, or None if we are asked to stop."""
        name = self._news.get()
        return None if name is None else self._children[name].wait()

    def end(self, grace_seconds: float) -> None:
        """Ask each program to end, wait, and kill what is left of any."""
        running = {name for name, child in self._children.items() if child.poll() is None}
        for child in self._children.values():
            child.terminate()  # it alone: its own processes are its own to end
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
            thread.join(LAST_WORDS_SECONDS)

    def _watch(self, name: str, child: subprocess.Popen[str]) -> None:
        self._say(name, f"ended with code {child.wait()}")
        self._news.put(name)

    def _relay(self, name: str, child: subprocess.Popen[str]) -> None:
        assert child.stdout  # noqa: S101 - for the type checker: it is a pipe
        with child.stdout as lines:
            for line in lines:
                self._say(name, line.rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        """Print one line. If nobody reads any more, that is a way to ask us to stop."""
        try:
            with self._line:
                self._out.write(f"{name:{self._width}} | {line}\n")
                self._out.flush()
        except BrokenPipeError:
            self.ask()


def _exit_code(code: int) -> int:
    """Return a program's code as a shell would: 128 and the signal's number if one killed it."""
    return code if code > 0 else 128 - code if code < 0 else 1
