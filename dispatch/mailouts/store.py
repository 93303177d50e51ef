"""Statements about mailouts: find, list and lock them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, defer

from dispatch.database.tables import Mailout
from dispatch.domain.errors import NotFound
from dispatch.domain.hours import Holidays, SendingHours, SendingTimes
from dispatch.domain.hours import sending_times as times_of
from dispatch.domain.mailout import CHANGEABLE, UNDER_WAY, MailoutState
from dispatch.domain.register.spelling import did_you_mean
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files.holidays import ENGLAND


def mailouts(session: Session) -> Sequence[Mailout]:
    """Return every mailout, the newest first."""
    return session.scalars(select(Mailout).order_by(Mailout.created_at.desc())).all()


def mailouts_after(session: Session, name: str | None, *, limit: int) -> Sequence[Mailout]:
    """Return some mailouts, the newest first, from the one that follows `name`; from the newest."""
    key = Mailout.created_at, Mailout.name
    query = select(Mailout).order_by(*(each.desc() for each in key)).limit(limit)
    found = select(*key).where(Mailout.name == name)
    if name is not None and (last := session.execute(found).one_or_none()):
        query = query.where(tuple_(*key) < (last.created_at, last.name))
    return session.scalars(query).all()


def mailout_named(session: Session, name: str, *, is_locked: bool = False) -> Mailout:
    """Return a mailout by name. Raises `NotFound` with the names of those that exist.

    With `is_locked` it is read again, and nobody else can change it until the transaction ends.
    """
    query = select(Mailout).where(Mailout.name == name)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    if found := session.scalars(query).one_or_none():
        return found
    known = [mailout.name for mailout in mailouts(session)]
    if meant := did_you_mean(name, known):
        raise NotFound(f"no mailout is called {name!r}{meant}")
    if known:
        raise NotFound(f"no mailout is called {name!r}; there are: {', '.join(known)}")
    raise NotFound(f"no mailout is called {name!r}", remedy=Remedy(kind=RemedyKind.PLAN))


RELEASES: Final = 0x64697370
"""The number of the lock by which releases take turns on PostgreSQL."""


def mailout_to_release(session: Session, name: str) -> Mailout:
    """Return a mailout by name, locked, to be scheduled or released. Raises as `mailout_named`.

    Until the transaction ends, no other mailout is scheduled or released: two that send the same
    letters would each find that the other has not gone yet. This lock comes before that of the row,
    so that two transactions cannot wait for each other. On SQLite, writers take turns anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(RELEASES)))
    return mailout_named(session, name, is_locked=True)


def mailout_by_id(session: Session, mailout_id: UUID) -> Mailout:
    """Return a mailout as it is now, locked until the transaction ends."""
    query = select(Mailout).where(Mailout.id == mailout_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def without_plan(session: Session, mailout_id: UUID) -> Mailout:
    """Return a mailout for those who need no more than its name, its state and its approval.

    To read the plan takes longer than all else.
    """
    return session.get_one(Mailout, mailout_id, options=[defer(Mailout.plan)])


def sending_times(session: Session, mailout_ids: Collection[UUID]) -> dict[UUID, SendingTimes]:
    """Return when the letters of each mailout may leave."""
    return _sending_times(session, TIMES.where(Mailout.id.in_(mailout_ids)))


def open_mailouts(session: Session, *, now: datetime) -> list[UUID]:
    """Return the releasing mailouts whose letters may leave at this moment.

    Not one of which some letters are not queued yet: none leaves before all can.
    """
    found = _sending_times(session, TIMES_OF_RELEASING)
    return [mailout_id for mailout_id, times in found.items() if times.is_open(now)]


TIMES: Final = select(
    Mailout.id, Mailout.opens, Mailout.closes, Mailout.sending_days, Mailout.extra_holidays
)
TIMES_OF_RELEASING: Final = TIMES.where(
    Mailout.state == MailoutState.RELEASING, Mailout.under_way.is_(None)
)
"""Built once: every batch of letters asks it."""


def _sending_times(session: Session, query: Select[*tuple[Any, ...]]) -> dict[UUID, SendingTimes]:
    return {
        id_: times_of(
            SendingHours(opens, closes) if opens and closes else None,
            days,
            Holidays(ENGLAND, [date.fromisoformat(day) for day in extra_holidays]),
        )
        for id_, opens, closes, days, extra_holidays in session.execute(query).all()
    }


def mailouts_in(session: Session, *states: MailoutState) -> Sequence[Mailout]:
    """Return the mailouts in any of these states, oldest first."""
    query = select(Mailout).where(Mailout.state.in_(states)).order_by(Mailout.created_at)
    return session.scalars(query).all()


def stamp_of_mailouts(session: Session) -> tuple[object, ...]:
    """Return what differs once any mailout has moved on, or has another plan."""
    moves = Mailout.state, Mailout.released_at, Mailout.plan_digest, Mailout.approved_at
    query = select(Mailout.id, *moves).order_by(Mailout.id)
    return tuple(map(tuple, session.execute(query)))


def under_way(session: Session, *, now: datetime) -> Sequence[Mailout]:
    """Return the mailouts with work that goes through all letters and that no process holds."""
    is_free = or_(Mailout.lease_until.is_(None), Mailout.lease_until <= now)
    query = select(Mailout).where(
        Mailout.state.in_(list(UNDER_WAY)), Mailout.under_way.is_not(None), is_free
    )
    return session.scalars(query.order_by(Mailout.created_at)).all()


def lock_unreleased(session: Session) -> Sequence[Mailout]:
    """Lock and return every mailout that has not been released, as it is now.

    Drafts too: a change to the register must wait for a transaction that is rendering one, or that
    draft would end up rendered from data that is out of date.
    """
    query = _unreleased().with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def unreleased_mailouts(session: Session) -> Sequence[Mailout]:
    """Return every mailout that has not been released."""
    return session.scalars(_unreleased()).all()


def _unreleased() -> Select[Mailout]:
    is_unreleased = Mailout.state.in_(CHANGEABLE), Mailout.released_at.is_(None)
    # Always in one order, so that two transactions that lock them cannot deadlock.
    return select(Mailout).where(*is_unreleased).order_by(Mailout.id)
