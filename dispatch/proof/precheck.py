"""Audit first what somebody is about to prove or publish: no part of it may be altered.

It is found by the functions of the whole audit (`verify`), for the events about some records alone:
of all seals the chain and the roots are checked, and of the batches that hold one of these events
every entry. So it takes as long as these are many, and not as the ledger is long. What is published
may be almost all there is: in memory are a page of letters or a batch of the ledger at a time, and
an octet for each entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import chain
from typing import Final, Self

from dispatch.database import Session, key_of
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import NotApproved
from dispatch.domain.proof import merkle
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import Imprint, Written
from dispatch.domain.proof.merkle import Tree
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.ledger.kinds import Subject
from dispatch.letters import on_record
from dispatch.proof import names, states
from dispatch.proof.store import case, entries, sealed_records, seals
from dispatch.proof.store.seals import Kept
from dispatch.proof.verify import Walk, called, when

VERIFY: Final = Remedy(kind=RemedyKind.VERIFY)

MANY: Final = 10_000
"""Entries whose hashes are read together."""

Leaves = Callable[[int, int], Sequence[bytes]]
"""Returns the hashes of the entries of the ledger from one place up to another."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be proven or published."""

    pages: Callable[[], Iterable[Collection[str]]]
    """What the events are about, some at a time."""
    checkpoints: Mapping[str, Checkpoint]
    """What is kept, or held by others, outside the database: by the names of their files."""

    @classmethod
    def about(cls, subjects: Collection[str], checkpoints: Mapping[str, Checkpoint]) -> Self:
        """Return what there is about a few subjects of events."""
        return cls(lambda: [subjects], checkpoints)


def refuse_altered(session: Session, part: Part, leaves: Leaves | None = None) -> None:
    """Raise `NotApproved` with the first thing that is wrong with a part of the ledger.

    `leaves` are the entries' hashes, where these were read already.
    """
    if found := next(problems(session, part, leaves), None):
        raise NotApproved(f"{found}: nothing is proven or published", remedy=VERIFY)


Pages = Callable[[], Iterable[Sequence[Letter]]]
"""Returns letters, some at a time; is called again to go through them again."""


def refuse_altered_letters(
    session: Session, mailout: Mailout, pages: Pages, checkpoints: Mapping[str, Checkpoint]
) -> None:
    """Raise `NotApproved` if anything about letters that are to be public is not as it was."""
    on_record.refuse_altered(session, mailout)
    for page in pages():
        on_record.refuse_altered(session, mailout, page)
    refuse_altered(session, Part(partial(_about_letters, session, mailout, pages), checkpoints))


def _about_letters(session: Session, mailout: Mailout, pages: Pages) -> Iterator[Collection[str]]:
    """Yield what events are about that tell of a mailout and of its letters."""
    yield [Subject.MAILOUT.of(mailout.name)]
    for page in pages():
        yield list(case.subjects_of_letters(session, page))


def tree_of(session: Session, size: int) -> Tree:
    """Return the tree over the first `size` entries. Raises `NotApproved` if one is gone."""
    leaves = _leaves(session, size)
    pages = (leaves(at, min(at + MANY, size)) for at in range(0, size, MANY))
    tree = Tree.of(chain.from_iterable(pages))
    if len(tree.levels[0]) != size:
        raise NotApproved(GONE, remedy=VERIFY)
    return tree


def _leaves(session: Session, size: int) -> Leaves:
    return partial(case.leaves, session, own=seals.own_entries(session, size))


GONE: Final = "an entry of the ledger is gone"


def problems(session: Session, part: Part, leaves: Leaves | None = None) -> Iterator[str]:
    """Yield, in words, what is wrong with a part of the ledger."""
    last = seals.last(session)
    size = last.seal.size if last else 0
    walk = _PartWalk(
        session,
        key_of(session),
        part.checkpoints,
        size=min(size, entries.count(session)),
        leaves=leaves or _leaves(session, size),
    )
    for subjects in part.pages():
        yield from walk.mark(subjects)
    if last:
        walk.go()
    yield from chain(walk.rewritten, walk.wrong, walk.unrecorded())
    for subjects in part.pages():
        yield from states.problems(session, frozenset(subjects))


@dataclass
class _PartWalk(Walk):
    """A walk through all seals, into those batches alone that hold an event of a part."""

    _: KW_ONLY
    size: int
    """Entries of the ledger that are sealed, and no more than there are."""
    leaves: Leaves
    rewritten: list[str] = field(default_factory=list)
    """The checkpoints out of which the ledger did not grow."""

    def __post_init__(self) -> None:
        self._events, self._imprints = bytearray(self.size), bytearray(self.size)
        """By place: whether an event is the part's, or the imprint of a record that one wrote."""
        self._without: list[str] = []
        """The records of these events that have no imprint."""

    def mark(self, subjects: Collection[str]) -> Iterator[str]:
        """Mark the events about some subjects, and the records that they wrote.

        Yield those that none of our processes wrote, or that copy one of ours.
        """
        key = key_of(self.session)
        events = entries.events_about(self.session, sorted(subjects))
        first = {each.code: each.id for each in reversed(events)}
        for each in events:
            if not each.event.is_ours(key, each.code) or first[each.code] != each.id:
                which = f"{each.event.action} of {each.event.subject}"
                yield f"event {each.id} ({which}) is not as this service wrote it"
            self._mark(self._events, each.place)
        stored = sealed_records.written_by(self.session, (each.event for each in events))
        records = {each.record for each in stored}
        known = set()
        for place, imprint in entries.imprints_about(self.session, records):
            known.add(imprint.record)
            self._mark(self._imprints, place)
        self._without += sorted(records - known)

    def _mark(self, marks: bytearray, place: int | None) -> None:
        if place is not None and 0 <= place < self.size:
            marks[place] = True

    def unrecorded(self) -> Iterator[str]:
        """Yield each record of these events that has no imprint; none where nothing is sealed."""
        for record in self._without if self.last else ():
            if record not in self.pending:
                yield f"{names.record(self.session, record)} is not in the ledger"

    def _content_problem(self, kept: Kept) -> str | None:
        start, end = self.last.seal.size if self.last else 0, kept.seal.size
        for name, each in self.checkpoints.items():
            if start < each.size <= end and self._root_at(each.size, start) != each.root:
                self.rewritten.append(
                    f"the ledger is not the one that {name} of {when(each.at)} was signed for"
                )
        if self.last is None or True in self._events[start:end]:
            return super()._content_problem(kept)
        roots = {self._root_at(end, start), merkle.root_of(kept.edge).hex()}
        if roots != {kept.seal.root}:
            return f"{called(kept.seal)} does not hold: something that it covers was changed"
        return None

    def _root_at(self, size: int, start: int) -> str:
        """Return the root over the first entries, of which the last seal covers some."""
        leaves = self.leaves(start, size)
        if len(leaves) != size - start:
            return GONE
        edge = self.last.edge if self.last else []
        return merkle.root_of(merkle.grown(edge, start, leaves)).hex()

    def _record_problem(self, place: int, imprint: Imprint, record: Written | None) -> str | None:
        """Judge the records of the part alone, and those that are gone: nobody knows whose."""
        is_own = record is None or not 0 <= place < self.size or self._imprints[place]
        return super()._record_problem(place, imprint, record) if is_own else None
