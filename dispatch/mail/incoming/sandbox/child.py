"""The child process that reads messages, with limits on memory and processor time."""

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
"""Before each message: its length, big-endian."""

MOST_FATES: Final = 1000
"""Recipients in one notice. A notice about one of ours has one, or a few if it went to a list."""


def answer(classifier: Callable[[bytes], Notice], message: bytes) -> bytes:
    """Return the line for one message: what was read in it, or why it could not be read."""
    try:
        notice = classifier(message)
    except MemoryError:
        raise  # ends this child: its memory is used up, so another one must try
    except Exception as error:  # noqa: BLE001 - its text is left out: it may quote the message
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
    """Answer for each message until there are no more."""
    while length := inp.read(LENGTH_BYTES):
        message = inp.read(int.from_bytes(length))
        _allow(seconds)
        out.write(answer(classifier, message))
        out.flush()


def _allow(seconds: float) -> None:
    """Let this process use so many more seconds of processor time before it is ended."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    """Read messages from standard input with the classifier named, within our memory limit."""
    module, _, name = sys.argv[1].partition(":")
    classifier = getattr(importlib.import_module(module), name)
    with suppress(ValueError, OSError):  # macOS has no such limit: there only a crash is contained
        resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(classifier, float(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
