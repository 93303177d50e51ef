"""Real programs started for a test, and ended with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.conftest import ROOT
from tests.patience import HANG_SECONDS

BIN = Path(sys.executable).parent


def environ(**settings: str) -> dict[str, str]:
    """Return an environment with these settings of dispatch and no other."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCH")}
    path = f"{BIN}{os.pathsep}{plain.get('PATH', '')}"
    return {**plain, "PATH": path, "PYTHONPATH": str(ROOT), **settings}


@contextmanager
def running(
    words: Sequence[str], settings: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of the block, with its output in `folder`."""
    with (folder / f"{Path(words[0]).name}-{len(list(folder.iterdir()))}.log").open("wb") as out:
        process = subprocess.Popen(
            words,
            env=environ(**settings),
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(HANG_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Local(HTTPConnection):
    """HTTP by a socket of this machine."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=HANG_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def answer_at(path: Path, address: str) -> tuple[int, bytes]:
    """Return the status and the body of a page that is served at a socket."""
    with closing(Local(path)) as line:
        line.request("GET", address)
        answer = line.getresponse()
        return answer.status, answer.read()


def wait_until(is_so: Callable[[], bool], seconds: float = HANG_SECONDS) -> None:
    """Return as soon as something is so; fail if it never is."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "it never came to be"
        time.sleep(0.1)
