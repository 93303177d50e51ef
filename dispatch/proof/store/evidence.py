"""Exhibits: what bears on one authority's letter, each with its place in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self
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
    Suppression,
)
from dispatch.domain.calendar import local
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved, NotFound, RuleBroken
from dispatch.domain.ledger import Imprint, Written
from dispatch.domain.letter import LetterState
from dispatch.domain.merkle import leaf_hash
from dispatch.ledger.kinds import Subject
from dispatch.letters.store import documents
from dispatch.proof.store import entries, names
from dispatch.proof.store.sealed_records import KINDS

VERIFY: Final = "see `dispatch audit verify`"


@dataclass(frozen=True, slots=True)
class Case:
    """One authority's letter in a mailout: its versions, and where they went."""

    mailout: Mailout
    letters: Sequence[Letter]
    deliveries: Sequence[Delivery]
    mails: Mapping[UUID, bytes]
    """What came back, as it came, by the ids of the mails."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands written, in the spelling that the ledger has the digest of."""

    name: str
    """Its kind and its id."""
    text: bytes
    people: bytes | None
    """What tells of people, which the text has the digest of; None where that is not apart."""
    place: int
    """Of its imprint."""
    entry: bytes
    """Its imprint, as it was sealed."""
    is_purged: bool
    """Whether what told of people was taken away."""
    is_apart: bool
    """Whether nothing in the text tells of people: older ledgers have all in one."""

    @classmethod
    def of(cls, written: Written, place: int, imprint: Imprint) -> Self:
        """Take a record with its imprint."""
        salt = imprint.salt
        people = written.people_text(salt) if salt else None
        digest = sha256(people) if people else imprint.people
        return cls(
            written.record,
            written.text(digest),
            people,
            place,
            imprint.entry(),
            is_purged=imprint.people is not None,
            is_apart=digest is not None or not written.people,
        )


def case(session: Session, mailout: Mailout, code: str) -> Case:
    """Return the case of an authority, by its code. Raises `NotFound` if it has no letter."""
    letters = session.scalars(
        select(Letter)
        .where(
            Letter.mailout_id == mailout.id,
            Letter.authority_code == code,
            Letter.state == LetterState.RENDERED,
        )
        .order_by(Letter.version)
    ).all()
    if not letters or mailout.released_at is None:
        raise NotFound(f"no letter of {code} has gone in {mailout.name}: there is nothing to prove")
    deliveries = session.scalars(
        select(Delivery)
        .where(Delivery.letter_id.in_([each.id for each in letters]))
        .order_by(Delivery.created_at, Delivery.kind.desc(), Delivery.id)
    ).all()
    mails = session.execute(
        select(IncomingMail.id, IncomingMail.content)
        .join(NoticeRow, NoticeRow.mail_id == IncomingMail.id)
        .where(NoticeRow.delivery_id.in_([each.id for each in deliveries]))
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    return Case(mailout, letters, deliveries, dict(mails.all()))


def is_whole(session: Session, case: Case, records: Iterable[Record]) -> bool:
    """Whether nothing of a case was taken away (`dispatch audit purge`)."""
    parts = [digest for letter in case.letters for digest in letter.parts.values()]
    own = [each.mail for each in case.deliveries if each.mail]
    return (
        not any(each.is_purged for each in records)
        and all(case.mails.values())
        and not documents.purged(session, [*parts, *own])
    )


def was_offered(session: Session, case: Case) -> frozenset[UUID]:
    """Return the deliveries of which a server may have had the message."""
    ids = [each.id for each in case.deliveries]
    query = select(Attempt.delivery_id).where(
        Attempt.delivery_id.in_(ids), Attempt.offered_at.is_not(None)
    )
    return frozenset(session.scalars(query))


def leaves(session: Session, size: int) -> list[bytes]:
    """Return the hashes of the ledger's first entries. Raises `NotApproved` if one is gone."""
    found: list[bytes | None] = [None] * size
    events, imprints = table_of(EventRow).c, table_of(ImprintRow).c
    query = select(events.place, events.hash).where(events.place < size)
    for place, hash_ in session.execute(query):
        found[place] = bytes.fromhex(hash_)
    written = select(imprints.place, imprints.record, imprints.digest)
    for place, record, digest in session.execute(written.where(imprints.place < size)):
        found[place] = leaf_hash(Imprint(record, digest).entry())
    whole = [each for each in found if each is not None]
    if len(whole) != size:
        raise NotApproved(f"an entry of the ledger is gone: {VERIFY}")
    return whole


def events(session: Session, case: Case, size: int) -> list[entries.Placed]:
    """Return what happened to a case, in the order of the ledger.

    Raises `RuleBroken` if some of it waits to be sealed, and so cannot be proven yet.
    """
    found = entries.events_about(session, sorted(_subjects(session, case)))
    if waiting := sum(each.place is None or each.place >= size for each in found):
        raise RuleBroken(
            f"{waiting} events about it wait to be sealed and prove nothing yet: let the clock "
            f"run (`dispatch run`), and ask again"
        )
    return found


def _subjects(session: Session, case: Case) -> Iterator[str]:
    """Yield what the ledger calls all that a case is made of."""
    yield f"mailout:{case.mailout.name}"
    for letter in case.letters:
        yield f"letter:{letter.id}"
        yield from (f"authority:{code}" for code in _authorities(letter))
    yield from (f"delivery:{each.id}" for each in case.deliveries)
    barred = select(Suppression.id).where(_is_barred(case))
    yield from (f"suppression:{id_}" for id_ in session.scalars(barred))
    digests = select(IncomingMail.sha256).where(IncomingMail.id.in_(list(case.mails)))
    yield from map(Subject.MAIL.of, session.scalars(digests))


def _authorities(letter: Letter) -> set[str]:
    """Return whom a letter is about, and whom it goes to: a successor, perhaps."""
    return {letter.authority_code, letter.draft.content.addressed_to.code}


def _is_barred(case: Case) -> ColumnElement[bool]:
    return Suppression.address.in_([each.address_key for each in case.deliveries])


def records(session: Session, case: Case, size: int) -> list[Record]:
    """Return the records that a case is made of, in the order of the ledger.

    Raises `NotApproved` if one is not in the ledger, or is not what was sealed.
    """
    written = {each.record: each for each in _written(session, case)}
    found = entries.last_imprints(session, written)
    for name, each in written.items():
        if name not in found or found[name][0] >= size or not each.is_as(found[name][1]):
            called = names.name_of(session, name)
            raise NotApproved(f"{called} is not what the ledger has of it: {VERIFY}")
    made = (Record.of(each, *found[name]) for name, each in written.items())
    return sorted(made, key=lambda record: record.place)


def _written(session: Session, case: Case) -> Iterator[Written]:
    for kind, is_wanted in _conditions(case).items():
        fact = KINDS[kind]
        rows = session.execute(fact.select().where(is_wanted))
        yield from map(fact.written, rows.mappings())


def _conditions(case: Case) -> dict[str, ColumnElement[bool]]:
    """Return which records of each kind a case is made of."""
    letters = [each.id for each in case.letters]
    deliveries = [each.id for each in case.deliveries]
    in_post = or_(false(), *_in_post(case))
    return {
        "letter": Letter.id.in_(letters),
        "approval": Letter.id.in_(letters),
        "release": Mailout.id == case.mailout.id,
        "delivery": Delivery.id.in_(deliveries),
        "attempt": Attempt.delivery_id.in_(deliveries),
        "mail": IncomingMail.id.in_(list(case.mails)),
        "arrival": Arrival.mail_id.in_(list(case.mails)),
        "contact": in_post,
        "leaving": in_post,
        "suppression": _is_barred(case),
        "lifting": _is_barred(case),
    }


def _in_post(case: Case) -> Iterator[ColumnElement[bool]]:
    """Yield who held the posts that were written to, on each day when something was to leave."""
    codes = {code for letter in case.letters for code in _authorities(letter)}
    for day in sorted({local(each.created_at).date() for each in case.deliveries}):
        yield and_(
            ContactRow.authority_code.in_(sorted(codes)),
            ContactRow.role.in_(sorted({each.role for each in case.deliveries})),
            ContactRow.valid_from <= day,
            or_(ContactRow.valid_until.is_(None), ContactRow.valid_until > day),
        )
