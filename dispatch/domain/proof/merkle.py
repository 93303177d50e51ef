"""Merkle trees (RFC 9162 2.1): one hash stands for a list, and a short proof for each entry.

Two ways to build the same tree. `grown` extends one by its edge alone, the roots of its full
subtrees from left to right, one for each bit of its size: all that the ledger keeps between two
seals. `Tree` holds every node, to give many proofs out of one computation: that an entry is in the
tree (inclusion), and that the tree grew out of a smaller one (consistency).

By hand, because the one kept library (pymerkle) is GPL and brings its own storage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, overload

EMPTY: Final = hashlib.sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry; its first octet tells it from that of a node."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(edge: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> list[bytes]:
    """Return the edge of a tree of `size` leaves after more leaf hashes are appended to it."""
    roots = list(edge)
    for number, leaf in enumerate(leaves, size):
        roots.append(leaf)
        # Adding a leaf is adding one to a binary number: each 1 at the end of the old size is a
        # full subtree that now has a partner of its own size, and the two become one.
        carries = number
        while carries & 1:
            right = roots.pop()
            roots[-1] = node_hash(roots[-1], right)
            carries >>= 1
    return roots


def root_of(edge: Sequence[bytes]) -> bytes:
    """Return the root of the tree that has this edge."""
    if not edge:
        return EMPTY
    *others, root = edge
    for left in reversed(others):
        root = node_hash(left, root)
    return root


OCTETS: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Level(Sequence[bytes]):
    """Hashes in a row, in a third of the memory that they take one by one."""

    octets: bytes

    @classmethod
    def of(cls, hashes: Iterable[bytes]) -> Self:
        """Put hashes in a row, which need not all be in memory before."""
        octets = bytearray()
        for each in hashes:
            octets += each
        return cls(bytes(octets))

    def __len__(self) -> int:
        return len(self.octets) // OCTETS

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(f"no hash {at} among {len(self)}")
        return self.octets[at * OCTETS : (at + 1) * OCTETS]

    def above(self) -> Level:
        """Return the level over it: neighbours are joined; one that is left over goes up."""
        end = len(self) // 2 * 2 * OCTETS
        found = bytearray()
        for at in range(0, end, 2 * OCTETS):
            found += hashlib.sha256(b"\1" + self.octets[at : at + 2 * OCTETS]).digest()
        found += self.octets[end:]
        return Level(bytes(found))


@dataclass(frozen=True, slots=True)
class Tree:
    """All nodes of a tree, level by level from the leaves up to the root."""

    levels: Sequence[Level]

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Self:
        """Build the tree over some leaf hashes.

        On each level neighbours are joined, and one that is left over goes up unchanged. That
        gives the tree of RFC 9162, which splits each part at a power of two.
        """
        levels = [Level.of(leaves)]
        while len(levels[-1]) > 1:
            levels.append(levels[-1].above())
        return cls(levels)

    @property
    def root(self) -> bytes:
        """The root; `EMPTY` where there are no leaves."""
        return self.levels[-1][0] if self.levels[0] else EMPTY

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the proof that leaf `index` is in the tree (section 2.1.3.1), from the leaf up.

        Raises `IndexError` if the tree has no such leaf.
        """
        if not 0 <= index < len(self.levels[0]):
            raise IndexError(f"no leaf {index} among {len(self.levels[0])}")
        path = []
        for level in self.levels[:-1]:
            beside = index ^ 1
            if beside < len(level):
                path.append(level[beside])
            index >>= 1
        return path

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had with its first `size` leaves.

        Raises `IndexError` if it has fewer than that.
        """
        if not 0 <= size <= len(self.levels[0]):
            raise IndexError(f"no tree of {size} leaves among {len(self.levels[0])}")
        edge, start = [], 0
        for height in reversed(range(size.bit_length())):
            if size >> height & 1:
                edge.append(self.levels[height][start >> height])
                start += 1 << height
        return root_of(edge)

    def consistency_proof(self, size: int) -> list[bytes]:
        """Return the proof that this tree grew out of its first `size` leaves (section 2.1.4.1).

        Raises `IndexError` if it did not: a tree of no leaves has no proof.
        """
        end = len(self.levels[0])
        if not 0 < size <= end:
            raise IndexError(f"no tree of {size} leaves among {end}")
        start, proof = 0, []
        while start + size != end:
            split = 1 << (end - start - 1).bit_length() - 1
            middle = start + split
            if size <= split:
                proof.append(self._node(middle, end))
                end = middle
            else:
                proof.append(self._node(start, middle))
                start, size = middle, size - split
        if start:  # else it is the smaller tree itself, whose root is known
            proof.append(self._node(start, end))
        return proof[::-1]

    def _node(self, start: int, end: int) -> bytes:
        """Return the root of a subtree: full, or up to the last leaf."""
        height = (end - start - 1).bit_length()
        return self.levels[height][start >> height]


@dataclass(slots=True)
class Shown:
    """The nodes under one root that proofs have shown so far.

    A proof need be followed only up to the first of them: of many leaves in a row, one or two steps
    instead of all, which takes a tenth of a letter's time in sending.
    """

    root: bytes
    size: int
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By level, from the leaves up, and by place in it."""

    def holds(self, leaf: bytes, index: int, path: Sequence[bytes]) -> bool:
        """Whether leaf `index` is in the tree, by its proof of inclusion (RFC 9162 2.1.3.2)."""
        if not 0 <= index < self.size:
            return False
        node, last, level, steps = leaf, self.size - 1, 0, iter(path)
        met: dict[tuple[int, int], bytes] = {}
        while (known := self.nodes.get((level, index))) is None:
            met[level, index] = node
            if not last:
                if next(steps, None) is not None:
                    return False
                known = self.root
                break
            if index & 1 or index < last:
                beside = next(steps, None)
                if beside is None:
                    return False
                met[level, index ^ 1] = beside
                node = node_hash(beside, node) if index & 1 else node_hash(node, beside)
            index, last, level = index >> 1, last >> 1, level + 1
        if node != known:
            return False
        self.nodes |= met
        return True
