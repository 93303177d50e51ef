from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.proof import merkle
from dispatch.domain.proof.merkle import Shown, Tree
from tests import rfc9162

# The tree of RFC 6962's reference implementation, of eight entries; RFC 9162 hashes alike.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Tree.of([]).root == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_known_tree(size: int) -> None:
    assert Tree.of(LEAVES[:size]).root.hex() == ROOTS[size - 1]
    assert merkle.root_of(merkle.grown((), 0, LEAVES[:size])).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_inclusion_proofs_are_the_known_ones(index: int, size: int, proof: list[str]) -> None:
    made = Tree.of(LEAVES[:size]).inclusion_proof(index)
    assert [each.hex() for each in made] == proof
    root = bytes.fromhex(ROOTS[size - 1])
    assert rfc9162.is_included(LEAVES[index], index, size, made, root)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([number])) for number in range(count)]


sizes = st.integers(1, 70)


@given(sizes)
def test_a_root_is_what_its_definition_says(size: int) -> None:
    assert Tree.of(leaves(size)).root == rfc9162.root(leaves(size))


@given(sizes, st.data())
def test_a_tree_grows_by_its_edge_alone(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size))
    everything = leaves(size)
    edge = merkle.grown((), 0, everything[:first])
    assert merkle.root_of(edge) == rfc9162.root(everything[:first])
    assert len(edge) == first.bit_count()
    assert merkle.root_of(merkle.grown(edge, first, everything[first:])) == rfc9162.root(everything)


@given(sizes, st.data())
def test_every_leaf_is_proved_to_be_there_and_no_other(size: int, data: st.DataObject) -> None:
    everything = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    tree = Tree.of(everything)
    root, proof = tree.root, tree.inclusion_proof(index)
    assert proof == rfc9162.inclusion_proof(everything, index)
    assert rfc9162.is_included(everything[index], index, size, proof, root)
    assert Shown(root, size).holds(everything[index], index, proof)
    assert not Shown(root, size).holds(everything[index], size, proof)
    assert not Shown(root, size).holds(everything[index], index, [*proof, root])
    assert not proof or not Shown(root, size).holds(everything[index], index, proof[1:])
    assert not rfc9162.is_included(merkle.leaf_hash(b"x"), index, size, proof, root)
    assert not rfc9162.is_included(everything[index], size, size, proof, root)
    assert not rfc9162.is_included(everything[index], index, size, [*proof, root], root)
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index or size == 1))
    if size > 1:
        assert not rfc9162.is_included(everything[index], other, size, proof, root)


def test_a_tree_of_nothing_has_no_proofs() -> None:
    with pytest.raises(IndexError, match="no leaf 0 among 0"):
        Tree.of([]).inclusion_proof(0)
    with pytest.raises(IndexError, match="no leaf -1 among 3"):
        Tree.of(LEAVES[:3]).inclusion_proof(-1)


@given(sizes, st.data())
def test_a_tree_knows_the_root_that_it_had(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size))
    everything = leaves(size)
    assert Tree.of(everything).root_at(first) == rfc9162.root(everything[:first])


@given(sizes, st.data())
def test_a_tree_is_proved_to_have_grown_out_of_a_smaller_one(
    size: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, size))
    everything = leaves(size)
    proof = Tree.of(everything).consistency_proof(first)
    assert proof == rfc9162.consistency_proof(everything, first)


def test_a_tree_did_not_grow_out_of_nothing_nor_out_of_a_larger_one() -> None:
    tree = Tree.of(LEAVES[:3])
    for size in (0, -1, 4):
        with pytest.raises(IndexError, match=f"no tree of {size} leaves among 3"):
            tree.consistency_proof(size)
    for size in (-1, 4):
        with pytest.raises(IndexError, match=f"no tree of {size} leaves among 3"):
            tree.root_at(size)


@given(st.integers(1, 40), st.data())
def test_what_proofs_have_shown_admits_every_leaf_and_nothing_else(
    size: int, data: st.DataObject
) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    tree = Tree.of(leaves)
    shown = Shown(tree.root, size)
    for index in data.draw(st.lists(st.integers(0, size - 1), max_size=12)):
        proof = tree.inclusion_proof(index)
        assert not shown.holds(merkle.leaf_hash(b"another"), index, proof)
        assert shown.holds(leaves[index], index, proof)
        assert shown.holds(leaves[index], index, proof)
        assert not shown.holds(leaves[index], size, proof)
        for other in {(index + 1) % size, size - 1, 0} - {index}:
            assert not shown.holds(leaves[index], other, proof)
            assert not shown.holds(leaves[index], other, tree.inclusion_proof(other))


def test_a_proof_that_is_too_short_or_altered_shows_nothing() -> None:
    tree = Tree.of(LEAVES[:6])
    for index in range(6):
        proof = tree.inclusion_proof(index)
        for wrong in (proof[:-1], [*proof[:-1], LEAVES[0]], [], [LEAVES[0], *proof[1:]]):
            shown = Shown(tree.root, 6)
            is_right = wrong == proof
            assert shown.holds(LEAVES[index], index, wrong) is is_right
            assert bool(shown.nodes) is is_right
