"""Read an incoming message in a process of its own.

Anybody may send anything, and a message can be made to cost a parser all memory or time. So it is
read in a child process whose memory, processor time and running time are limited: the child
answers, or it dies and only that message is quarantined.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from dispatch.domain.notice import Notice
from dispatch.mail.incoming.sandbox import child
from dispatch.mail.incoming.sandbox.child import LENGTH_BYTES

MEBIBYTE: Final = 1024 * 1024
LARGEST: Final = 50 * MEBIBYTE
"""Bytes of the largest message that is taken in: the limit of most mail servers."""

CHILD_SECONDS: Final = 20.0
"""Running time, and processor time, for each message: far more than any real one takes."""

ANSWER_BYTES: Final = 4 * MEBIBYTE
CLASSIFIER: Final = "dispatch.mail.notices:read"
NOTICE: Final = TypeAdapter(Notice)
UNSTORABLE: Final = {0: None, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""Characters that databases refuse in text: NUL is dropped, lone surrogates are replaced."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a message could not be read."""

    why: str


class Reader:
    """Reads messages one after the other, in a child that is started again when it dies.

    `classifier` is the function that reads, as MODULE:NAME.
    """

    def __init__(
        self,
        classifier: str = CLASSIFIER,
        *,
        seconds: float = CHILD_SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self._command = [sys.executable, "-m", child.__name__, classifier, str(seconds)]
        self._seconds = seconds
        self._largest = largest
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._end()

    def read(self, message: bytes) -> Notice | Unreadable:
        """Return what a message says, or why it could not be read.

        A child that dies may have been worn out by earlier messages, so this one gets a new child.
        """
        if len(message) > self._largest:
            most = self._largest // MEBIBYTE
            return Unreadable(
                f"it has {len(message)} bytes, and {most} MB are the most that is read"
            )
        was_running = self._child is not None
        answer = self._asked(message)
        if answer is None and was_running:
            answer = self._asked(message)
        if answer is None:
            return Unreadable("reading it took too much memory, or ended its reader")
        return answer

    def _asked(self, message: bytes) -> Notice | Unreadable | None:
        """Return the child's answer; None if it died instead."""
        process = self._child or self._start()
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        answer = _exchange(process, message)
        is_too_late = not timer.is_alive()
        timer.cancel()
        if answer is not None:
            return _understood(answer)
        self._end()
        return Unreadable(f"reading it took over {self._seconds:g} s") if is_too_late else None

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(  # noqa: S603 - ourselves
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return self._child

    def _end(self) -> None:
        """End the child, if there is one."""
        process, self._child = self._child, None
        if process is None:
            return
        process.kill()
        with suppress(BrokenPipeError):
            process.communicate()


def _exchange(process: subprocess.Popen[bytes], message: bytes) -> bytes | None:
    """Give the child a message and return its line, or None if it gives none."""
    assert process.stdin  # noqa: S101 - for the type checker: these are pipes
    assert process.stdout  # noqa: S101
    try:
        process.stdin.write(len(message).to_bytes(LENGTH_BYTES) + message)
        process.stdin.flush()
    except BrokenPipeError:
        return None
    line = process.stdout.readline(ANSWER_BYTES)
    return line if line.endswith(b"\n") else None


def _understood(line: bytes) -> Notice | Unreadable:
    """Return what the child's line says, in characters that can be stored."""
    data = json.loads(line)
    if "failed" in data:
        return Unreadable(str(data["failed"]))
    try:
        return NOTICE.validate_python(_storable(data["notice"]))
    except ValidationError:
        return Unreadable("what it was read as makes no sense")


def _storable(data: object) -> object:
    match data:
        case str():
            return data.translate(UNSTORABLE)
        case list():
            return [_storable(each) for each in data]
        case dict():
            return {str(key): _storable(each) for key, each in data.items()}
        case _:
            return data
