"""A program on a leash: `python -m dispatch.embedded.leash PARENT PROGRAM...`.

Becomes the program, having asked the kernel to send SIGTERM once the process PARENT is gone: a
supervisor that is killed cannot end its children. Linux only; elsewhere they outlive it until
somebody ends them, which costs nothing but processes, since all they do is claimed in the
database.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def become(parent: int, program: list[str]) -> None:
    """Replace this process by `program`, which ends when `parent` does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it went before we asked
        sys.exit(f"process {parent} is gone")
    try:
        os.execvp(program[0], program)  # noqa: S606 - the supervisor's own commands
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
