"""Contents that are stored by their digests: documents, messages that came in, imported files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Select, String, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.engine import AS_BYTES
from dispatch.database.metadata import Base, table_of
from dispatch.database.sql import as_list, in_pages, listed
from dispatch.database.tables import Delivery, Document, IncomingMail, Letter, SourceFile
from dispatch.ledger.kinds import Subject

PAGE: Final = 100
"""Rows with contents that are read together: a PDF has 70 kB, a message may have far more."""

MANY: Final = 1000
"""Rows without contents."""

_MODELS: Final[Mapping[Subject, type[Base]]] = {
    Subject.DOCUMENT: Document,
    Subject.MAIL: IncomingMail,
    Subject.FILE: SourceFile,
}


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A content as it is stored."""

    key: Any
    """The digest of a document, or the id of what came in."""
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LetterParts:
    """The parts of a letter, by their digests. The draft is not read as a whole."""

    id: UUID
    subject: str | None
    parts: Mapping[str, str]
    attachments: Sequence[Mapping[str, str]]
    digest: str

    @property
    def named(self) -> Iterator[tuple[str, str]]:
        """Each part and each attachment, by what people call it, with its digest."""
        yield from ((f"the {name}", digest) for name, digest in self.parts.items())
        yield from ((f"the attachment {e['name']}", e["sha256"]) for e in self.attachments or ())


def stored(session: Session, subject: Subject) -> Iterator[StoredContent]:
    """Yield every document, message that came in or file."""
    table = table_of(_MODELS[subject])
    [key] = table.primary_key.columns
    query: Select[*tuple[Any, ...]] = select(key, table.c.sha256, table.c.content)
    for rows in in_pages(session, query.execution_options(**{AS_BYTES: True}), key, PAGE):
        yield from (StoredContent(*row) for row in rows)


def existing(session: Session, digests: set[str]) -> set[str]:
    """Return those of some digests that a document is stored by."""
    asked = listed(session.get_bind().dialect.name, "digests", String())
    query = select(Document.sha256).where(Document.sha256.in_(asked))
    return set(session.scalars(query, {"digests": as_list((each,) for each in digests)}))


def letters(session: Session) -> Iterator[list[LetterParts]]:
    """Yield all letters whose bytes are stored, some at a time."""
    table = table_of(Letter).c
    attached = type_coerce(table.draft, JSON)["attachments"].label("attachments")
    query = select(table.id, table.subject, table.parts, attached, table.digest)
    for rows in in_pages(session, query.where(table.digest.is_not(None)), table.id, MANY):
        yield [LetterParts(*row) for row in rows]


def own_bodies(session: Session) -> Iterator[list[tuple[UUID, str]]]:
    """Yield the deliveries that have a body of their own, and its digest, some at a time.

    Those by which a letter was resent have one.
    """
    table = table_of(Delivery).c
    query = select(table.id, table.mail).where(table.mail.is_not(None))
    for rows in in_pages(session, query, table.id, MANY):
        yield [(id_, digest) for id_, digest in rows]


def deliveries_with_body(session: Session, digest: str) -> list[UUID]:
    """Return the deliveries whose own body has this digest."""
    return list(session.scalars(select(Delivery.id).where(Delivery.mail == digest)))
