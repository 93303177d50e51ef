"""Read an incoming message in a child process with limits: anybody may send anything.

A message that brings its reader down is quarantined, and the next one is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from dispatch import child
from dispatch.child import MEBIBYTE, Child, Failed
from dispatch.domain.digest import plain
from dispatch.domain.notice import Notice

LARGEST: Final = 50 * MEBIBYTE
"""Bytes of the largest message that is taken in: the limit of most mail servers."""

SECONDS: Final = 20.0
"""Running time, and processor time, for each message: far more than any real one takes."""

ANSWER_BYTES: Final = 4 * MEBIBYTE

MOST_FATES: Final = 1000
"""Recipients in one notice. A notice about one of ours has one, or a few if it went to a list."""

CLASSIFIER: Final = "dispatch.mail.notices:read"
NOTICE: Final = TypeAdapter(Notice)
UNSTORABLE: Final = {0: None, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""Characters that databases refuse in text: NUL is dropped, lone surrogates are replaced."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a message could not be read."""

    why: str


class Reader:
    """Reads messages one after the other. `classifier` is the function that does, MODULE:NAME."""

    def __init__(
        self,
        classifier: str = CLASSIFIER,
        *,
        seconds: float = SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self._child = Child(
            f"{__name__}:answer", classifier, seconds=seconds, largest_answer=ANSWER_BYTES
        )
        self._seconds = seconds
        self._largest = largest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def read(self, message: bytes) -> Notice | Unreadable:
        """Return what a message says, or why it could not be read."""
        if len(message) > self._largest:
            most = self._largest // MEBIBYTE
            return Unreadable(
                f"it has {len(message)} bytes, and {most} MB are the most that is read"
            )
        match self._child.ask(message):
            case Failed(is_late=True):
                return Unreadable(f"reading it took over {self._seconds:g} s")
            case [dict() as said]:
                return _understood(said)
            case _:
                return Unreadable("reading it took too much memory, or ended its reader")


def answer(message: bytes, classifier: str) -> Iterator[dict[str, Any]]:
    """Yield what is read in one message, or why it cannot be read. Called in the child."""
    try:
        notice = child.found(classifier)(message)
    except MemoryError:
        raise  # ends this child: its memory is used up, so another one must try
    except Exception as error:  # noqa: BLE001 - its text is left out: it may quote the message
        yield {"failed": f"its reader failed: {type(error).__name__}"}
        return
    if len(notice.fates) > MOST_FATES:
        count = len(notice.fates)
        yield {"failed": f"it names {count} recipients, and {MOST_FATES} are the most"}
    else:
        yield {"notice": plain(notice)}


def _understood(said: dict[str, Any]) -> Notice | Unreadable:
    """Return what the child says, in characters that can be stored."""
    if "failed" in said:
        return Unreadable(str(said["failed"]))
    try:
        return NOTICE.validate_python(_storable(said["notice"]))
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
