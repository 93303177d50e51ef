"""Notices that wait for a person: not believed, not dismissed, and they would change something.

Anybody may have written them. They change nothing by themselves, and must not be forgotten: they
are counted and listed until somebody confirms or dismisses each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    return list(_undecided(session, mailout))


def perhaps_unreached(found: Iterable[Undecided]) -> dict[UUID, Undecided]:
    """Return the notice for each delivery that keeps it from being surely reached: the worst."""
    order = list(Prospect)
    worst_last = sorted(found, key=lambda each: order.index(each.prospect), reverse=True)
    return {each.delivery_id: each for each in worst_last if each.unreaches}


def _undecided(session: Session, mailout: Mailout | None) -> Iterator[Undecided]:
    for row, mail, delivery in notices.unbelieved(session, mailout):
        would_be = prospect(row.notice, delivery.address, delivery.state)
        if would_be is None or _is_dismissed(session, row, mail, delivery):
            continue
        yield Undecided(
            mail_id=mail.id,
            delivery_id=delivery.id,
            received_at=mail.received_at,
            trust=row.trust or Trust.UNVERIFIED,
            clue=row.clue or Clue.RECIPIENT,
            prospect=would_be,
            is_late=is_long_after(delivery, mail.received_at),
        )


def _is_dismissed(session: Session, row: NoticeRow, mail: IncomingMail, delivery: Delivery) -> bool:
    """Whether a person dismissed a notice, and not only its row says so."""
    return row.dismissed_by is not None and bool(
        on_record.who_dismissed(session, delivery.id, mail.sha256)
    )
