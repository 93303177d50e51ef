"""Start a program that ends when its parent does: `... dispatch.embedded.leash PARENT PROGRAM`.

It asks the kernel to send SIGTERM when the process PARENT is gone, and then becomes the program: a
supervisor that is killed cannot stop its children. On Linux only. Elsewhere they go on until
somebody stops them, which does no harm, since all their work is claimed in the database.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def become(parent: int, program: list[str]) -> None:
    """Replace this process with `program`, which ends when the process `parent` does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(f"process {parent} is gone")
    try:
        os.execvp(program[0], program)  # noqa: S606 - the supervisor's own commands
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
