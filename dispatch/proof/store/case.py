"""A case: everything that concerns one authority's letter, for an evidence pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import (
    Arrival,
    Attempt,
    ContactRow,
    Delivery,
    EventRow,
    ImprintRow,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Posting,
    Suppression,
)
from dispatch.domain.calendar import local
from dispatch.domain.letter import LetterState
from dispatch.domain.proof.ledger import Imprint, Written
from dispatch.domain.proof.merkle import leaf_hash
from dispatch.domain.register.codes import authority_of
from dispatch.ledger.kinds import Subject
from dispatch.letters.store import documents
from dispatch.proof.store import entries, seals
from dispatch.proof.store.sealed_kinds import KINDS


@dataclass(frozen=True, slots=True)
class Case:
    """One authority's letter in a mailout: its versions, where they went, what came back."""

    mailout: Mailout
    letters: Sequence[Letter]
    deliveries: Sequence[Delivery]
    messages: Mapping[UUID, bytes]
    """The messages that came back, as they came, by their ids."""
    postings: Sequence[Posting] = ()
    """The versions that were printed for the post, as they were made."""

    @property
    def addresses(self) -> list[str]:
        """Where it went, by email and by post; empty for what is deleted."""
        emailed = [each.address for each in self.deliveries]
        return emailed + [each.address for each in self.postings]


def case(session: Session, mailout: Mailout, code: str) -> Case:
    """Return the case of an authority; without letters if it has none that was rendered."""
    letters = session.scalars(
        select(Letter)
        .where(
            Letter.mailout_id == mailout.id,
            Letter.authority_code == code,
            Letter.state == LetterState.RENDERED,
        )
        .order_by(Letter.version)
    ).all()
    deliveries = session.scalars(
        select(Delivery)
        .where(Delivery.letter_id.in_([each.id for each in letters]))
        .order_by(Delivery.created_at, Delivery.kind.desc(), Delivery.id)
    ).all()
    messages = session.execute(
        select(IncomingMail.id, IncomingMail.content)
        .join(NoticeRow, NoticeRow.mail_id == IncomingMail.id)
        .where(NoticeRow.delivery_id.in_([each.id for each in deliveries]))
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    postings = session.scalars(
        select(Posting)
        .where(Posting.letter_id.in_([each.id for each in letters]))
        .order_by(Posting.made_at, Posting.id)
    ).all()
    return Case(mailout, letters, deliveries, dict(messages.all()), postings)


def has_all_contents(session: Session, case: Case) -> bool:
    """Whether every PDF, body and message of a case is still stored."""
    parts = [digest for letter in case.letters for digest in letter.parts.values()]
    own = [each.mail for each in case.deliveries if each.mail]
    return all(case.messages.values()) and not documents.purged(session, [*parts, *own])


def offered(session: Session, case: Case) -> dict[UUID, str | None]:
    """Return the deliveries whose message was offered to a server, which may have taken it.

    Each with the signature that its message had the last time; None if we did not sign it.
    """
    ids = [each.id for each in case.deliveries]
    query = (
        select(Attempt.delivery_id, Attempt.signature)
        .where(Attempt.delivery_id.in_(ids), Attempt.offered_at.is_not(None))
        .order_by(Attempt.number)
    )
    return dict(session.execute(query).all())


def leaves(session: Session, size: int) -> list[bytes | None]:
    """Return the hashes of the first entries of the ledger; None for one that is missing."""
    found: list[bytes | None] = [None] * size
    events, imprints = table_of(EventRow).c, table_of(ImprintRow).c
    query = select(events.place, events.hash).where(events.place < size)
    for place, hash_ in session.execute(query):
        found[place] = bytes.fromhex(hash_)
    written = select(imprints.place, imprints.record, imprints.digest)
    for place, record, digest in session.execute(written.where(imprints.place < size)):
        found[place] = leaf_hash(Imprint(record, digest).entry())
    for own in seals.own_entries(session, size):
        found[own.place] = leaf_hash(own.entry)
    return found


def events(session: Session, case: Case) -> list[entries.Placed]:
    """Return the events of a case in the order of the ledger; those not sealed have no place."""
    return entries.events_about(session, sorted(subjects(session, case)))


def subjects_of_letters(
    session: Session, mailout: Mailout, letters: Iterable[Letter]
) -> Iterator[str]:
    """Yield the subjects of events about letters, where they went, and their mailout."""
    of_letters = {each.id for each in letters}
    yield Subject.MAILOUT.of(mailout.name)
    yield from map(Subject.LETTER.of, of_letters)
    for subject, model in ((Subject.DELIVERY, Delivery), (Subject.POSTING, Posting)):
        found = select(model.id, model.letter_id).where(model.mailout_id == mailout.id)
        for id_, letter_id in session.execute(found):
            if letter_id in of_letters:
                yield subject.of(id_)


def subjects(session: Session, case: Case) -> Iterator[str]:
    """Yield the subjects of all events that concern a case."""
    yield Subject.MAILOUT.of(case.mailout.name)
    for letter in case.letters:
        yield Subject.LETTER.of(letter.id)
        yield from map(Subject.AUTHORITY.of, _authorities(letter))
    yield from (Subject.DELIVERY.of(each.id) for each in case.deliveries)
    yield from (Subject.POSTING.of(each.id) for each in case.postings)
    suppressions = select(Suppression.id).where(_is_suppressed(case))
    yield from map(Subject.SUPPRESSION.of, session.scalars(suppressions))
    digests = select(IncomingMail.sha256).where(IncomingMail.id.in_(list(case.messages)))
    yield from map(Subject.MAIL.of, session.scalars(digests))


def _authorities(letter: Letter) -> set[str]:
    """Return the authority that a letter is about and the one it goes to, perhaps a successor."""
    return {authority_of(letter.authority_code), letter.draft.content.addressed_to.code}


def _is_suppressed(case: Case) -> ColumnElement[bool]:
    return Suppression.address.in_([each.address_key for each in case.deliveries])


def records(session: Session, case: Case) -> Iterator[Written]:
    """Yield the sealed records of a case, as they are now."""
    for name, is_wanted in _conditions(case).items():
        kind = KINDS[name]
        rows = session.execute(kind.select().where(is_wanted))
        yield from map(kind.written, rows.mappings())


def _conditions(case: Case) -> dict[str, ColumnElement[bool]]:
    """Return which records of each kind belong to a case."""
    letters = [each.id for each in case.letters]
    deliveries = [each.id for each in case.deliveries]
    is_holder = or_(false(), *_is_holder(case))
    return {
        "letter": Letter.id.in_(letters),
        "approval": Letter.id.in_(letters),
        "release": Mailout.id == case.mailout.id,
        "delivery": Delivery.id.in_(deliveries),
        "attempt": Attempt.delivery_id.in_(deliveries),
        "posting": Posting.id.in_([each.id for each in case.postings]),
        "mail": IncomingMail.id.in_(list(case.messages)),
        "arrival": Arrival.mail_id.in_(list(case.messages)),
        "contact": is_holder,
        "language": is_holder,
        "postal": is_holder,
        "leaving": is_holder,
        "suppression": _is_suppressed(case),
        "lifting": _is_suppressed(case),
    }


def _is_holder(case: Case) -> Iterator[ColumnElement[bool]]:
    """Yield the condition for who held the roles written to, for each day of a delivery.

    Also for each day on which a letter was printed for the post.
    """
    codes = {code for letter in case.letters for code in _authorities(letter)}
    moments = [each.created_at for each in case.deliveries]
    moments += [each.made_at for each in case.postings]
    for day in sorted({local(each).date() for each in moments}):
        yield and_(
            ContactRow.authority_code.in_(sorted(codes)),
            ContactRow.role.in_(sorted({each.role for each in case.deliveries})),
            ContactRow.valid_from <= day,
            or_(ContactRow.valid_until.is_(None), ContactRow.valid_until > day),
        )
