"""Posts: who holds which role at which authority, from one day until another.

A contact is replaced by a new row that points at the old one, and never edited. There is one way
into a post and one out of it, `succeed` and `end`: for files, for people and for suggestions. No
change is dated ahead of its day or before the last one of the same post, so that on any day a
post has one holder or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import ContactRow
from dispatch.domain import calendar
from dispatch.domain.authority import Contact
from dispatch.domain.errors import RuleBroken
from dispatch.register.store.register import Ending

Post = tuple[str, str]
"""An authority's code and a role."""


def post_of(contact: Contact) -> Post:
    """Return the post that a contact is in."""
    return contact.authority, contact.role


def in_post(session: Session, code: str, role: str) -> ContactRow | None:
    """Return who is in a post, or None if nobody is."""
    query = select(ContactRow).where(
        ContactRow.authority_code == code,
        ContactRow.role == role,
        ContactRow.valid_until.is_(None),
    )
    return session.scalars(query).one_or_none()


def succeed(
    session: Session,
    coming: Iterable[tuple[Contact, UUID | None]],
    *,
    day: date,
    source_file_id: UUID | None = None,
) -> list[ContactRow]:
    """Put contacts in post from `day` on, each in the place of the row that it replaces, if any.

    Raises `RuleBroken` if a post has changed after that day already.
    """
    pairs = list(coming)
    refuse_before(session, {post_of(contact) for contact, _ in pairs}, day)
    _end(session, (replaced for _, replaced in pairs if replaced), day)
    rows = [
        ContactRow(
            authority_code=contact.authority,
            role=contact.role,
            address=contact.address,
            honorific=contact.honorific,
            given_name=contact.given_name,
            surname=contact.surname,
            job_title=contact.job_title,
            valid_from=day,
            replaces_id=replaced,
            source_file_id=source_file_id,
        )
        for contact, replaced in pairs
    ]
    session.add_all(rows)
    session.flush()
    return rows


def end(session: Session, endings: Iterable[Ending[Contact]], *, day: date) -> None:
    """Leave posts empty: `day` is the first on which nobody holds them. Raises as `succeed`."""
    ending = list(endings)
    refuse_before(session, {post_of(each.value) for each in ending}, day)
    _end(session, (each.row_id for each in ending), day)


def _end(session: Session, row_ids: Iterable[UUID], day: date) -> None:
    if ended := [{"id": row_id, "valid_until": day} for row_id in row_ids]:
        session.execute(update(ContactRow), ended)


def refuse_before(session: Session, posts: set[Post], day: date) -> None:
    """Raise `RuleBroken` if one of these posts has changed after `day` already."""
    later = or_(ContactRow.valid_from > day, ContactRow.valid_until > day)
    query = select(ContactRow).where(later).order_by(ContactRow.authority_code, ContactRow.role)
    for row in session.scalars(query):
        if (row.authority_code, row.role) in posts:
            last = max(row.valid_from, row.valid_until or row.valid_from)
            raise RuleBroken(
                f"the {row.role} of {row.authority_code} changed on {calendar.day_in_words(last)}: "
                f"no change can be dated before that"
            )
