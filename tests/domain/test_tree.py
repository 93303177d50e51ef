from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain import merkle
from dispatch.domain.tree import Tree

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(70)]


@given(st.integers(1, 70), st.data())
def test_its_root_and_proofs_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    tree = Tree.of(leaves)
    assert tree.root == merkle.tree_hash(leaves)
    assert tree.proof(index) == merkle.inclusion_proof(leaves, index)
    assert merkle.is_included(leaves[index], index, size, tree.proof(index), tree.root)


def test_a_tree_of_nothing_has_a_root_and_no_proofs() -> None:
    assert Tree.of([]).root == merkle.EMPTY
    with pytest.raises(IndexError, match="no leaf 0 among 0"):
        Tree.of([]).proof(0)
    with pytest.raises(IndexError, match="no leaf -1 among 3"):
        Tree.of(LEAVES[:3]).proof(-1)
