"""Statements about postings, and the code that shows that a process of ours made one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, select
from sqlalchemy.orm import Session

from dispatch.database import key_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Mailout, Posting
from dispatch.domain.digest import canonical_texts
from dispatch.domain.proof.ledger import moment
from dispatch.domain.proof.mac import is_mac, mac

PURPOSE: Final = "posting"


def add(session: Session, row: Posting) -> None:
    """Store a new posting with the code of what it says."""
    row.mac = mac(key_of(session), PURPOSE, _spelt(row))
    session.add(row)
    session.flush()


def is_ours(session: Session, row: Posting) -> bool:
    """Whether a process of ours made a posting as it is. Not of one whose address is purged."""
    return is_mac(row.mac, key_of(session), PURPOSE, _spelt(row))


def _spelt(row: Posting) -> bytes:
    ids = [row.id.hex, row.mailout_id.hex, row.letter_id.hex]
    said = [row.authority_code, row.role, row.name, row.address, row.envelope, *row.documents]
    return canonical_texts([*ids, *said, moment(row.made_at)])


def of_mailouts(session: Session, mailouts: Collection[UUID]) -> Sequence[Posting]:
    """Return the postings of some mailouts, by authority and then as they were made."""
    query = select(Posting).where(Posting.mailout_id.in_(mailouts))
    return session.scalars(query.order_by(Posting.authority_code, Posting.made_at)).all()


def of_mailout(session: Session, mailout: Mailout) -> Sequence[Posting]:
    """Return the postings of one."""
    return of_mailouts(session, [mailout.id])


def of_letters(session: Session, letters: Collection[UUID]) -> Sequence[Posting]:
    """Return the postings of some letters, as they were made."""
    these = listed(session.get_bind().dialect.name, "letters", Uuid())
    query = select(Posting).where(Posting.letter_id.in_(these)).order_by(Posting.made_at)
    return session.scalars(query, {"letters": as_list((each,) for each in letters)}).all()


def of_authority(session: Session, mailout: Mailout, code: str) -> Sequence[Posting]:
    """Return the postings of one letter in all its versions."""
    query = select(Posting).where(Posting.mailout_id == mailout.id, Posting.authority_code == code)
    return session.scalars(query.order_by(Posting.made_at)).all()
