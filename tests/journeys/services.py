"""Real programs started for a test, and ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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


def wait_until(is_so: Callable[[], bool], seconds: float = HANG_SECONDS) -> None:
    """Return as soon as something is so; fail if it never is."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "it never came to be"
        time.sleep(0.1)
