"""The child process that reads mail, within limits on memory and processor time."""

from __future__ import annotations

import importlib
import json
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from dispatch.domain.digest import plain
from dispatch.domain.notice import Notice

CHILD_MEMORY: Final = 1024 * 1024 * 1024
LENGTH_BYTES: Final = 8
"""Before each mail: how long it is."""

MOST_FATES: Final = 1000
"""Recipients in one notice. Ours have one, and lists of them a few."""


def answer(classifier: Callable[[bytes], Notice], mail: bytes) -> bytes:
    """Return the line for one mail: what it was read as, or why it was not."""
    try:
        notice = classifier(mail)
    except MemoryError:
        raise  # whatever has been begun is lost: another child is to try
    except Exception as error:  # noqa: BLE001 - its words may quote the mail: they are left out
        return _line(failed=f"its reader failed: {type(error).__name__}")
    if len(notice.fates) > MOST_FATES:
        count = len(notice.fates)
        return _line(failed=f"it names {count} recipients, and {MOST_FATES} are the most")
    return _line(notice=plain(notice))


def _line(**said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


def serve(
    classifier: Callable[[bytes], Notice], seconds: float, inp: BinaryIO, out: BinaryIO
) -> None:
    """Answer for each mail until there are no more."""
    while length := inp.read(LENGTH_BYTES):
        mail = inp.read(int.from_bytes(length))
        _allow(seconds)
        out.write(answer(classifier, mail))
        out.flush()


def _allow(seconds: float) -> None:
    """Let this process have so much more processor time, and then be ended."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    """Read mails from standard input with the classifier named, with no more than our memory."""
    module, _, name = sys.argv[1].partition(":")
    classifier = getattr(importlib.import_module(module), name)
    with suppress(ValueError, OSError):  # macOS has no such limit: only the crash is contained
        resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(classifier, float(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
