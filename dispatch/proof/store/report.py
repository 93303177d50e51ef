"""Deliveries with everything that is known about each: letter, attempts, notices, decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Uuid, func, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, follows, listed
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
from dispatch.domain.errors import NotFound
from dispatch.domain.letter import RecipientKind
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.codes import authority_of
from dispatch.ledger import events as catalogue
from dispatch.letters import hands
from dispatch.posting import on_record
from dispatch.posting import store as postings
from dispatch.posting.on_record import Stand
from dispatch.proof.store import filters
from dispatch.proof.store.events import midnight
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
    by_post: Sequence[Stand]
    """Where the same letter stands that goes by post, if it was printed for that."""

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


def pages(
    session: Session,
    wanted: Filters,
    *,
    after: UUID | None = None,
    limit: int | None = None,
    size: int,
) -> Iterator[list[DeliveryReport]]:
    """Yield the deliveries that match, the oldest first, a page at a time, and at most `limit`.

    At the same moment, To comes before Cc. From the one that follows `after` in this order; the
    last page may have fewer. They are put in their order once, and not for each page. Raises
    `NotFound`.
    """
    query = _following(session, _matching(session, wanted), after).limit(limit)
    named = Named(
        authorities=dict(session.execute(select(AuthorityRow.code, AuthorityRow.name)).all()),
        in_both=cache(partial(hands.recorded, session)),
    )
    with closing(session.scalars(query.execution_options(yield_per=size))) as found:
        for ids in found.partitions():
            yield _reports(session, ids, named)


_LAST: Final = (Attempt.delivery_id == Delivery.id) & (Attempt.number == Delivery.attempts)
_AT: Final[ColumnElement[datetime]] = func.coalesce(
    Attempt.offered_at, Attempt.started_at, Delivery.created_at, type_=Delivery.created_at.type
)
"""The moment by which a delivery is listed: see `DeliveryReport.at`."""

_KEY: Final[list[Any]] = [
    _AT,
    Delivery.authority_code,
    Delivery.kind != RecipientKind.TO,
    Delivery.id,
]


def _matching(session: Session, wanted: Filters) -> Select[UUID]:
    query = select(Delivery.id).outerjoin(Attempt, _LAST)
    query = query.where(*filters.deliveries(session, wanted))
    if wanted.since:
        query = query.where(midnight(wanted.since) <= _AT)
    if wanted.until:
        query = query.where(midnight(wanted.until + timedelta(days=1)) > _AT)
    return query.order_by(*_KEY)


def _following(session: Session, query: Select[UUID], after: UUID | None) -> Select[UUID]:
    if after is None:
        return query
    key = select(*_KEY).outerjoin(Attempt, _LAST).where(Delivery.id == after)
    row = session.execute(key).one_or_none()
    if row is None:
        raise NotFound(f"there is no delivery {after}")
    return query.where(follows(_KEY, row))


@dataclass(frozen=True, slots=True)
class Named:
    """What the reports of many deliveries have in common."""

    authorities: Mapping[str, str]
    """The name of each authority, by its code."""
    in_both: Callable[[str, UUID | None], str | None]
    """Return who took part in asking as well as in approving: see `letters.hands`."""


def _reports(session: Session, ids: Sequence[UUID], named: Named) -> list[DeliveryReport]:
    """Return what is known of these deliveries, in their order."""
    these = _listed(session, ids)
    rows = session.execute(_deliveries().where(Delivery.id.in_(these))).all()
    attempts, notices = _attempts(session, these), _notices(session, these)
    decisions = _decisions(session, ids)
    again = select(Delivery.replaces_id, Delivery.id).where(Delivery.replaces_id.in_(these))
    following: dict[UUID | None, UUID] = dict(session.execute(again).all())
    by_post = _by_post(session, {row[0].letter_id for row in rows})
    found = {}
    for row in rows:
        delivery, parts, mailout, released_at, version, digest, *rest = row
        by, at, approved, own = rest
        code = delivery.authority_code
        found[delivery.id] = DeliveryReport(
            delivery=delivery,
            mailout=mailout,
            authority=named.authorities.get(authority_of(code), code),
            released_at=released_at,
            version=version,
            letter_digest=digest,
            pdf_digest=parts.get("pdf"),
            approved_by=by,
            approved_at=at,
            approved_digest=approved,
            took_part_in_both=named.in_both(mailout, delivery.letter_id if own else None),
            attempts=attempts[delivery.id],
            notices=notices[delivery.id],
            decisions=decisions[delivery.id],
            again=following.get(delivery.id),
            by_post=by_post[delivery.letter_id],
        )
    return [found[id_] for id_ in ids]


def _listed(session: Session, ids: Iterable[UUID]) -> Select[UUID]:
    given = listed(session.get_bind().dialect.name, "deliveries", Uuid())
    return given.params(deliveries=as_list((id_,) for id_ in ids))


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


def _by_post(session: Session, letters: Collection[UUID]) -> dict[UUID, list[Stand]]:
    printed = on_record.stands(session, postings.of_letters(session, letters))
    return on_record.by_letter(printed, letters)


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
