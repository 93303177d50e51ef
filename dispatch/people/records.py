"""Tell the rows that our own processes wrote from those that somebody wrote who has the database.

A visit, an invitation and a token carry a code of the key that is outside the database. An account
changes more often and must not be put back to what it was, such as an approver's after they left:
its last event in the ledger has the digest of its row.
"""

from __future__ import annotations

from dispatch.database import Session, key_of
from dispatch.database.tables import AccountRow, ApiToken, Invitation, VisitRow
from dispatch.domain.digest import canonical_json, plain
from dispatch.domain.proof.mac import is_mac, mac
from dispatch.domain.word import Word
from dispatch.ledger import journal, people_events
from dispatch.ledger.kinds import Kind, Subject

Coded = Invitation | VisitRow | ApiToken


def write(session: Session, row: Coded) -> None:
    """Give a row the code of what it says now, and store it."""
    row.mac = mac(key_of(session), row.__tablename__, _spelt(row))
    session.add(row)
    session.flush()


def is_ours(session: Session, row: Coded) -> bool:
    """Whether one of our own processes wrote a row as it is."""
    return is_mac(row.mac, key_of(session), row.__tablename__, _spelt(row))


def _spelt(row: Coded) -> bytes:
    return canonical_json(plain(row.content))


def tell(session: Session, row: AccountRow, kind: Kind, word: Word, **details: str) -> None:
    """Store an account, and append the event that says what it is from now on."""
    session.add(row)
    session.flush()
    journal.append(session, kind.by(word, row.id, record=row.record, **details))


def holds(session: Session, row: AccountRow) -> bool:
    """Whether an account is as its last event says."""
    last = journal.last_of_ours(session, Subject.ACCOUNT.of(row.id), people_events.ABOUT_ACCOUNTS)
    return last is not None and last.detail.get("record") == row.record
