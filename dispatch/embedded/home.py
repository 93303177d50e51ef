"""The lock on the home: one `dispatch run` at a time on one database, one broker, one Maildir."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatch.domain.errors import RuleBroken
from dispatch.files import disk


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Lock `home` until the end of the block; raise `RuleBroken` if another process holds it.

    The kernel releases the lock when the process ends, however it ends.
    """
    with open(home / "run.lock", "a+", opener=disk.private) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise RuleBroken(
                f"dispatch is running on {home} already, as process {holder}: end that one first, "
                f"or set DISPATCH_HOME to another folder"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
