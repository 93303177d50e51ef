"""Letters that wait to be rendered: claiming them, and reading them to store their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Uuid, exists, or_, select
from sqlalchemy.orm import Session, defer

from dispatch.database.sql import as_list, is_in, listed
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState


def is_any_wanted(session: Session, *, now: datetime) -> bool:
    """Whether there is a letter for `claim` to take."""
    return session.scalar(_wanted(now).limit(1)) is not None


def _wanted(now: datetime) -> Select[Letter]:
    """Return the letters that wait for a renderer and that no worker holds."""
    is_free = or_(Letter.lease_until.is_(None), Letter.lease_until < now)
    is_draft = exists().where(Mailout.id == Letter.mailout_id, Mailout.state == MailoutState.DRAFT)
    return select(Letter).where(is_in(Letter.state, LetterState.WANTED), is_free, is_draft)


def to_store(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, Letter]:
    """Return letters by id, locked, without their drafts: reading those takes longer than all else.

    Locked in the order of their ids, so that two that lock the same letters do so one by one.
    """
    asked = listed(session.get_bind().dialect.name, "ids", Uuid())
    query = select(Letter).where(Letter.id.in_(asked)).options(defer(Letter.draft))
    locked = query.order_by(Letter.id).with_for_update()
    rows = session.scalars(locked, {"ids": as_list((id_,) for id_ in ids)})
    return {letter.id: letter for letter in rows}


def claim(
    session: Session, *, now: datetime, lease_until: datetime, limit: int, is_new: bool
) -> list[tuple[Letter, str | None]]:
    """Take up to `limit` letters to render, each with the digest of the template asked for.

    Letters that nobody has tried come together, and no others if `is_new`. One whose worker died
    comes alone, so that if it kills this worker too, no other letter is lost with it.
    """
    template_digest = select(Mailout.template_digest).where(Mailout.id == Letter.mailout_id)
    wanted = (
        _wanted(now)
        .add_columns(template_digest.scalar_subquery())
        .order_by(Letter.attempts, Letter.authority_code)
        .limit(limit)
        # Skips rows that another worker is just claiming, instead of waiting for its commit.
        .with_for_update(of=Letter, skip_locked=True)
    )
    if is_new:
        wanted = wanted.where(Letter.attempts == 0)
    found = [(letter, template_digest) for letter, template_digest in session.execute(wanted)]
    if found and found[0][0].attempts:
        del found[1:]
    taken = [each for each in found if each[0].attempts == found[0][0].attempts]
    for letter, _ in taken:
        letter.attempts += 1
        letter.lease_until = lease_until
    return taken
