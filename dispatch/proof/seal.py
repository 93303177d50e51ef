"""Seal events: give those that are new their permanent places in the ledger, under a seal.

The clock does this, a batch at a time, so that writing an event never waits for it. An event is
sealed together with the imprints of the records that it wrote.

A day without events is sealed as well: see `QUIET`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from secrets import token_hex
from typing import Final

from dispatch.batches import batches
from dispatch.database import Session, Sessions, key_of
from dispatch.domain.proof.ledger import Event, Imprint
from dispatch.domain.proof.merkle import leaf_hash
from dispatch.domain.proof.seal import Seal, sealed
from dispatch.ledger.events import IMPORTED
from dispatch.proof.store import entries, sealed_records, seals
from dispatch.proof.store.entries import Waiting
from dispatch.proof.store.sealed_records import Stored
from dispatch.proof.store.seals import Kept
from dispatch.tracking import timekeeping

SALT_OCTETS: Final = 16

BATCH: Final = 250
"""The most events under one seal: on SQLite nobody else can write meanwhile."""

RECORDS: Final = 10_000
"""Records of files under one seal, if more than one file wrote them: the same holds for them."""

QUIET: Final = timedelta(days=1)
"""After so long without a seal an empty one is made, if there is a ledger. It says that nothing had
happened until then; so an event that is dated into that time later is told as backdated."""


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there is something to seal, or a day has passed without a seal."""
    has_more = entries.is_unsealed(session, key_of(session))
    return has_more or _is_quiet(session, seals.last(session), now)


def _is_quiet(session: Session, last: Kept | None, now: datetime) -> bool:
    if last is None or not last.seal.size or now < last.seal.sealed_at + QUIET:
        return False
    # Of a clock that may be wrong an empty seal would say what nobody knows: the true times of all
    # events until then would be told as backdated.
    return timekeeping.held(session) is None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the next seal is to hold, if no other comes before it."""

    after: int
    """The number of the seal before it."""
    events: Sequence[tuple[int, bytes, str | None]]
    """The number of each event, the hash of its entry, and its salt."""
    imprints: Sequence[Imprint]
    hashes: Sequence[bytes]
    """Those of the imprints' entries."""
    is_all: bool
    """Whether these are all events that wait."""


def prepare(session: Session, last: Kept | None, limit: int = BATCH) -> Prepared:
    """Work out what the seal after `last` is to hold, of some of the events that are not sealed.

    An event that was committed late is sealed late, and never left out: a query for events without
    a place finds it, although its number is lower than some that are sealed. What none of our
    processes wrote is passed over, each time: the audit names it, and it keeps nothing else from
    its seal.
    """
    found = entries.waiting(session, key_of(session), limit)
    waiting = _together(found)
    salted = ((each, token_hex(SALT_OCTETS)) for each in waiting)
    imprints = _new(session, sealed_records.written_by(session, (each.event for each in waiting)))
    return Prepared(
        after=last.seal.number if last else seals.FIRST,
        events=[
            (each.id, leaf_hash(each.event.entry(each.id, salt)), salt) for each, salt in salted
        ],
        imprints=imprints,
        hashes=[leaf_hash(each.entry()) for each in imprints],
        is_all=len(found) < limit and len(waiting) == len(found),
    )


def _together(waiting: Sequence[Waiting]) -> Sequence[Waiting]:
    """Return the first of some events: as many as may come under one seal, and at least one."""
    written = accumulate(_count_imported(each.event) for each in waiting)
    return waiting[: 1 + sum(1 for records in written if records <= RECORDS)]


def _count_imported(event: Event) -> int:
    """Return how many records a file wrote, by the event of its import; 0 for any other event."""
    is_import = event.action in _IMPORTS
    return sum(int(event.detail.get(name, 0)) for name in ("new", "changed")) if is_import else 0


_IMPORTS: Final = frozenset(kind.action for kind in IMPORTED.values())


def seal(
    session: Session, *, now: datetime, limit: int = BATCH, prepared: Prepared | None = None
) -> Seal | None:
    """Seal some of the events that are not sealed; return None if nothing is due.

    Also None while another clock is sealing. What was `prepared` need not be again, if nobody else
    has sealed since.
    """
    last = seals.hold(session, now=now)
    if last is None:
        return None
    if prepared is None or prepared.after != last.seal.number:
        prepared = prepare(session, last, limit)
    if not prepared.events and not _is_quiet(session, last, now):
        return None
    made, edge = sealed(
        last.seal,
        last.edge,
        [hash_ for _, hash_, _ in prepared.events],
        prepared.hashes,
        now=now,
        is_caught_up=prepared.is_all,
    )
    seals.write(session, made, edge, prepared.events, prepared.imprints)
    return made


def seal_next(
    sessions: Sessions, clock: Callable[[], datetime], *, limit: int = BATCH
) -> Seal | None:
    """Seal some events, as `seal`, and work out what the seal holds before nobody else can write.

    An event may have written 100,000 records, as an import does.
    """
    with sessions.read() as session:
        prepared = prepare(session, seals.last(session), limit)
    with sessions.begin() as session:
        return seal(session, now=clock(), limit=limit, prepared=prepared)


def catch_up(sessions: Sessions, clock: Callable[[], datetime]) -> None:
    """Seal all events now, for somebody who wants to prove something.

    Owns its transactions. While another clock is sealing, it is left to that one.
    """
    has_more = True
    while has_more:
        made = seal_next(sessions, clock, limit=BATCH)
        has_more = made is not None and not made.is_caught_up


def _new(session: Session, stored: Iterable[Stored]) -> list[Imprint]:
    """Return an imprint of each record that has none.

    What is written once keeps the one that it has, for ever: if the record differs from it, the
    audit says that it was changed. Only what may be replaced gets another. A file may have written
    100,000, of which no more than a page is held.
    """
    made: dict[str, Imprint] = {}
    for page in batches(stored, sealed_records.PAGE):
        found = {each.record: each for each in page if each.record not in made}
        known = entries.last_imprints(session, found)
        for record, each in found.items():
            if record not in known or _is_replaced(each, known[record][1]):
                imprint = each.written().imprint(token_hex(SALT_OCTETS))
                made[imprint.record] = imprint
    return list(made.values())


def _is_replaced(stored: Stored, last: Imprint) -> bool:
    return stored.kind.may_be_replaced and not stored.written().is_as(last)
