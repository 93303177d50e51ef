from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.proof import merkle
from dispatch.domain.proof.seal import Seal, opening, sealed
from tests import rfc9162

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)


def test_every_part_of_a_seal_counts() -> None:
    seal = opening(AT)
    parts = {
        "number": 1,
        "size": 1,
        "events": 1,
        "root": "0",
        "previous": "0",
        "sealed_at": AT + timedelta(seconds=1),
        "is_caught_up": True,
        "is_in_tree": True,
    }
    assert parts.keys() == set(Seal.__dataclass_fields__)
    hashes = {replace(seal, **{name: value}).hash for name, value in parts.items()}  # type: ignore[arg-type]
    assert len(hashes | {seal.hash}) == 9


batches = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8)


@given(batches)
def test_each_seal_holds_all_before_it(counts: list[tuple[int, int]]) -> None:
    last = opening(AT)
    edge: list[bytes] = []
    leaves: list[bytes] = []
    for events, imprints in counts:
        new = [merkle.leaf_hash(bytes([len(leaves) + n])) for n in range(events + imprints)]
        before = last
        last, edge = sealed(
            last, edge, new[:events], new[events:], now=AT, is_caught_up=bool(events)
        )
        leaves += [*new, merkle.leaf_hash(last.entry)]
        assert (last.number, last.previous) == (before.number + 1, before.hash)
        assert (last.size, last.events, last.is_caught_up) == (len(leaves), events, bool(events))
        assert last.root == rfc9162.root(leaves).hex()


@pytest.mark.parametrize("changed", [0, 3, 5])
def test_a_seal_over_another_entry_has_another_root(changed: int) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(6)]
    seal, _ = sealed(opening(AT), (), leaves, (), now=AT, is_caught_up=True)
    leaves[changed] = merkle.leaf_hash(b"x")
    other, _ = sealed(opening(AT), (), leaves, (), now=AT, is_caught_up=True)
    assert other.root != seal.root
