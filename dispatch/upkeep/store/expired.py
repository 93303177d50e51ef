"""Find what is past the time that it is kept for, and not deleted yet.

Nothing is found that somebody may still need: a message that waits for a person, a mailout that is
not over, a suppression in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Select, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.batches import batches
from dispatch.database.metadata import table_of
from dispatch.database.tables import (
    ContactRow,
    Delivery,
    Document,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Posting,
    SourceFile,
    StagedFile,
    Suggestion,
    Suppression,
)
from dispatch.domain.delivery import UNFINISHED
from dispatch.domain.incoming.message import UNDECIDED, MailState
from dispatch.domain.letter import PENDING
from dispatch.domain.mailout import SENDING_OVER
from dispatch.domain.upkeep.retention import Limit
from dispatch.letters.store.documents import MEDIA_TYPES
from dispatch.mailouts.store import mailouts
from dispatch.sending.store import deliveries as stored_deliveries

Among = Collection[Any] | None
"""Keys of rows, of which only those are wanted that are past their time; None for all of these."""

AT_ONCE: Final = 500
"""Letters whose documents are read together, and documents that are looked for together."""


def messages(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return incoming messages that were read, and about which nothing is left to decide."""
    is_open = select(Suggestion.mail_id).where(Suggestion.state.in_(UNDECIDED))
    waits = select(NoticeRow.mail_id).where(NoticeRow.due_at.is_not(None))
    query = select(IncomingMail.id).where(
        _is_there(IncomingMail.content),
        IncomingMail.received_at < limit.at,
        IncomingMail.state == MailState.READ,
        IncomingMail.id.not_in(is_open),
        IncomingMail.id.not_in(waits),
    )
    return _all(session, query, among, IncomingMail.received_at)


def deliveries(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return deliveries of mailouts that are over."""
    over = _over(session, limit)
    query = select(Delivery.id).where(Delivery.mailout_id.in_(over), Delivery.address != "")
    return _all(session, query, among, Delivery.created_at)


def postings(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return letters that went by post, of mailouts that are over."""
    over = _over(session, limit)
    query = select(Posting.id).where(Posting.mailout_id.in_(over), Posting.address != "")
    return _all(session, query, among, Posting.made_at)


def letters(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return letters of mailouts that are over, if their drafts still name the recipients."""
    over = _over(session, limit)
    query = select(Letter.id).where(Letter.mailout_id.in_(over), Letter.asked_by != "")
    return _all(session, query, among, Letter.authority_code)


def contacts(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return contacts who left their role before the limit."""
    query = select(ContactRow.id).where(
        ContactRow.valid_until < limit.day, ContactRow.address != ""
    )
    return _all(session, query, among, ContactRow.valid_until)


def suppressions(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return suppressions that were lifted before the limit: one in force protects somebody."""
    query = select(Suppression.id).where(
        Suppression.lifted_at < limit.at, Suppression.address != ""
    )
    return _all(session, query, among, Suppression.lifted_at)


def files(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return the files that contacts were imported from."""
    query = select(SourceFile.id).where(
        _is_there(SourceFile.content),
        SourceFile.kind == "contacts",
        SourceFile.imported_at < limit.at,
    )
    return _all(session, query, among, SourceFile.imported_at)


def staged(session: Session, limit: Limit, among: Among = None) -> Sequence[UUID]:
    """Return the files that came in by a page, of any kind: who knows what was in one."""
    query = select(StagedFile.id).where(
        StagedFile.staged_at < limit.at,
        or_(_is_there(StagedFile.content), StagedFile.mac.is_not(None)),
    )
    return _all(session, query, among, StagedFile.staged_at)


def documents(session: Session, limit: Limit, among: Among = None) -> Sequence[str]:
    """Return the digests of documents that only mailouts that are over are made of.

    And of messages that no delivery has: they were made to send letters again, which was cut short.
    Somebody who is just doing so finds them gone, and sends nothing.
    """
    over = set(_over(session, limit))
    others = set(session.scalars(select(Mailout.id))) - over
    past = set(_made_of(session, over)).union(_left_behind(session)) if among is None else {*among}
    past.difference_update(_made_of(session, others) if past else ())
    query = select(Document.sha256).where(_is_there(Document.content))
    return [
        digest
        for some in batches(sorted(past), AT_ONCE)
        for digest in sorted(session.scalars(query.where(Document.sha256.in_(some))))
    ]


def _left_behind(session: Session) -> Iterator[str]:
    has = select(Delivery.mail).where(Delivery.mail.is_not(None))
    query = select(Document.sha256).where(Document.media_type == MEDIA_TYPES["mail"])
    yield from session.scalars(query.where(Document.sha256.not_in(has)))


def _made_of(session: Session, mailouts: Collection[UUID]) -> Iterator[str]:
    """Yield the digests of the documents of some mailouts: of letters, deliveries and plans."""
    table = table_of(Letter).c
    attached = type_coerce(table.draft, JSON)["attachments"]
    letters = select(table.parts, attached).where(table.mailout_id.in_(mailouts))
    rows = session.execute(letters.execution_options(yield_per=AT_ONCE))
    with closing(rows):
        for parts, attachments in rows:
            yield from parts.values()
            yield from (each["sha256"] for each in attachments)
    own = select(Delivery.mail).where(Delivery.mailout_id.in_(mailouts), Delivery.mail.is_not(None))
    yield from filter(None, session.scalars(own))
    for plan in session.scalars(select(Mailout.plan).where(Mailout.id.in_(mailouts))):
        yield from (each.sha256 for attached in plan.attachments.values() for each in attached)


def _over(session: Session, limit: Limit) -> list[UUID]:
    """Return the mailouts that are over, and whose upload date is before the limit."""
    return [each.id for each in _past(session, limit) if _is_over(session, each)]


def held_up(session: Session, limit: Limit) -> list[str]:
    """Return the names of mailouts that are past their time, but kept because they are not over."""
    return [each.name for each in _past(session, limit) if not _is_over(session, each)]


def _past(session: Session, limit: Limit) -> list[Mailout]:
    return [each for each in mailouts(session) if each.plan.upload_date < limit.day]


def _is_over(session: Session, mailout: Mailout) -> bool:
    if mailout.state not in SENDING_OVER or stored_deliveries.has_any_in(
        session, mailout, UNFINISHED
    ):
        return False
    is_pending = exists().where(Letter.mailout_id == mailout.id, Letter.state.in_(PENDING))
    return not session.scalar(select(is_pending))


def hold_still(session: Session) -> None:
    """Keep what is over as it is until the commit, so that nobody resends or reissues any of it.

    Both lock the mailout before they look at its letters.
    """
    session.execute(select(Mailout.id).where(Mailout.state.in_(SENDING_OVER)).with_for_update())


def _is_there(content: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a mapped column
    return func.length(content) > 0


def _all(
    session: Session,
    query: Select[Any],
    among: Among,
    *order: Any,  # noqa: ANN401
) -> Sequence[UUID]:
    key = query.selected_columns[0]
    if among is not None:
        query = query.where(key.in_(among))
    return session.scalars(query.order_by(*order, key)).all()
