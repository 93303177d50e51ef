"""Seals: each covers a batch of the ledger's entries and, through its root, all entries before.

All entries are the leaves of one Merkle tree (RFC 9162 2.1). A seal states the tree's size and
root, and has the hash of the seal before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.digest import canonical_json, sha256
from dispatch.domain.proof import merkle
from dispatch.domain.proof.ledger import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """It covers a batch of entries and, through `root` and `previous`, all those before."""

    number: int
    """Counted from 1; number 0 opens the ledger and covers nothing."""
    size: int
    """How many entries there are, up to and including its own."""
    events: int
    """How many of its own entries are events; they come first."""
    root: str
    """The root of the tree over all these entries, in hexadecimal."""
    previous: str
    """The hash of the seal before it; empty for the first."""
    sealed_at: datetime
    is_caught_up: bool
    """Whether no entry waited when it was made, so any older one arrived late."""

    @property
    def hash(self) -> str:
        """The hash that the next seal has as `previous`."""
        return sha256(
            canonical_json(
                {
                    "number": self.number,
                    "size": self.size,
                    "events": self.events,
                    "root": self.root,
                    "previous": self.previous,
                    "sealed_at": moment(self.sealed_at),
                    "is_caught_up": self.is_caught_up,
                }
            )
        )


def opening(now: datetime) -> Seal:
    """Return seal number 0, which opens the ledger."""
    return Seal(
        number=0,
        size=0,
        events=0,
        root=merkle.EMPTY.hex(),
        previous="",
        sealed_at=now,
        is_caught_up=False,
    )


def sealed(
    last: Seal,
    edge: Sequence[bytes],
    events: Sequence[bytes],
    imprints: Sequence[bytes],
    *,
    now: datetime,
    is_caught_up: bool,
) -> tuple[Seal, list[bytes]]:
    """Return the next seal, over the leaf hashes of new entries, and the edge of the grown tree."""
    grown = merkle.grown(edge, last.size, (*events, *imprints))
    seal = Seal(
        number=last.number + 1,
        size=last.size + len(events) + len(imprints),
        events=len(events),
        root=merkle.root_of(grown).hex(),
        previous=last.hash,
        sealed_at=now,
        is_caught_up=is_caught_up,
    )
    return seal, grown
