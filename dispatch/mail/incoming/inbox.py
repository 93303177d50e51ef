"""Inboxes: where messages for us wait until they are stored."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, Protocol

from dispatch.domain.incoming.message import Arrival

Known = Callable[[str, int], Collection[int]]
"""Returns the UIDs of the messages of a folder, by its name and UIDVALIDITY, that are stored."""

Store = Callable[[bytes, Arrival], None]
"""Stores a message durably, or raises."""

MOST_AT_A_LOOK: Final = 500
"""New messages stored in one look, so that a flood of them does not keep a worker from sending.
The next look continues from there."""


class Inbox(Protocol):
    """A place where messages wait."""

    def collect(self, known: Known, store: Store) -> None:
        """Hand what is there to `store`, up to `MOST_AT_A_LOOK`; mark each once that has returned.

        Raises `Unavailable` if the inbox cannot be reached, or holds a message it cannot give.
        """
