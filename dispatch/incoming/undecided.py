"""Notices that wait for a person: not believed, not dismissed, and they would change something.

Anybody may have written them. They change nothing by themselves, and must not be forgotten: they
are counted and listed until somebody confirms or dismisses each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.undecided import Prospect, Undecided, prospect
from dispatch.domain.notice import Clue
from dispatch.incoming import on_record
from dispatch.incoming.match import is_long_after
from dispatch.incoming.store import notices


def undecided(session: Session, mailout: Mailout | None) -> list[Undecided]:
    """Return what waits for a person about a mailout's letters, or all, in order of arrival.

    Of a letter that was sent again, what came back of an earlier delivery waits no longer.
    """
    return list(_undecided(session, [mailout.id] if mailout else []))


def undecided_of(session: Session, mailouts: Sequence[UUID]) -> dict[UUID, list[Undecided]]:
    """Return the same of some mailouts, by the mailout's id."""
    found: dict[UUID, list[Undecided]] = {each: [] for each in mailouts}
    for each in _undecided(session, mailouts) if mailouts else ():
        found[each.mailout_id].append(each)
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what waits for a person."""

    found: tuple[Undecided, ...]
    next: UUID | None
    """The message after which the next page begins; None if this was the last."""


def page(session: Session, mailout: Mailout | None, *, after: UUID | None, limit: int) -> Page:
    """Return some of what waits for a person, in order of arrival, after a message.

    Looks at `MOST_LOOKED` notices at most, so that a flood of what changes nothing costs each page
    the same: a page may have fewer than `limit` although another follows.
    """
    of = [mailout.id] if mailout else []
    rows = notices.unbelieved(session, of, after=after, limit=MOST_LOOKED)
    found = tuple(islice(_of(session, rows), limit))
    if len(found) == limit:
        return Page(found, found[-1].mail_id)
    return Page(found, rows[-1][1].id if len(rows) == MOST_LOOKED else None)


MOST_LOOKED: Final = 500


def perhaps_unreached(found: Iterable[Undecided]) -> dict[UUID, Undecided]:
    """Return the notice for each delivery that keeps it from being surely reached: the worst."""
    worst_last = sorted(found, key=lambda each: ORDER[each.prospect], reverse=True)
    return {each.delivery_id: each for each in worst_last if each.unreaches}


ORDER: Final = {prospect: place for place, prospect in enumerate(Prospect)}
"""The worst first."""


def _undecided(session: Session, mailouts: Sequence[UUID]) -> Iterator[Undecided]:
    return _of(session, notices.unbelieved(session, mailouts))


def _of(
    session: Session, found: Sequence[tuple[NoticeRow, IncomingMail, Delivery]]
) -> Iterator[Undecided]:
    # That a person dismissed a notice counts only if not its row alone says so.
    asked = ((each.id, mail.sha256) for row, mail, each in found if row.dismissed_by is not None)
    dismissed = on_record.dismissed(session, asked)
    for row, mail, delivery in found:
        would_be = prospect(row.notice, delivery.address, delivery.state)
        is_dismissed = row.dismissed_by is not None and (delivery.id, mail.sha256) in dismissed
        if would_be is None or is_dismissed:
            continue
        yield Undecided(
            mail_id=mail.id,
            mailout_id=delivery.mailout_id,
            delivery_id=delivery.id,
            authority=delivery.authority_code,
            role=delivery.role,
            state=delivery.state,
            received_at=mail.received_at,
            trust=row.trust or Trust.UNVERIFIED,
            clue=row.clue or Clue.RECIPIENT,
            prospect=would_be,
            is_late=is_long_after(delivery, mail.received_at),
        )
