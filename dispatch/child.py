"""A child process with limits, for reading what strangers wrote.

A message or a spreadsheet can be made to cost its parser all memory or time, and some parsers end
the process instead of raising. So they run in a child whose memory, processor time and running time
are limited: the child answers, or it dies and only that one file or message cannot be read.

It starts isolated, at the root of the file system, with an environment of our own: nothing in the
folder a person works in is imported, and what takes a parser over finds no password.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Final, Self
from weakref import finalize

ISOLATED: Final = (sys.executable, "-I", "-m")
"""How every program of ours is started, before the name of its module. With `-I` no module comes
from the working folder or from PYTHONPATH."""

ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}
"""All that a child gets of the environment: it needs neither our settings nor a PATH."""

MEBIBYTE: Final = 1024 * 1024

MEMORY: Final = 1024 * MEBIBYTE
"""Bytes of address space that a child may have."""

LENGTH_BYTES: Final = 8
"""Before each question: its length in bytes, big-endian."""

END: Final = b"\n"
"""After the last line of an answer: an empty one."""

BYTES: Final = b"="
"""Begins a line of an answer that has only a length: that many bytes follow it. No JSON does."""

Function = Callable[..., Iterable[Any]]
"""What a child calls with each question's bytes; yields bytes, or values for JSON, a line each."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that the child did not answer."""

    is_late: bool
    """Whether it took too long; otherwise it took too much memory, or ended its process."""


class Child:
    """Calls one function on one question after another, in a child that is replaced when it dies.

    `function` is MODULE:NAME, and gets the question's bytes and then `arguments`.
    """

    def __init__(self, function: str, *arguments: str, seconds: float, largest_answer: int) -> None:
        self._command = [*ISOLATED, __name__, function, str(seconds), *arguments]
        self._seconds = seconds
        self._largest = largest_answer
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, question: bytes) -> list[Any] | Failed:
        """Return the values that the function yields for a question.

        A child that dies may have been worn out by earlier questions, so this one gets a new child.
        """
        [answer] = self.ask_all([question])
        return answer

    def ask_all(self, questions: Iterable[bytes]) -> Generator[list[Any] | Failed]:
        """Yield what `ask` returns for each question, so that the child need not wait for us.

        It gets each question before we are given the answer to the one before, and the next one is
        taken from `questions` while it works. Nothing else may be asked until this has ended.
        """
        rest = iter(questions)
        question = next(rest, None)
        was_running = self._process is not None
        self._put(question)
        try:
            while question is not None:
                asked, question = question, next(rest, None)
                answer = self._answer()
                if was_running and answer == Failed(is_late=False):
                    self._put(asked)
                    answer = self._answer()
                was_running = self._process is not None
                self._put(question)
                yield answer
        except BaseException:
            self.close()  # its next answer would be to a question that nobody remembers
            raise

    def _put(self, question: bytes | None) -> None:
        """Put a question to the child; if that dies of it, `_answer` says so."""
        if question is not None:
            process = self._process or self._start()
            with self._limited(process):
                _write(process, question)

    def _answer(self) -> list[Any] | Failed:
        process = self._process or self._start()
        with self._limited(process) as timer:
            values = _read(process, self._largest)
            is_late = not timer.is_alive()
        if values is not None:
            return values
        self.close()
        return Failed(is_late)

    @contextmanager
    def _limited(self, process: subprocess.Popen[bytes]) -> Iterator[threading.Timer]:
        """Kill the child if we wait for it longer than a question may take."""
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        try:
            yield timer
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            self._command,
            cwd=os.sep,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # Also if nobody closes this. At the end of our own process it ends without its pipe.
        self._end = finalize(self, _end, self._process, os.getpid())
        self._end.atexit = False
        return self._process

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process = None
            self._end()


def _end(process: subprocess.Popen[bytes], parent: int) -> None:
    """End a child, unless we are a fork of its parent."""
    if os.getpid() != parent:
        return
    process.kill()
    with suppress(BrokenPipeError):
        process.communicate()


def _write(process: subprocess.Popen[bytes], question: bytes) -> None:
    assert process.stdin  # noqa: S101 - for the type checker: it is a pipe
    with suppress(BrokenPipeError):
        process.stdin.write(len(question).to_bytes(LENGTH_BYTES) + question)
        process.stdin.flush()


def _read(process: subprocess.Popen[bytes], most: int) -> list[Any] | None:
    """Return the values that a child yields, or None without a whole answer of `most` bytes."""
    assert process.stdout  # noqa: S101 - for the type checker: it is a pipe
    values: list[Any] = []
    while (line := process.stdout.readline(most)) != END:
        size = int(line[1:]) if line[:1] == BYTES else 0
        most -= len(line) + size
        if most <= 0 or not line.endswith(END):
            return None
        content = process.stdout.read(size)
        if len(content) < size:
            return None
        values.append(content if line[:1] == BYTES else json.loads(line))
    return values


def serve(
    function: Function, arguments: Iterable[str], seconds: float, inp: IO[bytes], out: IO[bytes]
) -> None:
    """Answer each question until there are no more. An error that the function raises ends it."""
    while length := inp.read(LENGTH_BYTES):
        question = inp.read(int.from_bytes(length))
        _allow(seconds)
        for value in function(question, *arguments):
            if isinstance(value, bytes):
                out.write(b"%s%d\n%s" % (BYTES, len(value), value))
            else:
                out.write(json.dumps(value).encode() + b"\n")
        out.write(END)
        out.flush()


def _settling(function: Function) -> Function:
    """Return a function, after whose first answer Python searches less for what nobody refers to.

    It leaves out what that answer made: modules and templates, which stay. With them, and as often
    as it is by default, the search takes a quarter of the time that a letter does.
    """

    def settling(question: bytes, *arguments: str) -> Iterator[Any]:
        yield from function(question, *arguments)
        if gc.get_threshold()[0] != SEARCHED_AFTER:
            gc.collect()
            gc.freeze()
            gc.set_threshold(SEARCHED_AFTER)

    return settling


SEARCHED_AFTER: Final = 50_000
"""Objects made and still there: some megabytes."""


def _allow(seconds: float) -> None:
    """Let this process use that many more seconds of processor time before it is ended."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    """Answer questions from standard input within the limits."""
    name, seconds, *arguments = sys.argv[1:]
    function = _settling(found(name))
    with suppress(ValueError, OSError):  # macOS has no such limit: there only a crash is contained
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(function, arguments, float(seconds), sys.stdin.buffer, sys.stdout.buffer)


def found(name: str) -> Callable[..., Any]:
    """Return the function that is called MODULE:NAME."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


if __name__ == "__main__":
    main()
