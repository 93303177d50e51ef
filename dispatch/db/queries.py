"""Every question we ask about mailouts, letters and deliveries, by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from dispatch.db import register
from dispatch.db.models import (
    Attempt,
    AuthorityRow,
    Delivery,
    Heartbeat,
    Letter,
    Mailout,
    Suppression,
)
from dispatch.db.upsert import insert_into
from dispatch.domain.address import folded
from dispatch.domain.delivery import WAITING, DeliveryState
from dispatch.domain.drafting import Register
from dispatch.domain.errors import NotFound
from dispatch.domain.hours import SendingHours
from dispatch.domain.letter import NOT_IN_FORCE, LetterState
from dispatch.domain.mailout import MailoutState, Plan


def mailouts(session: Session) -> Sequence[Mailout]:
    """Return every mailout, the newest first."""
    return session.scalars(select(Mailout).order_by(Mailout.created_at.desc())).all()


def mailout_named(session: Session, name: str, *, is_locked: bool = False) -> Mailout:
    """Return a mailout by name, or raise `NotFound` naming those there are.

    Locked, it stays as it is until the caller's transaction ends, and is read afresh.
    """
    query = select(Mailout).where(Mailout.name == name)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    if found := session.scalars(query).one_or_none():
        return found
    known = ", ".join(mailout.name for mailout in mailouts(session))
    there = f"there are: {known}" if known else "make one with `dispatch mailout new FILE.toml`"
    raise NotFound(f"no mailout is called {name!r}; {there}")


def mailout_of(session: Session, letter_id: UUID) -> Mailout:
    """Return the mailout that a letter belongs to, locked until the transaction ends."""
    query = select(Mailout).join(Letter, Letter.mailout_id == Mailout.id)
    return session.scalars(query.where(Letter.id == letter_id).with_for_update(of=Mailout)).one()


def sending_hours(
    session: Session, mailout_ids: Collection[UUID]
) -> dict[UUID, SendingHours | None]:
    """Return the hours in which the letters of each mailout may leave; None for any hour."""
    query = select(Mailout.id, Mailout.opens, Mailout.closes).where(Mailout.id.in_(mailout_ids))
    return {
        id_: SendingHours(opens, closes) if opens and closes else None
        for id_, opens, closes in session.execute(query)
    }


def mailouts_in(session: Session, *states: MailoutState) -> Sequence[Mailout]:
    """Return the mailouts in any of these states, oldest first."""
    query = select(Mailout).where(Mailout.state.in_(states)).order_by(Mailout.created_at)
    return session.scalars(query).all()


def register_for(session: Session, plan: Plan) -> Register:
    """Return all that the letters of a plan are drawn up from, as it is now."""
    return Register(
        authorities=register.authorities(session),
        contacts=register.contacts_in_post(session, (*plan.to_roles, *plan.cc_roles)),
        figures=register.current_figures(session, plan.year),
        suppressed=suppressed(session),
    )


def suppressed(session: Session) -> frozenset[str]:
    """Return the addresses, folded, that are not to be written to."""
    query = select(Suppression.address).where(Suppression.lifted_at.is_(None))
    return frozenset(session.scalars(query))


def letters(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return the letters of a mailout that are in force, by authority: the last version of each."""
    query = select(Letter).where(*_in_force(mailout)).order_by(Letter.authority_code)
    return session.scalars(query).all()


def _in_force(mailout: Mailout) -> Iterator[ColumnElement[bool]]:
    """Yield what holds of a letter that neither is void, nor proposed, nor replaced by another."""
    later = aliased(Letter)
    yield Letter.mailout_id == mailout.id
    yield Letter.state.not_in(NOT_IN_FORCE)
    yield ~exists().where(
        later.mailout_id == Letter.mailout_id,
        later.authority_code == Letter.authority_code,
        later.version > Letter.version,
        later.state.not_in(NOT_IN_FORCE),
    )


def letter_of(
    session: Session, mailout: Mailout, code: str, *, version: int | None = None
) -> Letter:
    """Return one authority's letter as it is in force, or a version, or raise `NotFound`."""
    is_wanted = [*_in_force(mailout)] if version is None else [*_versions(mailout, version)]
    query = select(Letter).where(*is_wanted, Letter.authority_code == authority_code(session, code))
    if found := session.scalars(query).one_or_none():
        return found
    if version is not None:
        raise NotFound(f"there is no version {version} of the letter of {code} in {mailout.name}")
    raise NotFound(
        f"{mailout.name} has no letter for {code}; `dispatch mailout check {mailout.name}` says "
        f"why, or `dispatch mailout render {mailout.name}` makes it"
    )


def _versions(mailout: Mailout, version: int) -> Iterator[ColumnElement[bool]]:
    yield Letter.mailout_id == mailout.id
    yield Letter.state != LetterState.VOID
    yield Letter.version == version


def authority_code(session: Session, code: str) -> str:
    """Return a code as it is registered, whatever its letter case, or raise `NotFound`."""
    query = select(AuthorityRow.code).where(func.lower(AuthorityRow.code) == code.lower())
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound(f"no authority has the code {code!r}; see the file that was imported")


def letter_counts(session: Session, mailout: Mailout) -> dict[LetterState, int]:
    """Return how many letters of a mailout, of those in force, are in each state."""
    query = select(Letter.state, func.count()).where(*_in_force(mailout)).group_by(Letter.state)
    return dict(session.execute(query).all())


def deliveries(session: Session, mailout: Mailout, *states: DeliveryState) -> Sequence[Delivery]:
    """Return the deliveries of a mailout, in all states or in these, by authority."""
    query = select(Delivery).where(Delivery.mailout_id == mailout.id)
    if states:
        query = query.where(Delivery.state.in_(states))
    # To stands before Cc: "to" sorts after "cc", so the order is turned round.
    return session.scalars(query.order_by(Delivery.authority_code, Delivery.kind.desc())).all()


def first_delivery(session: Session, letter: Letter) -> Delivery | None:
    """Return the first delivery to the letter's first recipient, once there is one."""
    address_key = folded(letter.draft.recipients[0].address)
    query = select(Delivery).where(
        Delivery.letter_id == letter.id,
        Delivery.address_key == address_key,
        Delivery.mail.is_(None),  # not one with a note of its own
    )
    return session.scalars(query).one_or_none()


def attempts(session: Session, delivery_id: UUID) -> Sequence[Attempt]:
    """Return the tries at one delivery, in order."""
    query = select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number)
    return session.scalars(query).all()


def last_replies(session: Session, mailout: Mailout) -> dict[UUID, str | None]:
    """Return the last word on each delivery of a mailout: a server's, or what the line did."""
    query = (
        select(Attempt.delivery_id, Attempt.code, Attempt.text)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.mailout_id == mailout.id)
        .order_by(Attempt.number)
    )
    return {
        delivery_id: f"{code or ''} {text or ''}".strip() or None
        for delivery_id, code, text in session.execute(query)
    }


def has_deliveries_in(
    session: Session, mailout: Mailout, states: Collection[DeliveryState]
) -> bool:
    """Whether a mailout has a delivery in any of these states; quick however many it has."""
    query = select(Delivery.id).where(Delivery.mailout_id == mailout.id, Delivery.state.in_(states))
    return session.scalar(query.limit(1)) is not None


def delivery_counts(session: Session, mailout: Mailout) -> dict[DeliveryState, int]:
    """Return how many deliveries of a mailout are in each state."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.mailout_id == mailout.id)
        .group_by(Delivery.state)
    )
    return dict(session.execute(query).all())


def next_due_at(session: Session, mailout: Mailout) -> datetime | None:
    """Return when the first of the deliveries that wait is due, or None if none waits."""
    query = select(func.min(Delivery.due_at)).where(
        Delivery.mailout_id == mailout.id, Delivery.state.in_(WAITING)
    )
    return session.scalar(query)


def due_authorities(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of the authorities that a letter is in force for."""
    return frozenset(session.scalars(select(Letter.authority_code).where(*_in_force(mailout))))


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """Return when each clock and worker was last seen."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.kind, Heartbeat.name)).all()


def beat(session: Session, kind: str, name: str, now: datetime, every: timedelta) -> bool:
    """Note that a clock or a worker is alive, no more often than `every`; forget the long gone.

    Returns whether it was noted.
    """
    row = session.get(Heartbeat, name)
    if row is not None and abs(now - row.seen_at) < every:
        return False
    seen = insert_into(session, Heartbeat).values(name=name, kind=kind, seen_at=now)
    session.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now}))
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - GONE_AFTER))
    return True


GONE_AFTER: Final = timedelta(days=1)
