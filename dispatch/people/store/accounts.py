"""Accounts and invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from dispatch.database.tables import AccountRow, Invitation
from dispatch.domain.errors import NotFound
from dispatch.domain.person import is_spelt_alike
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal, people_events


def has_table(session: Session) -> bool:
    """Whether the tables are new enough to know accounts. Asked once: no table goes again."""
    engine = session.get_bind().engine
    if engine not in _HAS_TABLE and inspect(session.connection()).has_table(TABLE):
        _HAS_TABLE.add(engine)
    return engine in _HAS_TABLE


TABLE: Final = AccountRow.__tablename__
_HAS_TABLE: Final[WeakSet[Engine]] = WeakSet()


def every(session: Session) -> Sequence[AccountRow]:
    """Return all accounts, in the order of their names."""
    return session.scalars(select(AccountRow).order_by(AccountRow.name, AccountRow.id)).all()


def one(session: Session, id_: UUID) -> AccountRow:
    """Return an account. Raises `NotFound`."""
    if found := session.get(AccountRow, id_):
        return found
    raise NotFound("there is no such account")


def account(session: Session, id_: UUID) -> AccountRow:
    """Return an account, locked. Raises `NotFound`."""
    query = select(AccountRow).where(AccountRow.id == id_).with_for_update()
    if found := session.scalars(query.execution_options(populate_existing=True)).one_or_none():
        return found
    raise NotFound("there is no such account")


def named(session: Session, name: str) -> AccountRow | None:
    """Return the account of a name, of those that have not ended, locked.

    All rows are read: a name may be spelt in several ways, and an office has few people.
    """
    rows = (each for each in every(session) if each.ended_at is None)
    found = next((each for each in rows if _is_named(each, name)), None)
    return None if found is None else account(session, found.id)


def _is_named(row: AccountRow, name: str) -> bool:
    return any(is_spelt_alike(name, each) for each in (row.name, *row.other_names))


def joined_to(session: Session, issuer: str, subject: str) -> AccountRow | None:
    """Return the account that is joined to somebody in the office's own sign-in, locked."""
    query = select(AccountRow).where(
        AccountRow.issuer == issuer, AccountRow.subject == subject, AccountRow.ended_at.is_(None)
    )
    return session.scalars(query.with_for_update()).one_or_none()


def told(session: Session, subjects: Collection[str]) -> dict[str, list[Event] | None]:
    """Return what the ledger says of these accounts and of all that it says were made."""
    about, made = people_events.ABOUT_ACCOUNTS, people_events.ACCOUNT_MADE.action
    return journal.all_of_ours_and_made(session, subjects, about, made)


def invitation(session: Session, code: str) -> Invitation | None:
    """Return the invitation of a code, by the code's own code, locked."""
    query = select(Invitation).where(Invitation.code == code)
    return session.scalars(query.with_for_update()).one_or_none()


def invitations_of(session: Session, account_id: UUID) -> Sequence[Invitation]:
    """Return the invitations of an account that have not been used."""
    query = select(Invitation).where(
        Invitation.account_id == account_id, Invitation.used_at.is_(None)
    )
    return session.scalars(query.order_by(Invitation.made_at)).all()
