"""A case: everything that concerns one authority's letter, for an evidence pack."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, false, or_, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import Base, table_of
from dispatch.database.sql import as_list, listed
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


def leaves(
    session: Session, start: int, end: int, *, own: Sequence[seals.SealEntry]
) -> list[bytes]:
    """Return the hashes of the entries from `start` up to `end`; fewer if some are gone.

    `own` are the entries that seals have themselves, of the whole ledger.
    """
    found: dict[int, bytes] = {}
    for place, hash_ in session.execute(_between(EventRow, start, end, "hash")):
        found[place] = seals.octets(hash_)
    for place, record, digest in session.execute(
        _between(ImprintRow, start, end, "record", "digest")
    ):
        found[place] = leaf_hash(Imprint(record, digest).entry())
    first, past = (bisect_left(own, at, key=attrgetter("place")) for at in (start, end))
    found |= {each.place: leaf_hash(each.entry) for each in own[first:past]}
    return [found[place] for place in sorted(found)]


def _between(model: type[Base], start: int, end: int, *names: str) -> Select[*tuple[Any, ...]]:
    table = table_of(model).c
    columns = (table[name] for name in names)
    return select(table.place, *columns).where(table.place >= start, table.place < end)


def events(session: Session, case: Case) -> list[entries.Placed]:
    """Return the events of a case in the order of the ledger; those not sealed have no place."""
    return entries.events_about(session, sorted(subjects(session, case)))


def subjects_of_letters(session: Session, letters: Iterable[Letter]) -> Iterator[str]:
    """Yield the subjects of events about letters, and about where they went."""
    ids = [each.id for each in letters]
    yield from map(Subject.LETTER.of, ids)
    these = listed(session.get_bind().dialect.name, "ids", Uuid())
    for subject, model in ((Subject.DELIVERY, Delivery), (Subject.POSTING, Posting)):
        found = select(model.id).where(model.letter_id.in_(these))
        rows = session.scalars(found, {"ids": as_list((each,) for each in ids)})
        yield from map(subject.of, rows)


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
