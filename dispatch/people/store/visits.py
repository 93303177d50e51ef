"""Visits, and the tokens of programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import id_starting_with
from dispatch.database.tables import AccountRow, ApiToken, VisitRow


def visit(session: Session, digest: str) -> tuple[VisitRow, AccountRow | None] | None:
    """Return the visit of a cookie, by its digest, and the account whose it is."""
    query = (
        select(VisitRow, AccountRow)
        .outerjoin(AccountRow, AccountRow.id == VisitRow.account_id)
        .where(VisitRow.digest == digest)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def visits_of(session: Session, account_id: UUID, *, since: datetime) -> Sequence[VisitRow]:
    """Return the visits of an account that began since then and have not ended, newest first."""
    query = select(VisitRow).where(
        VisitRow.account_id == account_id,
        VisitRow.ended_at.is_(None),
        VisitRow.began_at > since,
    )
    return session.scalars(query.order_by(VisitRow.began_at.desc(), VisitRow.id)).all()


def seen(session: Session, visit_id: UUID, at: datetime) -> None:
    """Note when a visit was last used."""
    session.execute(update(VisitRow).where(VisitRow.id == visit_id).values(seen_at=at))


def forget(session: Session, before: datetime) -> None:
    """Delete the visits that began before a moment; the ledger keeps who signed in."""
    session.execute(delete(VisitRow).where(VisitRow.began_at < before))


def forget_all(session: Session) -> None:
    """Delete every visit."""
    session.execute(delete(VisitRow))


def token(session: Session, digest: str) -> tuple[ApiToken, AccountRow] | None:
    """Return a token by its digest, and whose it is."""
    query = select(ApiToken, AccountRow).join(AccountRow, AccountRow.id == ApiToken.account_id)
    found = session.execute(query.where(ApiToken.digest == digest)).one_or_none()
    return None if found is None else (found[0], found[1])


def tokens(session: Session) -> Sequence[tuple[ApiToken, AccountRow]]:
    """Return all tokens with whose they are, the newest first."""
    query = select(ApiToken, AccountRow).join(AccountRow, AccountRow.id == ApiToken.account_id)
    rows = session.execute(query.order_by(ApiToken.made_at.desc(), ApiToken.id)).all()
    return [(row[0], row[1]) for row in rows]


def token_starting(session: Session, beginning: str) -> UUID:
    """Return the id that begins so. Raises as `id_starting_with`."""
    see = "`dispatch token list`"
    return id_starting_with(session, ApiToken.id, beginning, what="token", see=see)


def tokens_of(session: Session, account_id: UUID) -> Sequence[ApiToken]:
    """Return the tokens of an account that nobody has ended."""
    query = select(ApiToken).where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None))
    return session.scalars(query).all()


def used(session: Session, token_id: UUID, at: datetime) -> None:
    """Note when a token was last used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=at))
