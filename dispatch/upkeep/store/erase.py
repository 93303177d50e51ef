"""Delete what is past its time, and say what the ledger must record of it.

A row stays with everything that says nothing about people. Contents become empty; their digests
stay. The digest of a record covers a salted digest of what the record says about people: that
digest stays too, and the salt is deleted with the values, so that nobody can guess them from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import JSON, String, Update, bindparam, cast, delete, select, type_coerce, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import (
    Attempt,
    ContactRow,
    Delivery,
    Document,
    ImprintRow,
    IncomingMail,
    Letter,
    NoticeRow,
    Posting,
    SourceFile,
    StagedFile,
    StagedLine,
    Suggestion,
)
from dispatch.database.types import Frozen
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.notice import Notice
from dispatch.domain.proof.ledger import Event, Imprint, Written
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.ledger.kinds import Subject
from dispatch.ledger.upkeep_events import PURGED
from dispatch.proof import names
from dispatch.proof.store import entries
from dispatch.proof.store.sealed_kinds import KINDS, SealedKind

GONE = b""
"""What is left of a deleted content; no other content has its digest."""


@dataclass(frozen=True, slots=True)
class Erased:
    """One thing that was deleted, as its event names it."""

    subject: Subject
    key: object
    detail: dict[str, str] = field(default_factory=dict)

    def event(self, word: Word) -> Event:
        return PURGED[self.subject].by(word, self.key, **self.detail)


def messages(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete messages, what was read in them, and the contacts they suggested.

    The conclusions that were drawn from them stay.
    """
    digests = session.scalars(
        select(IncomingMail.sha256).where(IncomingMail.id.in_(keys)).order_by(IncomingMail.sha256)
    ).all()
    session.execute(
        update(IncomingMail).where(IncomingMail.id.in_(keys)).values(content=GONE, trouble=None)
    )
    for row in session.scalars(select(NoticeRow).where(NoticeRow.mail_id.in_(keys))):
        row.notice = Notice(category=row.category)
    session.execute(
        update(Suggestion)
        .where(Suggestion.mail_id.in_(keys))
        .values(address="", address_key=cast(Suggestion.id, String), name="", sentence="")
    )
    yield from (Erased(Subject.MAIL, digest, {"sha256": digest}) for digest in digests)


def deliveries(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete the names and addresses that letters went to, and the text of servers' replies.

    With them goes each message of its own, whose covering note greets somebody by name.
    """
    attempts = session.scalars(select(Attempt.id).where(Attempt.delivery_id.in_(keys))).all()
    is_own = Delivery.id.in_(keys), Delivery.mail.is_not(None)
    own = {mail for mail in session.scalars(select(Delivery.mail).where(*is_own)) if mail}
    blank(session, "attempt", attempts)
    blank(session, "delivery", keys)
    # Who has the key could try names and addresses until one gives the code.
    session.execute(update(Delivery).where(Delivery.id.in_(keys)).values(mac=None))
    yield from (Erased(Subject.DELIVERY, key) for key in keys)
    needed = session.scalars(select(Delivery.mail).where(Delivery.mail.in_(own)))
    yield from documents(session, sorted(own.difference(needed)))


def postings(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete to whom and where letters went by post."""
    blank(session, "posting", keys)
    # Who has the key could try addresses until one gives the code.
    session.execute(update(Posting).where(Posting.id.in_(keys)).values(mac=None))
    yield from (Erased(Subject.POSTING, key) for key in keys)


def letters(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete the names and addresses in the drafts that letters were made from.

    The digest of them that was approved stays, without its salt.
    """
    blank(session, "letter", keys)
    blank_unsealed(session, "letter", keys)
    session.execute(update(Letter).where(Letter.id.in_(keys)).values(approval_salt=None))
    yield from (Erased(Subject.LETTER, key) for key in keys)


def contacts(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete who held a role; that somebody did, and until when, stays."""
    blank(session, "contact", keys)
    blank(session, "postal", keys)
    rows = session.execute(
        select(ContactRow.id, ContactRow.authority_code).where(ContactRow.id.in_(keys))
    )
    for id_, code in rows.all():
        yield Erased(Subject.AUTHORITY, code, {"contact": str(id_)})


def suppressions(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete which address was suppressed, and why."""
    blank(session, "suppression", keys)
    yield from (Erased(Subject.SUPPRESSION, key) for key in keys)


def files(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete files as they were imported."""
    query = select(SourceFile.sha256).where(SourceFile.id.in_(keys)).order_by(SourceFile.sha256)
    digests = session.scalars(query).all()
    session.execute(update(SourceFile).where(SourceFile.id.in_(keys)).values(content=GONE))
    yield from (Erased(Subject.FILE, digest, {"sha256": digest}) for digest in digests)


def staged(session: Session, keys: Sequence[UUID]) -> Iterator[Erased]:
    """Delete files that came in by a page, and what was read in them."""
    session.execute(delete(StagedLine).where(StagedLine.staged_file_id.in_(keys)))
    session.execute(
        update(StagedFile)
        .where(StagedFile.id.in_(keys))
        .values(content=GONE, reading=None, difference=None, mac=None)
    )
    yield from (Erased(Subject.STAGED, key) for key in keys)


def documents(session: Session, keys: Sequence[str]) -> Iterator[Erased]:
    """Delete letters in every form, and the messages that were made from them."""
    session.execute(update(Document).where(Document.sha256.in_(keys)).values(content=GONE))
    yield from (Erased(Subject.DOCUMENT, digest) for digest in keys)


def blank(session: Session, kind: str, keys: Collection[UUID]) -> None:
    """Delete what sealed records of a kind say about people; skip those already blank.

    An event whose action ends in `.purged` must name each in the same transaction. Raises
    `NotApproved` if a record is not what was sealed, and `RuleBroken` if it is not sealed yet, or
    was sealed by a version of dispatch that did not keep apart what it says about people.
    """
    sealed = KINDS[kind]
    written = {each.record: each for each in _written(session, sealed, keys)}
    imprints = entries.last_imprints(session, written)
    forgotten, blanked = [], []
    for record, each in written.items():
        place, imprint = imprints.get(record, (0, None))
        shape = _as_sealed(session, each, imprint)
        if imprint and imprint.salt is not None:
            people = shape.people_digest(imprint.salt)
            forgotten.append({"its_place": place, "its_people": people})
            blanked.append(_blanked(sealed, shape))
    if blanked:
        session.connection().execute(_forget_salt(), forgotten)
        session.connection().execute(_blank(sealed), blanked)
        session.expire_all()


def blank_unsealed(session: Session, kind: str, keys: Collection[UUID]) -> None:
    """Delete what those records say about people that no event ever wrote to the ledger."""
    sealed = KINDS[kind]
    rows = session.execute(sealed.select_unwritten().where(sealed.key.in_(keys))).mappings()
    blanked = [_blanked(sealed, each) for each in map(sealed.written, rows)]
    if blanked:
        session.connection().execute(_blank(sealed), blanked)
        session.expire_all()


def _blanked(sealed: SealedKind, written: Written) -> dict[str, object]:
    # What an earlier release sealed openly stays, or the record would no longer fit its imprint.
    values = {**written.values, **written.blank}
    new = {f"new_{name}": values[name] for name in sealed.people_names}
    return {"its_key": written.values[sealed.key.name], **new}


def _written(session: Session, sealed: SealedKind, keys: Collection[UUID]) -> Iterator[Written]:
    asked = listed(session.get_bind().dialect.name, "keys", sealed.key.type)
    rows = session.execute(
        sealed.select().where(sealed.key.in_(asked)).order_by(sealed.key),
        {"keys": as_list((key,) for key in keys)},
    )
    return map(sealed.written, rows.mappings())


def _as_sealed(session: Session, written: Written, imprint: Imprint | None) -> Written:
    """Return a record in the shape that it was sealed in. Raises as `blank` does."""
    if imprint is None:
        called = names.record(session, written.record)
        raise RuleBroken(
            f"{called} waits to be sealed: try again once the service has run",
            remedy=Remedy(kind=RemedyKind.RUN),
        )
    shape = written.as_sealed(imprint)
    if shape is None:
        called = names.record(session, written.record)
        raise NotApproved(
            f"{called} is not what the ledger has of it", remedy=Remedy(kind=RemedyKind.VERIFY)
        )
    return shape


def _forget_salt() -> Update:
    table = table_of(ImprintRow)
    query = update(table).where(table.c.place == bindparam("its_place"))
    return query.values(salt=None, people=bindparam("its_people"))


def _blank(sealed: SealedKind) -> Update:
    table = table_of(sealed.model)
    values = {
        name: type_coerce(bindparam(f"new_{name}"), JSON)
        if isinstance(table.c[name].type, Frozen)
        else bindparam(f"new_{name}")
        for name in sealed.people_names
    }
    return update(table).where(sealed.key == bindparam("its_key")).values(values)
