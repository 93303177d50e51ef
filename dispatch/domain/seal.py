"""Seals: each holds a batch of the ledger's entries, and by its root all entries before them.

All entries are the leaves of one Merkle tree (RFC 9162 2.1). A seal states how far the tree goes
and its root, and has the hash of the seal before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.domain import merkle
from dispatch.domain.canonical import canonical_json
from dispatch.domain.digest import sha256
from dispatch.domain.ledger import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What holds a batch of entries, and by its root and `previous` all those before it."""

    number: int
    """From 1 on; number 0 opens the ledger and holds nothing."""
    size: int
    """How many entries there are up to here."""
    events: int
    """How many of its own are events; they come first."""
    root: str
    """Of the tree of all entries up to here, in hexadecimal."""
    previous: str
    """The hash of the seal before it; empty for the first."""
    sealed_at: datetime
    is_caught_up: bool
    """Whether nothing waited after it: what happened before it can then only come in late."""

    @property
    def hash(self) -> str:
        """The hash that the next seal names."""
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
    """Return seal number 0."""
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
    """Return the seal over the hashes of more entries, and the edge of the tree with them."""
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
