"""Merkle trees (RFC 9162 2.1): one hash stands for a list, and short proofs for what is in it.

A tree that only grows needs no more than its edge, the roots of the full subtrees from left to
right, one for each bit of its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

EMPTY: bytes = hashlib.sha256().digest()
"""The root of the tree of nothing."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry; its first octet tells it from that of a node."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(edge: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> list[bytes]:
    """Return the edge of a tree of `size` leaves once the hashes of more leaves have come to it."""
    roots = list(edge)
    for number, leaf in enumerate(leaves, size):
        roots.append(leaf)
        while number & 1:  # as many pairs are complete as the number has ones at its end
            right = roots.pop()
            roots[-1] = node_hash(roots[-1], right)
            number >>= 1  # noqa: PLW2901 - counts the level
    return roots


def root_of(edge: Sequence[bytes]) -> bytes:
    """Return the root of the tree that has this edge."""
    if not edge:
        return EMPTY
    *others, root = edge
    for left in reversed(others):
        root = node_hash(left, root)
    return root


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of some leaves (section 2.1.1)."""
    return root_of(grown((), 0, leaves))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what shows that leaf `index` is among these (section 2.1.3.1), from the leaf up."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), tree_hash(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), tree_hash(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf is in the tree of that size and root (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    sides = list(_sides(index, size - 1))
    if len(sides) != len(proof):
        return False
    found = leaf
    for is_left, each in zip(sides, proof, strict=True):
        found = node_hash(each, found) if is_left else node_hash(found, each)
    return found == root


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return what shows that the first `size` of these leaves are as they were (section 2.1.4.1).

    `size` is from 1 to their number.
    """
    return _consistency(leaves, size, is_known=True) if size < len(leaves) else []


def _consistency(leaves: Sequence[bytes], size: int, *, is_known: bool) -> list[bytes]:
    """Return the proof for a subtree, whose root the reader knows or not: SUBPROOF."""
    if size == len(leaves):
        return [] if is_known else [tree_hash(leaves)]
    split = _split(len(leaves))
    if size <= split:
        proof = _consistency(leaves[:split], size, is_known=is_known)
        return [*proof, tree_hash(leaves[split:])]
    proof = _consistency(leaves[split:], size - split, is_known=False)
    return [*proof, tree_hash(leaves[:split])]


def is_consistent(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows that a tree grew out of an older one (section 2.1.4.2)."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    # A full tree is its own first part.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    sides = list(_sides(place, last))
    if len(path) != len(sides) + 1:
        return False
    old = new = path[0]
    for is_left, each in zip(sides, path[1:], strict=True):
        old = node_hash(each, old) if is_left else old
        new = node_hash(each, new) if is_left else node_hash(new, each)
    return old == old_root and new == new_root


def _sides(place: int, last: int) -> Iterator[bool]:
    """Yield for each step from a node to the root whether what is beside it stands on its left.

    `place` and `last` number the node and the last one of its level.
    """
    while last:
        is_left = bool(place & 1) or place == last
        while is_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        yield is_left
        place, last = place >> 1, last >> 1


def _split(size: int) -> int:
    """Return the largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1
