"""Starting other processes, and waiting for what they do."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.patience import HANG_SECONDS


def python(*arguments: object) -> list[str]:
    """Return the command that runs this Python with some arguments."""
    return [sys.executable, *map(str, arguments)]


def start(command: list[str]) -> subprocess.Popen[str]:
    """Start a command with its output on a pipe."""
    return subprocess.Popen(  # noqa: S603 - the tests' own commands
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something comes to be so before all patience is lost."""
    deadline = time.monotonic() + HANG_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_free(path: Path) -> bool:
    """Whether no process holds a lock on a file: those that did are dead, zombies or not."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
