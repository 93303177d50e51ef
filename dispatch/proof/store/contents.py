"""Contents: whether what is stored by its digest still has it, and every letter all its parts."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Column, Row, Select, String, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.engine import AS_BYTES
from dispatch.database.metadata import Base, table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Delivery, Document, IncomingMail, Letter, SourceFile
from dispatch.domain.digest import sha256
from dispatch.domain.letter import letter_digest
from dispatch.ledger.kinds import Subject
from dispatch.proof.store import entries, names

PAGE: Final = 100
"""Rows with contents that are looked at together: a PDF has 70 kB, a mail may have far more."""

MANY: Final = 1000
"""Rows without contents."""


def altered(session: Session) -> Iterator[str]:
    """Yield, in words, each thing stored that its digest does not stand for, or that is gone."""
    purged = frozenset(each.event.subject for each in entries.purges(session))
    yield from _letters(session)
    yield from _deliveries(session)
    for id_ in _wrong(session, Document, purged):
        yield from _documents(session, id_)
    for id_ in _wrong(session, IncomingMail, purged):
        yield f"{names.name_of(session, f'mail:{id_}')} is not what came in: its bytes were changed"
    for id_ in _wrong(session, SourceFile, purged):
        yield f"{names.name_of(session, f'file:{id_}')} is not what came in: its bytes were changed"


SUBJECTS: Final[Mapping[type[Base], Subject]] = {
    Document: Subject.DOCUMENT,
    IncomingMail: Subject.MAIL,
    SourceFile: Subject.FILE,
}
"""What the ledger calls a content, by its digest."""


def _wrong(session: Session, model: type[Base], purged: Container[str]) -> Iterator[Any]:
    """Yield the key of each row whose content has another digest, unless it was taken away."""
    subject = SUBJECTS[model]
    table = table_of(model)
    [key] = table.primary_key.columns
    stored: Select[Any] = select(key, table.c.sha256.label("digest"), table.c.content)
    query = stored.execution_options(**{AS_BYTES: True})
    for rows in _pages(session, query, key, PAGE):
        for row in rows:
            is_purged = not row.content and subject.of(row.digest) in purged
            if sha256(row.content) != row.digest and not is_purged:
                yield row[0]


def _pages(
    session: Session, query: Select[Any], key: Column[Any], count: int
) -> Iterator[Sequence[Row[Any]]]:
    """Yield the rows of a query, whose first column is the key, some at a time."""
    page = query.order_by(key).limit(count)
    rows = session.execute(page).all()
    while rows:
        yield rows
        rows = session.execute(page.where(key > rows[-1][0])).all()


def _letters(session: Session) -> Iterator[str]:
    table = table_of(Letter).c
    attached = type_coerce(table.draft, JSON)["attachments"].label("attachments")
    query = select(table.id, table.subject, table.parts, attached, table.digest)
    for rows in _pages(session, query.where(table.digest.is_not(None)), table.id, MANY):
        wanted = {digest for row in rows for digest in (*row.parts.values(), *_of(row.attachments))}
        lacking = wanted - _there(session, wanted)
        for row in rows:
            if row.digest != letter_digest(row.subject, row.parts, row.attachments):
                yield f"{names.letter(session, row.id)} has another digest than its parts have"
            for part, digest in _named(row):
                if digest in lacking:
                    yield f"{part} of {names.letter(session, row.id)} is gone"


def _of(attachments: Sequence[Any]) -> list[str]:
    return [each["sha256"] for each in attachments]


def _named(row: Row[Any]) -> Iterator[tuple[str, str]]:
    """Yield each part of a letter and each attachment, by what it is called, with its digest."""
    yield from ((f"the {name}", digest) for name, digest in row.parts.items())
    yield from ((f"the attachment {each['name']}", each["sha256"]) for each in row.attachments)


def _there(session: Session, digests: set[str]) -> set[str]:
    asked = listed(session.get_bind().dialect.name, "digests", String())
    query = select(Document.sha256).where(Document.sha256.in_(asked))
    return set(session.scalars(query, {"digests": as_list((each,) for each in digests)}))


def _deliveries(session: Session) -> Iterator[str]:
    """Look for the bodies of letters that were sent again."""
    table = table_of(Delivery).c
    query = select(table.id, table.mail).where(table.mail.is_not(None))
    for rows in _pages(session, query, table.id, MANY):
        there = _there(session, {row.mail for row in rows})
        for row in rows:
            if row.mail not in there:
                yield f"the message of {names.delivery(session, row.id)} is gone"


def _documents(session: Session, digest: str) -> Iterator[str]:
    """Say what a document is that was changed: whose letter's, as far as any has it."""
    is_known = False
    for what in _holders(session, digest):
        is_known = True
        yield f"{what} is not what was made: its bytes were changed"
    if not is_known:
        yield f"the stored document {digest[: names.BEGINNING]} was changed"


def _holders(session: Session, digest: str) -> Iterator[str]:
    table = table_of(Letter).c
    attached = type_coerce(table.draft, JSON)["attachments"].label("attachments")
    query = select(table.id, table.parts, attached)
    for rows in _pages(session, query, table.id, MANY):
        for row in rows:
            parts = [part for part, part_digest in _named(row) if part_digest == digest]
            yield from (f"{part} of {names.letter(session, row.id)}" for part in parts)
    for id_ in session.scalars(select(Delivery.id).where(Delivery.mail == digest)):
        yield f"the message of {names.delivery(session, UUID(str(id_)))}"
