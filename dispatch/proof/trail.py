"""Going through the ledger, seal by seal: each must follow the one before, and hold what it says.

What is wrong is put in words, one line each. No more is in memory than one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from dispatch.database import Session
from dispatch.domain import merkle
from dispatch.domain.calendar import day_in_words, local
from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.ledger import Imprint, Written
from dispatch.domain.seal import Seal, sealed
from dispatch.proof.store import entries, names, sealed_records, seals
from dispatch.proof.store.entries import Placed
from dispatch.proof.store.seals import Kept

TOLERANCE: Final = timedelta(hours=1)
"""How late an event may be sealed, or a machine's clock be wrong, without a word."""

PAGE: Final = 200
"""Seals that are read together."""

BATCH: Final = 1000
"""Events and records that are looked at together."""

OWN: Final = frozenset({"delivery", "letter", "suppression"})
"""What a purge tells of by its own name. Of a contact it tells with its authority: by its id."""

ENOUGH: Final = 20
"""What is wrong is told up to this number."""


@dataclass
class Walk:
    """One way through the ledger, and what was met on it."""

    session: Session
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    """By the names of their files."""
    wrong: list[str] = field(default_factory=list)
    last: Kept | None = None
    """The last seal that is in order."""
    caught_up_at: datetime | None = None
    """When it was last known that nothing waited to be sealed."""
    late: int = 0
    """Events that were sealed long after they happened: until then nothing held them."""
    late_until: datetime | None = None
    """When the last of these was sealed."""
    unsealed: int = 0
    pending: set[str] = field(default_factory=set)
    """The records of events that no seal holds yet."""

    def go(self) -> None:
        """Go from seal to seal, up to the first that does not hold."""
        self._see_what_waits()
        for kept in _all(self.session):
            if why := self._break(kept) or self._taken(kept):
                self.wrong.append(why)
                break
            self.last = kept
            if kept.seal.is_caught_up:
                self.caught_up_at = kept.seal.sealed_at
            self._compare(kept.seal)
            if len(self.wrong) >= ENOUGH:
                break
        else:
            self._end()

    def unrecorded(self) -> Iterator[str]:
        """Yield each record that no event led to; none where nothing is sealed."""
        for page in sealed_records.all_names(self.session) if self.last else ():
            known = entries.last_imprints(self.session, page)
            for record in page:
                if record not in known and record not in self.pending:
                    name = names.name_of(self.session, record)
                    yield f"{name} is not in the ledger: no event tells of it"

    def _see_what_waits(self) -> None:
        after = 0
        while seals.last(self.session) and (
            found := entries.unsealed(self.session, BATCH, after=after)
        ):
            after = found[-1].id
            self.unsealed += len(found)
            written = sealed_records.written_by(self.session, (each.event for each in found))
            self.pending.update(each.record for each in written)

    def _break(self, kept: Kept) -> str | None:
        """Return why a seal cannot come next."""
        seal, before = kept.seal, self.last
        number = before.seal.number + 1 if before else 0
        if seal.number != number:
            return f"seal {number} is gone: seal {seal.number} comes next"
        if kept.hash != seal.hash:
            return f"{called(seal)} was changed"
        if seal.previous != (before.hash if before else ""):
            return f"{called(seal)} does not follow seal {number - 1}: one of them was put there"
        return None

    def _taken(self, kept: Kept) -> str | None:
        """Go through what a seal holds, as `_take`, even if it cannot be read."""
        try:
            return self._take(kept)
        except (ValueError, LookupError, TypeError, AttributeError):
            return f"something that {called(kept.seal)} holds cannot be read any more"

    def _take(self, kept: Kept) -> str | None:
        """Go through what a seal holds; return why that cannot be all, or not this."""
        seal = kept.seal
        if self.last is None:
            return None if seal.size == 0 else f"{called(seal)} was changed"
        start = self.last.seal.size
        events = list(entries.events_of(self.session, start, seal.size))
        imprints = list(entries.imprints_of(self.session, start, seal.size))
        if gap := _gap(seal, start, events, imprints):
            return gap
        self._look_at(seal, events)
        made, edge = sealed(
            self.last.seal,
            self.last.edge,
            [bytes.fromhex(each.hash) for each in events],
            [merkle.leaf_hash(each.entry()) for _, each in imprints],
            now=seal.sealed_at,
            is_caught_up=seal.is_caught_up,
        )
        if made != seal or edge != kept.edge:
            return (
                f"{called(seal)} does not hold: an imprint, or an event and its hash, was changed"
            )
        for at in range(0, len(imprints), BATCH):
            self._look_at_records(seal, [each for _, each in imprints[at : at + BATCH]])
        return None

    def _look_at(self, seal: Seal, events: Sequence[Placed]) -> None:
        """Find events that are not what was sealed, and those whose time cannot be true."""
        for each in events:
            if merkle.leaf_hash(each.entry).hex() != each.hash:
                self.wrong.append(f"{_named(each)} was changed after {called(seal)}")
            elif why := self._misdated(seal, each):
                self.wrong.append(f"{_named(each)} {why}")
        for one, other in pairwise(events):
            if other.id < one.id:
                self.wrong.append(
                    f"{_named(other)} was put behind event {one.id} in {called(seal)}"
                )

    def _misdated(self, seal: Seal, each: Placed) -> str | None:
        at = each.event.at
        if at > seal.sealed_at + TOLERANCE:
            return f"is of {when(at)}, after {called(seal)} that holds it"
        if self.caught_up_at and at < self.caught_up_at - TOLERANCE:
            return (
                f"is dated back: it says {when(at)}, but what had happened by "
                f"{when(self.caught_up_at)} was sealed then"
            )
        if seal.sealed_at - at > TOLERANCE:
            self.late += 1
            self.late_until = seal.sealed_at
        return None

    def _look_at_records(self, seal: Seal, imprints: Sequence[Imprint]) -> None:
        """Compare records with the imprints that they left."""
        found = sealed_records.written(self.session, (each.record for each in imprints))
        for each in imprints:
            record = found.get(each.record)
            if not record:
                what = "was deleted"
            elif not record.is_as(each) and not self._is_replaced(record, each):
                what = "was changed"
            elif each.people and each.record not in self._purged:
                what = "lost what it said of people"
            else:
                continue
            name = names.name_of(self.session, each.record)
            self.wrong.append(f"{name} {what} after {called(seal)}")

    @cached_property
    def _purged(self) -> frozenset[str]:
        """The records of which events tell that what they said of people was taken away."""
        events = [each.event for each in entries.purges(self.session)]
        own = (each for each in events if each.subject.partition(":")[0] in OWN)
        written = sealed_records.written_by(self.session, own)
        contacts = (each.detail["contact"] for each in events if "contact" in each.detail)
        return frozenset(
            {*(each.record for each in written), *(f"contact:{id_}" for id_ in contacts)}
        )

    def _is_replaced(self, written: Written, imprint: Imprint) -> bool:
        """Whether a later event has put another in the place of a record."""
        record = imprint.record
        if not sealed_records.may_be_replaced(record):
            return False
        _, last = entries.last_imprints(self.session, [record])[record]
        return record in self.pending or (last != imprint and written.is_as(last))

    def _compare(self, seal: Seal) -> None:
        for name, checkpoint in self.checkpoints.items():
            if checkpoint.size == seal.size and checkpoint.seal == seal.number:
                differs = (checkpoint.root, checkpoint.seal_hash) != (seal.root, seal.hash)
                if differs:
                    self.wrong.append(f"{called(seal)} is not the one that {name} is of")

    def _end(self) -> None:
        """Look behind the last seal: what checkpoints know, and what claims to be in the ledger."""
        last = self.last.seal if self.last else None
        size, number = (last.size, last.number) if last else (0, -1)
        for name, each in self.checkpoints.items():
            if each.seal > number or each.size > size:
                self.wrong.append(
                    f"the end is gone: {name} of {when(each.at)} is of seal {each.seal} with "
                    f"{each.size} entries, and here are {max(number, 0)} seals with {size}: it was "
                    f"cut off, or this is an older database"
                )
        place = entries.beyond(self.session, size)
        if place is not None:
            self.wrong.append(f"something has place {place} of the ledger, which ends at {size}")


def _all(session: Session) -> Iterator[Kept]:
    number = -1
    while found := seals.after(session, number, PAGE):
        yield from found
        number = found[-1].seal.number


def _gap(
    seal: Seal, start: int, events: Sequence[Placed], imprints: Sequence[tuple[int, Imprint]]
) -> str | None:
    """Return which entry of a seal is not there, or is one too many."""
    middle = start + seal.events
    for place, each in zip(range(start, middle), (*events, None), strict=False):
        if each is None or each.place != place:
            after = f", after event {events[place - start - 1].id}" if place > start else ""
            return f"an event was deleted from {called(seal)}{after}: entry {place} is gone"
    if len(events) > seal.events:
        return f"{_named(events[seal.events])} was put into {called(seal)}"
    found = [place for place, _ in imprints]
    if found != list(range(middle, seal.size)):
        return f"an imprint of {called(seal)} was deleted, or one was put there"
    return None


def _named(placed: Placed) -> str:
    event = placed.event
    return f"event {placed.id} ({event.action} of {event.subject}, {when(event.at)})"


def called(seal: Seal) -> str:
    """Return what people call a seal."""
    return f"seal {seal.number} of {when(seal.sealed_at)}"


def when(at: datetime) -> str:
    """Return a moment as London's clocks show it, to the second."""
    shown = local(at)
    return f"{day_in_words(shown.date())} {shown:%H:%M:%S}"
