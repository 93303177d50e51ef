"""Merkle trees as RFC 9162 defines them, to check ours against: slow, and short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.domain.proof.merkle import EMPTY, node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over some leaf hashes (section 2.1.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    split = _split(len(leaves))
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is among these (section 2.1.3.1), from the leaf up."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf is in the tree of that size and root (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], size: int, *, is_known: bool = True) -> list[bytes]:
    """Return the proof that a tree grew out of its first `size` leaves (section 2.1.4.1)."""
    if size == len(leaves):
        return [] if is_known else [root(leaves)]
    split = _split(len(leaves))
    if size <= split:
        left = consistency_proof(leaves[:split], size, is_known=is_known)
        return [*left, root(leaves[split:])]
    right = consistency_proof(leaves[split:], size - split, is_known=False)
    return [*right, root(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1
