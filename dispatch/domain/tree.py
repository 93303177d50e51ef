"""A Merkle tree with all its nodes, for many proofs out of one computation (RFC 9162 2.1).

`merkle` needs no more than the edge of a tree to let it grow; a proof needs the nodes inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from dispatch.domain.merkle import EMPTY, node_hash


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes of a tree, level by level from the leaves up to the root."""

    levels: Sequence[Sequence[bytes]]

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Self:
        """Build the tree over the hashes of some leaves.

        On each level neighbours are joined, and one that is left over goes up as it is. That is
        the tree of RFC 9162, which splits each part at a power of two.
        """
        levels = [leaves]
        while len(levels[-1]) > 1:
            below = levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            above = [node_hash(left, right) for left, right in pairs]
            levels.append([*above, *below[2 * len(above) :]])
        return cls(levels)

    @property
    def root(self) -> bytes:
        """The root; of the tree of nothing where there is no leaf."""
        return self.levels[-1][0] if self.levels[0] else EMPTY

    def proof(self, index: int) -> list[bytes]:
        """Return what shows that leaf `index` is in the tree (section 2.1.3.1), from the leaf up.

        Raises `IndexError` if there is no such leaf.
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
