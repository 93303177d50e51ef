"""Deliveries with everything that is known about each: letter, attempts, notices, decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, String, func, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import (
    Attempt,
    AuthorityRow,
    Delivery,
    EventRow,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
)
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.codes import authority_of
from dispatch.ledger import events as catalogue
from dispatch.letters import hands
from dispatch.proof.store import filters
from dispatch.proof.store.filters import Filters

DECISIONS: Final = (catalogue.DELIVERY_RESENT.action, catalogue.DELIVERY_SETTLED.action)
"""The events by which a person, or a proof of acceptance, decides about a delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """One delivery, with everything that is known about it."""

    delivery: Delivery
    mailout: str
    authority: str
    """Its name."""
    released_at: datetime | None
    version: int
    letter_digest: str | None
    pdf_digest: str | None
    approved_by: str | None
    """Who approved this version of the letter, or else the mailout; so the next two."""
    approved_at: datetime | None
    approved_digest: str | None
    took_part_in_both: str | None
    """Who took part in asking for it as well, though somebody else is named."""
    attempts: Sequence[Attempt]
    notices: Sequence[tuple[NoticeRow, IncomingMail]]
    decisions: Sequence[Event]
    """Those by which it was made to resend a letter, or a doubt about it was settled."""
    again: UUID | None
    """The delivery that replaced it."""

    @property
    def last(self) -> Attempt | None:
        """The last attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def tried_at(self) -> datetime | None:
        """When the last attempt offered the message, or began if it did not come to that."""
        return (self.last.offered_at or self.last.started_at) if self.last else None

    @property
    def at(self) -> datetime:
        """The moment by which it is listed."""
        return self.tried_at or self.delivery.created_at


def deliveries(session: Session, wanted: Filters) -> Iterator[DeliveryReport]:
    """Yield the deliveries that match, except for their days. Raises `NotFound`."""
    is_wanted = list(filters.deliveries(session, wanted))
    rows = session.execute(_deliveries().where(*is_wanted)).all()
    ids = select(Delivery.id).where(*is_wanted)
    attempts, notices = _attempts(session, ids), _notices(session, ids)
    decisions = _decisions(session, [row[0].id for row in rows])
    again = select(Delivery.replaces_id, Delivery.id).where(Delivery.replaces_id.in_(ids))
    following: dict[UUID | None, UUID] = dict(session.execute(again).all())
    names = dict(session.execute(select(AuthorityRow.code, AuthorityRow.name)).all())
    in_both = cache(partial(hands.recorded, session))
    for row in rows:
        delivery, parts, mailout, released_at, version, digest, *rest = row
        by, at, approved, own = rest
        yield DeliveryReport(
            delivery=delivery,
            mailout=mailout,
            authority=names.get(authority_of(delivery.authority_code), delivery.authority_code),
            released_at=released_at,
            version=version,
            letter_digest=digest,
            pdf_digest=parts.get("pdf"),
            approved_by=by,
            approved_at=at,
            approved_digest=approved,
            took_part_in_both=in_both(mailout, delivery.letter_id if own else None),
            attempts=attempts[delivery.id],
            notices=notices[delivery.id],
            decisions=decisions[delivery.id],
            again=following.get(delivery.id),
        )


def _deliveries() -> Select[*tuple[Any, ...]]:
    """Select deliveries with these columns of their letters, which are not loaded as a whole."""
    approved_at = func.coalesce(
        Letter.approved_at, Mailout.approved_at, type_=Letter.approved_at.type
    )
    return (
        select(
            Delivery,
            Letter.parts,
            Mailout.name,
            Mailout.released_at,
            Letter.version,
            Letter.digest,
            func.coalesce(Letter.approved_by, Mailout.approved_by),
            approved_at,
            func.coalesce(Letter.approved_digest, Mailout.approved_digest),
            Letter.approved_by.is_not(None),
        )
        .join(Letter, Letter.id == Delivery.letter_id)
        .join(Mailout, Mailout.id == Delivery.mailout_id)
    )


def _attempts(session: Session, ids: Select[UUID]) -> dict[UUID, list[Attempt]]:
    query = select(Attempt).where(Attempt.delivery_id.in_(ids)).order_by(Attempt.number)
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in session.scalars(query):
        found[attempt.delivery_id].append(attempt)
    return found


def _notices(
    session: Session, ids: Select[UUID]
) -> dict[UUID, list[tuple[NoticeRow, IncomingMail]]]:
    query = (
        select(NoticeRow, IncomingMail)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(NoticeRow.delivery_id.in_(ids))
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    found: dict[UUID, list[tuple[NoticeRow, IncomingMail]]] = defaultdict(list)
    for notice, mail in session.execute(query):
        if notice.delivery_id is not None:
            found[notice.delivery_id].append((notice, mail))
    return found


def _decisions(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Event]]:
    """Return these events about deliveries, by their order."""
    table = table_of(EventRow).c
    asked = listed(session.get_bind().dialect.name, "subjects", String())
    query = (
        select(table.at, table.actor, table.action, table.subject, table.detail)
        .where(table.subject.in_(asked), table.action.in_(DECISIONS))
        .order_by(table.id)
    )
    subjects = as_list((f"delivery:{id_}",) for id_ in ids)
    found: dict[UUID, list[Event]] = defaultdict(list)
    for row in session.execute(query, {"subjects": subjects}):
        event = Event(*row)
        found[UUID(event.subject.partition(":")[2])].append(event)
    return found
