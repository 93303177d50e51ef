"""Audit first what somebody is about to prove or publish: no part of it may be altered.

It is found by the functions of the whole audit (`verify`), for the events about some records alone:
of all seals the chain and the roots are checked, and of the batches that hold one of these events
every entry. So it takes as long as these are many, and not as the ledger is long.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from itertools import chain
from typing import Final, Self

from dispatch.database import Session, key_of
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import NotApproved
from dispatch.domain.proof import merkle
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import Imprint
from dispatch.domain.proof.merkle import Tree
from dispatch.domain.proof.seal import Seal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.letters import on_record
from dispatch.proof import names, states
from dispatch.proof.store import case, entries, sealed_records, seals
from dispatch.proof.store.entries import Placed
from dispatch.proof.store.seals import Kept
from dispatch.proof.verify import Walk, called, when

VERIFY: Final = Remedy(kind=RemedyKind.VERIFY)


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be proven or published."""

    events: Sequence[Placed]
    """All events about it, sealed or not."""
    subjects: frozenset[str]
    """What they are about."""
    checkpoints: Mapping[str, Checkpoint]
    """What is kept, or held by others, outside the database: by the names of their files."""

    @classmethod
    def about(
        cls, session: Session, subjects: Iterable[str], checkpoints: Mapping[str, Checkpoint]
    ) -> Self:
        """Return what there is about some subjects of events."""
        found = frozenset(subjects)
        return cls(entries.events_about(session, sorted(found)), found, checkpoints)


def refuse_altered(session: Session, part: Part, tree: Tree) -> None:
    """Raise `NotApproved` with the first thing that is wrong with a part of the ledger.

    `tree` is over all that is sealed.
    """
    if found := next(problems(session, part, tree), None):
        raise NotApproved(f"{found}: nothing is proven or published", remedy=VERIFY)


def refuse_altered_letters(
    session: Session,
    mailout: Mailout,
    letters: Sequence[Letter],
    checkpoints: Mapping[str, Checkpoint],
) -> None:
    """Raise `NotApproved` if anything about letters that are to be public is not as it was."""
    on_record.refuse_altered(session, mailout, letters)
    subjects = case.subjects_of_letters(session, mailout, letters)
    part = Part.about(session, subjects, checkpoints)
    refuse_altered(session, part, sealed_tree(session))


def sealed_tree(session: Session) -> Tree:
    """Return the tree over all that is sealed. Raises `NotApproved` if an entry is gone."""
    last = seals.last(session)
    return tree_of(session, last.seal.size if last else 0)


def tree_of(session: Session, size: int) -> Tree:
    """Return the tree over the first `size` entries. Raises `NotApproved` if one is gone."""
    leaves = [leaf for leaf in case.leaves(session, size) if leaf is not None]
    if len(leaves) != size:
        raise NotApproved("an entry of the ledger is gone", remedy=VERIFY)
    return Tree.of(leaves)


def problems(session: Session, part: Part, tree: Tree) -> Iterator[str]:
    """Yield, in words, what is wrong with a part of the ledger."""
    yield from _strangers(part, key_of(session))
    walk = _PartWalk(session, key_of(session), part.checkpoints, part=part, tree=tree)
    yield from _rewritten(part, tree)
    if seals.last(session):
        walk.go()
    yield from chain(walk.wrong, walk.unrecorded(), states.problems(session, part.subjects))


def _strangers(part: Part, key: bytes) -> Iterator[str]:
    """Yield the events that none of our processes wrote, or that copy one of ours."""
    first = {each.code: each.id for each in reversed(part.events)}
    for each in part.events:
        if not each.event.is_ours(key, each.code) or first[each.code] != each.id:
            which = f"{each.event.action} of {each.event.subject}"
            yield f"event {each.id} ({which}) is not as this service wrote it"


def _rewritten(part: Part, tree: Tree) -> Iterator[str]:
    """Yield the checkpoints out of which the ledger did not grow."""
    size = len(tree.levels[0])
    for name, each in part.checkpoints.items():
        if each.size <= size and tree.root_at(each.size).hex() != each.root:
            yield f"the ledger is not the one that {name} of {when(each.at)} was signed for"


@dataclass
class _PartWalk(Walk):
    """A walk through all seals, into those batches alone that hold an event of a part."""

    _: KW_ONLY
    part: Part
    tree: Tree

    def unrecorded(self) -> Iterator[str]:
        """Yield each record of these events that has no imprint; none where nothing is sealed."""
        found = self._records if self.last else ()
        known = entries.last_imprints(self.session, found)
        for record in sorted(found):
            if record not in known and record not in self.pending:
                yield f"{names.record(self.session, record)} is not in the ledger"

    def _read_unsealed(self) -> None:
        waiting = (each.event for each in self.part.events if each.place is None)
        written = sealed_records.written_by(self.session, waiting)
        self.pending.update(each.record for each in written)

    def _content_problem(self, kept: Kept) -> str | None:
        size, start = kept.seal.size, self.last.seal.size if self.last else 0
        root = self.tree.root_at(size) if size <= len(self.tree.levels[0]) else b""
        if {root.hex(), merkle.root_of(kept.edge).hex()} != {kept.seal.root}:
            return f"{called(kept.seal)} does not hold: something that it covers was changed"
        first = bisect_left(self._places, start)
        is_held = first < len(self._places) and self._places[first] < size
        return super()._content_problem(kept) if is_held or self.last is None else None

    def _check_records(self, seal: Seal, imprints: Sequence[Imprint]) -> None:
        """Compare those records of a batch that the part has, and find those that are gone.

        Nobody can tell whose a record was that is gone.
        """
        there = sealed_records.written(self.session, (each.record for each in imprints))
        others = there.keys() - self._records
        super()._check_records(seal, [each for each in imprints if each.record not in others])

    @cached_property
    def _records(self) -> frozenset[str]:
        """The records that the events of the part wrote."""
        events = (each.event for each in self.part.events)
        return frozenset(each.record for each in sealed_records.written_by(self.session, events))

    @cached_property
    def _places(self) -> list[int]:
        return sorted(each.place for each in self.part.events if each.place is not None)
