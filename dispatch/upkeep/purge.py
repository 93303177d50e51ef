"""Purge: what is past the time that it is kept for is taken away for good.

The ledger covers digests, so it holds afterwards. Each thing that goes has an event in the same
transaction, and transactions are small: after a power cut each thing is whole or gone, and the
next purge goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dispatch.database import Session, Sessions
from dispatch.domain.errors import RuleBroken
from dispatch.domain.retention import Kind, Limit, Retention, limits
from dispatch.domain.word import named
from dispatch.ledger import events, journal
from dispatch.upkeep.store import erase, expired
from dispatch.upkeep.store.erase import Told

BATCH: Final = 200
"""What goes in one transaction, at most."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of thing that is kept for a time."""

    kind: Kind
    what: str
    due: Callable[[Session, Limit], Sequence[Any]]
    """Return the keys of what is past its time, the oldest first."""
    erase: Callable[[Session, Sequence[Any]], Iterator[Told]]
    """Take these away, and yield what there is to tell of each."""


SORTS: Final = (
    Sort(Kind.MAIL, "mails that came in", expired.mails, erase.mails),
    Sort(Kind.ADDRESSES, "deliveries", expired.deliveries, erase.deliveries),
    Sort(Kind.ADDRESSES, "addressees of letters", expired.letters, erase.letters),
    Sort(Kind.ADDRESSES, "contacts who left", expired.contacts, erase.contacts),
    Sort(Kind.ADDRESSES, "lifted suppressions", expired.suppressions, erase.suppressions),
    Sort(Kind.ADDRESSES, "files of contacts", expired.files, erase.files),
    Sort(Kind.LETTERS, "documents", expired.documents, erase.documents),
)


@dataclass(frozen=True, slots=True)
class Past:
    """How much of one sort is past its time, or was taken away."""

    sort: Sort
    limit: Limit
    count: int


def propose(session: Session, kept: Retention, *, now: datetime) -> list[Past]:
    """Return what there is to take away, sort by sort; none where nothing is."""
    ends = limits(kept, now)
    found = (
        Past(sort, ends[sort.kind], len(sort.due(session, ends[sort.kind])))
        for sort in SORTS
        if sort.kind in ends
    )
    return [each for each in found if each.count]


def held_up(session: Session, kept: Retention, *, now: datetime) -> list[str]:
    """Return the mailouts of which nothing is taken away, though it is time: they are not over."""
    ends = limits(kept, now)
    of_mailouts = [ends[kind] for kind in (Kind.ADDRESSES, Kind.LETTERS) if kind in ends]
    return sorted({name for limit in of_mailouts for name in expired.held_up(session, limit)})


def purge(
    sessions: Sessions, kept: Retention, *, person: str, at_keyboard: str, now: datetime
) -> list[Past]:
    """Take away what is past its time, batch by batch; return how much of each sort that was.

    Raises `RuleBroken` if some of it waits to be sealed, or `person` is nobody's name, and
    `NotApproved` for what is not as it was sealed: all other sorts are gone by then.
    """
    name = named(person)
    ends = limits(kept, now)
    taken, troubles = [], list[RuleBroken]()
    for sort in (each for each in SORTS if each.kind in ends):
        end, count = ends[sort.kind], 0
        try:
            for batch in _batches(sessions, sort, end, name, now):
                count += batch
        except RuleBroken as error:
            troubles.append(error)
        if count:
            taken.append(Past(sort, end, count))
    if taken:
        detail = {each.sort.what: str(each.count) for each in taken}
        detail |= {kind.value: str(period) for kind, period in kept.items()}
        told = events.AUDIT_PURGED.event(now, name, "all", **detail, at_keyboard=at_keyboard)
        with sessions.begin() as session:
            journal.append(session, told)
    if troubles:
        raise troubles[0]
    return taken


def _batches(
    sessions: Sessions, sort: Sort, limit: Limit, name: str, now: datetime
) -> Iterator[int]:
    """Take away all that is due of one sort; yield how much, each time that some is gone."""
    while True:
        with sessions.begin() as session:
            expired.hold_still(session)
            keys = sort.due(session, limit)[:BATCH]
            if not keys:
                return
            for told in sort.erase(session, keys):
                journal.append(session, told.event(now, name))
        yield len(keys)
