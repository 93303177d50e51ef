"""Seals: each covers a batch of the ledger's entries and, through its root, all entries before.

All entries are the leaves of one Merkle tree (RFC 9162 2.1). A seal states the tree's size and
root, and has the hash of the seal before it. The last entry of its batch is its own: its number,
its time and the hash of the seal before it. So a proof that an entry is in the tree can show after
which seal, and before which, it came there. Seals of older releases have no such entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    """How many of the entries of its batch are events; they come first."""
    root: str
    """The root of the tree over all these entries, in hexadecimal."""
    previous: str
    """The hash of the seal before it; empty for the first."""
    sealed_at: datetime
    is_caught_up: bool
    """Whether no entry waited when it was made, so any older one arrived late."""
    is_in_tree: bool
    """Whether the last entry of its batch is its own."""

    @property
    def hash(self) -> str:
        """The hash that the next seal has as `previous`."""
        said: dict[str, object] = {
            "number": self.number,
            "size": self.size,
            "events": self.events,
            "root": self.root,
            "previous": self.previous,
            "sealed_at": moment(self.sealed_at),
            "is_caught_up": self.is_caught_up,
        }
        if self.is_in_tree:  # left out otherwise: a seal of an older release keeps its hash
            said["is_in_tree"] = True
        return sha256(canonical_json(said))

    @property
    def end(self) -> int:
        """Where the imprints of its batch end: its own entry comes behind them."""
        return self.size - self.is_in_tree

    @property
    def entry(self) -> bytes:
        """Its own entry in the ledger."""
        return own_entry(
            self.number, self.previous, sealed_at=self.sealed_at, is_caught_up=self.is_caught_up
        )


def own_entry(number: int, previous: str, *, sealed_at: datetime, is_caught_up: bool) -> bytes:
    """Return a seal's own entry: which one was made, when, and after which."""
    return canonical_json(
        {
            "seal": number,
            "previous": previous,
            "sealed_at": moment(sealed_at),
            "is_caught_up": is_caught_up,
        }
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
        is_in_tree=False,
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
    seal = Seal(
        number=last.number + 1,
        size=last.size + len(events) + len(imprints) + 1,
        events=len(events),
        root="",
        previous=last.hash,
        sealed_at=now,
        is_caught_up=is_caught_up,
        is_in_tree=True,
    )
    grown = grown_by(seal, last.size, edge, (*events, *imprints))
    return replace(seal, root=merkle.root_of(grown).hex()), grown


def grown_by(seal: Seal, size: int, edge: Sequence[bytes], leaves: Iterable[bytes]) -> list[bytes]:
    """Return the edge of a tree of `size` entries after the batch of a seal.

    `leaves` are the leaf hashes of that batch without the seal's own entry.
    """
    own = [merkle.leaf_hash(seal.entry)] if seal.is_in_tree else []
    return merkle.grown(edge, size, (*leaves, *own))
