"""What people call a record: whose it is, and of which mailout. No address.

Rows are not loaded whole: what was tampered with may not be readable.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from dispatch.database.metadata import Base
from dispatch.database.tables import (
    Arrival,
    Attempt,
    ContactRow,
    Delivery,
    FiguresRow,
    IncomingMail,
    Letter,
    Mailout,
    SourceFile,
)
from dispatch.ledger import journal

BEGINNING: Final = 8
"""Characters of an id that are enough to find it by."""


def name_of(session: Session, record: str) -> str:
    """Return what a record is called that an imprint is of; of what is gone, what is known."""
    kind, _, key = record.partition(":")
    if kind == "authority":
        return f"the entry of {key}"
    id_ = UUID(key)
    match kind:
        case "delivery" | "attempt":
            return _sent(session, kind, id_)
        case "letter" | "approval":
            called = letter(session, id_)
            return called if kind == "letter" else f"the approval of {called}"
        case "release":
            return mailout(session, id_)
        case "contact" | "leaving":
            return _contact(session, kind, id_)
        case _:
            return _taken_in(session, kind, id_)


def _sent(session: Session, kind: str, id_: UUID) -> str:
    if kind == "delivery":
        return delivery(session, id_)
    row = _row(session, Attempt, id_, Attempt.number, Attempt.delivery_id)
    if row is None:
        return f"attempt {_short(id_)}"
    return f"attempt {row[0]} of {delivery(session, row[1])}"


def delivery(session: Session, id_: UUID) -> str:
    """Return what a delivery is called."""
    called = f"delivery {_short(id_)}"
    row = _row(session, Delivery, id_, Delivery.role, Delivery.authority_code, Delivery.mailout_id)
    if row is None:
        return called + _authority(session, f"delivery:{id_}")
    role, code, mailout_id = row
    return f"{called} to the {role} of {code} in {_mailout(session, mailout_id)}"


def letter(session: Session, id_: UUID) -> str:
    """Return what a letter is called."""
    row = _row(session, Letter, id_, Letter.authority_code, Letter.version, Letter.mailout_id)
    if row is None:
        return f"letter {_short(id_)}" + _authority(session, f"letter:{id_}")
    code, version, mailout_id = row
    which = f" (version {version})" if version > 1 else ""
    return f"the letter of {code} in {_mailout(session, mailout_id)}{which}"


def mailout(session: Session, id_: UUID) -> str:
    """Return what a mailout is called."""
    return f"the mailout {_mailout(session, id_)}"


def _mailout(session: Session, id_: UUID) -> str:
    row = _row(session, Mailout, id_, Mailout.name)
    return str(row[0]) if row else f"a mailout that is gone, {_short(id_)}"


def _contact(session: Session, kind: str, id_: UUID) -> str:
    row = _row(
        session,
        ContactRow,
        id_,
        ContactRow.role,
        ContactRow.authority_code,
        ContactRow.valid_from,
    )
    if row is None:
        return f"the contact {_short(id_)}"
    called = f"the {row[0]} of {row[1]} from {row[2].isoformat()} on"
    return called if kind == "contact" else f"the last day of {called}"


def _taken_in(session: Session, kind: str, id_: UUID) -> str:
    match kind:
        case "figures" | "correction":
            row = _row(session, FiguresRow, id_, FiguresRow.authority_code, FiguresRow.year)
            called = f"the entry of figures of {row[0]} for {row[1]}" if row else None
        case "mail":
            row = _row(session, IncomingMail, id_, IncomingMail.sha256)
            called = f"the incoming mail {row[0][:BEGINNING]}" if row else None
        case "arrival":
            row = _row(session, Arrival, id_, Arrival.mail_id)
            called = f"the arrival of {_taken_in(session, 'mail', row[0])}" if row else None
        case "file":
            row = _row(session, SourceFile, id_, SourceFile.name, SourceFile.imported_at)
            called = f"the file {row[0]} of {row[1].date().isoformat()}" if row else None
        case _:
            called = None
    return called or f"the {kind} {_short(id_)}"


def _row(
    session: Session, model: type[Base], id_: UUID, *columns: SQLCoreOperations[Any]
) -> tuple[Any, ...] | None:
    [key] = model.__mapper__.primary_key
    row = session.execute(select(*columns).where(key == id_)).first()
    return tuple(row) if row else None


def _short(id_: UUID) -> str:
    return str(id_)[:BEGINNING]


def _authority(session: Session, subject: str) -> str:
    """Say of whom a record is that is gone, by the first event about it."""
    events = journal.events(session, subject)
    code = events[0].detail.get("authority") if events else None
    return f" of {code}" if code else ""
