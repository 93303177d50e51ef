"""Verify the ledger, and with it everything stored that it covers. Nothing is written.

Each seal must follow the one before it and hold its events and imprints. Each record that is
written once must be as its imprint says, and must have one. States must be those that the events
lead to, and contents must have their digests. What is wrong is put in words, one line each. At most
one batch is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import Final

from dispatch.batches import batches
from dispatch.database import Session, additions, key_of, unreadable
from dispatch.database.unreadable import Unreadable
from dispatch.domain.calendar import day_in_words, local
from dispatch.domain.proof import merkle
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import Event, Imprint, Written
from dispatch.domain.proof.seal import Seal, grown_by
from dispatch.ledger.catalogue import CATALOGUE
from dispatch.ledger.kinds import Purges
from dispatch.proof import contents, names, states
from dispatch.proof.store import entries, sealed_records, seals
from dispatch.proof.store.entries import Placed, Stranger, Waiting
from dispatch.proof.store.seals import Kept

TOLERANCE: Final = timedelta(hours=1)
"""How late an event may be sealed, or a machine's clock be wrong, without a remark."""

PAGE: Final = 200
"""Seals that are read together."""

BATCH: Final = 1000
"""Events and records that are checked together."""

ENOUGH: Final = 20
"""The number of problems after which the search stops."""

NOT_OURS: Final = "was not written by this service: its code is not valid"
"""What is said of an event without a code by the key that is not in the database."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked, and what is wrong."""

    last: Seal | None
    """The last seal that is in order; None where nothing has been sealed."""
    unsealed: int
    """Events that are not sealed yet."""
    late: int
    """Events that were sealed long after they happened, and could be changed until then."""
    late_until: datetime | None
    """When the last of these was sealed."""
    wrong: tuple[str, ...]
    """The problems in words, a line each, up to twenty; the first is the one to look into."""


Progress = Callable[[int, int], None]
"""Hears how many steps are done, and of how many: each seal is one, and what follows them."""


def _silently(_: int, __: int) -> None:
    """Tell nobody how far it is."""


def audit(
    session: Session,
    checkpoints: Mapping[str, Checkpoint] | None = None,
    progress: Progress = _silently,
) -> Audit:
    """Verify the ledger and everything that it covers, in a session that has read nothing yet.

    `checkpoints`, by the names of their files, show what the database alone cannot: that its end
    was cut off, or that it is an older copy.
    """
    seals.hold_still(session)
    added = additions.find(session)
    if any(each.is_in_the_way for each in added):
        return Audit(last=None, unsealed=0, late=0, late_until=None, wrong=tuple(map(str, added)))
    odd = list(unreadable.find(session))
    # States are judged below, whatever word stands there.
    others = [each for each in odd if not (each.is_word and each.column == "state")]
    with unreadable.left_out(session, others):
        walk = Walk(session, key_of(session), checkpoints or {}, _Steps(session, progress).end_one)
        problems = chain(map(str, added), _problems(session, walk, others))
        wrong = tuple(islice(problems, ENOUGH))
    return Audit(
        last=walk.last.seal if walk.last else None,
        unsealed=walk.unsealed,
        late=walk.late,
        late_until=walk.late_until,
        wrong=wrong,
    )


def unread(session: Session, found: Iterable[Unreadable]) -> Iterator[str]:
    """Yield, in words, each value that cannot be read."""
    for each in found:
        row = names.row(session, each.table, each.key)
        yield f"{row} has something as its {each.column} that cannot be read"


def unread_in(session: Session) -> str | None:
    """Return, in words, the first value of the database that cannot be read; None if all can."""
    odd = list(unreadable.find(session))
    with unreadable.left_out(session, odd):
        return next(unread(session, odd), None)


def _problems(session: Session, walk: Walk, odd: Iterable[Unreadable]) -> Iterator[str]:
    walk.go()
    yield from chain(walk.wrong, walk.strangers, unread(session, odd), _copies(session))
    for found in (walk.unrecorded(), states.problems(session), contents.problems(session)):
        yield from found
        walk.end_step()


class _Steps:
    """Says how far an audit is, by the number of seals there are."""

    AFTERWARDS: Final = 3
    """Steps that follow the seals: what no event led to, states, contents."""

    def __init__(self, session: Session, progress: Progress) -> None:
        last = seals.last(session)
        self._of = (last.seal.number if last else 0) + self.AFTERWARDS
        self._done = 0
        self._progress = progress

    def end_one(self) -> None:
        """Say that one more step is done."""
        self._done = min(self._done + 1, self._of)
        self._progress(self._done, self._of)


@dataclass
class Walk:
    """One walk through the ledger, seal by seal, and what was found on it."""

    session: Session
    key: bytes | None
    """The key of the codes of events; None if it is lost, so that nobody can check them."""
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    """By the names of their files."""
    end_step: Callable[[], None] = field(default=lambda: None)
    """Is called after each seal."""
    wrong: list[str] = field(default_factory=list)
    last: Kept | None = None
    """The last seal that is in order."""
    caught_up_at: datetime | None = None
    """When every event was last known to be sealed."""
    late: int = 0
    late_until: datetime | None = None
    unsealed: int = 0
    pending: set[str] = field(default_factory=set)
    """The records of events that are not sealed yet."""
    is_adrift: bool = False
    """Whether the seal before does not hold, so that nobody knows what this one covers."""
    strangers: list[str] = field(default_factory=list)
    """What was never sealed, because none of our processes wrote it."""

    def go(self) -> None:
        """Walk from seal to seal, past those that do not hold."""
        self._read_unsealed()
        for kept in _all(self.session):
            link = self._link_problem(kept)
            self.is_adrift |= link is not None
            self.wrong += [link] if link else []
            self.wrong += filter(None, [self._content_problem(kept)])
            self.is_adrift = link is not None
            self.last = kept
            if kept.seal.is_caught_up:
                self.caught_up_at = kept.seal.sealed_at
            self._compare_with_checkpoints(kept.seal)
            self.end_step()
            if len(self.wrong) >= ENOUGH:
                return
        self._check_end()

    def unrecorded(self) -> Iterator[str]:
        """Yield each record that no event led to; none where nothing is sealed."""
        for page in sealed_records.all_names(self.session) if self.last else ():
            known = entries.last_imprints(self.session, page)
            for record in page:
                if record not in known and record not in self.pending:
                    called = names.record(self.session, record)
                    yield f"{called} is not in the ledger: no event mentions it"

    def _read_unsealed(self) -> None:
        found = entries.unsealed(self.session, self.key, BATCH)
        for page in batches(found, BATCH):
            ours = [each for each in page if isinstance(each, Waiting)]
            self.unsealed += len(ours)
            written = sealed_records.written_by(self.session, (each.event for each in ours))
            self.pending.update(each.record for each in written)
            others = (each for each in page if isinstance(each, Stranger))
            self.strangers += islice(map(_not_ours, others), ENOUGH - len(self.strangers))

    def _link_problem(self, kept: Kept) -> str | None:
        """Return why a seal cannot be the next one."""
        seal, before = kept.seal, self.last
        number = before.seal.number + 1 if before else 0
        if seal.number != number:
            return f"seal {number} is gone: seal {seal.number} comes next"
        if kept.hash != seal.hash:
            return f"{called(seal)} was changed"
        if seal.previous != (before.hash if before else ""):
            return f"{called(seal)} does not follow seal {number - 1}: one of them was inserted"
        return None

    def _content_problem(self, kept: Kept) -> str | None:
        """Return why a seal does not hold its entries, also if one of them cannot be read."""
        try:
            return self._check_entries(kept)
        except (ValueError, LookupError, TypeError, AttributeError):
            return f"something that {called(kept.seal)} holds can no longer be read"

    def _check_entries(self, kept: Kept) -> str | None:
        """Check the entries of a seal; return why they are not the ones that it was made over."""
        seal, at = kept.seal, len(self.wrong)
        start = self.last.seal.size if self.last else 0
        events = list(entries.events_of(self.session, start, seal.size))
        places = _Places(start + seal.events)
        leaves = chain(
            (seals.octets(each.hash) for each in events), self._compared(seal, start, places)
        )
        before = None if self.is_adrift else self.last
        is_whole = _is_whole(kept, before, leaves)
        records = self.wrong[at:]
        gap = None if self.is_adrift else _gap(seal, start, events, places)
        self.wrong[at:] = filter(None, [gap])
        self._check_events(seal, events)
        if not gap and not self.is_adrift and not is_whole:
            what = "its time, an imprint, or an event and its hash"
            self.wrong.append(f"{called(seal)} does not hold: {what} was changed")
        self.wrong += records
        return None

    def _compared(self, seal: Seal, start: int, places: _Places) -> Iterator[bytes]:
        """Yield the leaf hash of each imprint, once records were compared with it."""
        for page in entries.imprints_of(self.session, start, seal.size, BATCH):
            places.add(page)
            self._check_records(seal, page)
            yield from (merkle.leaf_hash(each.entry()) for _, each in page)

    def _check_events(self, seal: Seal, events: Sequence[Placed]) -> None:
        """Find events that are not what was sealed, and those whose time cannot be true."""
        for each in events:
            if merkle.leaf_hash(each.entry).hex() != each.hash:
                self.wrong.append(f"{_named(each)} was changed after {called(seal)}")
            elif self.key is not None and not each.event.is_ours(self.key, each.code):
                self.wrong.append(f"{_named(each)} {NOT_OURS}")
            elif not self.is_adrift and (problem := self._time_problem(seal, each.event)):
                self.wrong.append(f"{_named(each)} {problem}")
        for one, other in pairwise(events):
            if other.id < one.id:
                self.wrong.append(
                    f"{_named(other)} was moved behind event {one.id} in {called(seal)}"
                )

    def _time_problem(self, seal: Seal, event: Event) -> str | None:
        """Return why the time of an event cannot be true; count the event if it came late.

        A seal that caught up left nothing unsealed. So an event that comes later with an earlier
        time was not there then: it was backdated. One that is merely late may be honest, after a
        clock was down, but could be changed until its seal.
        """
        if event.at > seal.sealed_at + TOLERANCE:
            return f"is dated {when(event.at)}, after {called(seal)}, which holds it"
        if self.caught_up_at and event.at < self.caught_up_at - TOLERANCE:
            return (
                f"is backdated: it says {when(event.at)}, but everything that had happened by "
                f"{when(self.caught_up_at)} was sealed then"
            )
        if seal.sealed_at - event.at > TOLERANCE:
            self.late += 1
            self.late_until = seal.sealed_at
        return None

    def _check_records(self, seal: Seal, imprints: Sequence[tuple[int, Imprint]]) -> None:
        """Compare records with their imprints."""
        found = sealed_records.written(self.session, (each.record for _, each in imprints))
        for place, each in imprints:
            if problem := self._record_problem(place, each, found.get(each.record)):
                record = names.record(self.session, each.record)
                self.wrong.append(f"{record} {problem} after {called(seal)}")

    def _record_problem(self, _: int, imprint: Imprint, record: Written | None) -> str | None:
        if record is None:
            return "was deleted"
        if not record.is_as(imprint) and not self._is_replaced(record, imprint):
            return "was changed"
        if imprint.people and imprint.record not in self._purged:
            return "lost its personal data without an event that says so"
        return None

    @cached_property
    def _purged(self) -> frozenset[str]:
        """The records whose personal data was deleted, as events say."""
        own, contacts = [], []
        for each in entries.purges(self.session):
            event = each.event
            if CATALOGUE[event.action].purges is Purges.SUBJECT:
                own.append(event)
            elif id_ := event.detail.get("contact"):
                contacts += [f"contact:{id_}", f"postal:{id_}"]
        written = sealed_records.written_by(self.session, own)
        return frozenset({*(each.record for each in written), *contacts})

    def _is_replaced(self, written: Written, imprint: Imprint) -> bool:
        """Whether a later event wrote the record anew, so that this imprint is out of date."""
        record = imprint.record
        if not sealed_records.may_be_replaced(record):
            return False
        _, last = entries.last_imprints(self.session, [record])[record]
        return record in self.pending or (last != imprint and written.is_as(last))

    def _compare_with_checkpoints(self, seal: Seal) -> None:
        for name, checkpoint in self.checkpoints.items():
            if checkpoint.size == seal.size and checkpoint.seal == seal.number:
                differs = (checkpoint.root, checkpoint.seal_hash) != (seal.root, seal.hash)
                if differs:
                    self.wrong.append(f"{called(seal)} is not the one that {name} was signed for")

    def _check_end(self) -> None:
        """Look past the last seal, for what checkpoints know and what claims a place there."""
        last = self.last.seal if self.last else None
        size, number = (last.size, last.number) if last else (0, -1)
        for name, each in self.checkpoints.items():
            if each.seal > number or each.size > size:
                self.wrong.append(
                    f"the end is gone: {name} of {when(each.at)} covers {each.size} entries up to "
                    f"seal {each.seal}, but here are {size} under {max(number, 0)} seals: the "
                    f"ledger was cut off, or this is an older copy of the database"
                )
        self.wrong += _beyond(self.session, size)


def _beyond(session: Session, size: int) -> Iterator[str]:
    place = entries.beyond(session, size)
    if place is not None:
        yield f"something has place {place} of the ledger, which ends at {size}"


def _all(session: Session) -> Iterator[Kept]:
    number = -1
    while found := seals.after(session, number, PAGE):
        yield from found
        number = found[-1].seal.number


def _is_whole(kept: Kept, before: Kept | None, leaves: Iterable[bytes]) -> bool:
    """Whether a seal's root is that of all entries up to its own; takes all leaves."""
    size, edge = (before.seal.size, before.edge) if before else (0, [])
    edge = grown_by(kept.seal, size, edge, leaves)
    return edge == kept.edge and merkle.root_of(edge).hex() == kept.seal.root


@dataclass
class _Places:
    """The places of imprints, which must follow one another."""

    next: int
    """The place that the next one must have."""
    is_broken: bool = False

    def add(self, page: Iterable[tuple[int, Imprint]]) -> None:
        """Add the next imprints, by place."""
        for place, _ in page:
            self.is_broken |= place != self.next
            self.next += 1


def _gap(seal: Seal, start: int, events: Sequence[Placed], imprints: _Places) -> str | None:
    """Return which entry of a seal is missing, or is one too many."""
    middle = start + seal.events
    for at, place in enumerate(range(start, middle)):
        if at == len(events) or events[at].place != place:
            after = f", after event {events[at - 1].id}" if at else ""
            return f"an event was deleted from {called(seal)}{after}: entry {place} is gone"
    if len(events) > seal.events:
        return f"{_named(events[seal.events])} was inserted into {called(seal)}"
    if imprints.is_broken or imprints.next != seal.end:
        return f"an imprint of {called(seal)} was deleted, or one was inserted"
    return None


def _copies(session: Session) -> Iterator[str]:
    """Yield the events that somebody made of others of ours: no two of ours have one code."""
    for copy, other in entries.copies(session):
        yield f"event {copy} and event {other} have the same code: one is a copy of the other"


def _not_ours(stranger: Stranger) -> str:
    try:
        named = _named(stranger) if stranger.event else f"event {stranger.id}"
    except (ValueError, OverflowError):  # a moment that no calendar has in London's time
        named = f"event {stranger.id}"
    return f"{named} {NOT_OURS}"


def _named(found: Placed | Stranger) -> str:
    event = found.event
    assert event  # noqa: S101 - for the type checker: its callers have one
    return f"event {found.id} ({event.action} of {event.subject}, {when(event.at)})"


def called(seal: Seal) -> str:
    """Return what people call a seal."""
    return f"seal {seal.number} of {when(seal.sealed_at)}"


def when(at: datetime) -> str:
    """Return a moment as London's clocks show it, to the second."""
    shown = local(at)
    return f"{day_in_words(shown.date())} {shown:%H:%M:%S}"
