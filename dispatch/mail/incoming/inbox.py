"""Inboxes: where messages for us wait until they are stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol

from dispatch.domain.incoming.message import Arrival, lmtp_on

Known = Callable[[str, int], Collection[int]]
"""Returns the UIDs of the messages of a folder, by its name and UIDVALIDITY, that are stored."""

Store = Callable[[bytes, Arrival], None]
"""Stores a message durably, or raises."""

MOST_AT_A_LOOK: Final = 500
"""New messages stored in one look, so that a flood of them does not keep a worker from sending.
The next look continues from there."""


def ways_in(inboxes: Iterable[Inbox], lmtp_listen: str) -> tuple[str, ...]:
    """Return the names of the ways by which mail that comes back is taken in."""
    names = [each.name for each in inboxes]
    return (*names, lmtp_on(lmtp_listen)) if lmtp_listen else tuple(names)


class Inbox(Protocol):
    """A place where messages wait."""

    @property
    def name(self) -> str:
        """What people know it by, without a password."""

    def collect(self, known: Known, store: Store) -> None:
        """Hand what is there to `store`, up to `MOST_AT_A_LOOK`; mark each once that has returned.

        Raises `Unavailable` if the inbox cannot be reached, or holds a message it cannot give.
        """
