"""Claiming letters to render."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    Letter,
    Mailout,
)
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState


def is_letter_wanted(session: Session, *, now: datetime) -> bool:
    """Whether there is a letter for `claim_letters` to take."""
    return session.scalar(_wanted(now).limit(1)) is not None


def _wanted(now: datetime) -> Select[Letter]:
    """Return the letters that wait for a renderer and that nobody holds."""
    is_free = or_(Letter.lease_until.is_(None), Letter.lease_until < now)
    return (
        select(Letter)
        .join(Mailout, Mailout.id == Letter.mailout_id)
        .where(Letter.state == LetterState.WANTED, is_free, Mailout.state == MailoutState.DRAFT)
    )


def claim_letters(
    session: Session, *, now: datetime, lease_until: datetime, limit: int
) -> list[tuple[Letter, str | None]]:
    """Take up to `limit` letters to render, each with the digest of the template asked for.

    Fresh ones come together. One whose renderer died comes alone, so that it takes no other
    down with it.
    """
    wanted = (
        _wanted(now)
        .add_columns(Mailout.template_digest)
        .order_by(Letter.attempts, Letter.authority_code)
        .limit(limit)
        .with_for_update(of=Letter, skip_locked=True)
    )
    found = [(letter, template_digest) for letter, template_digest in session.execute(wanted)]
    if found and found[0][0].attempts:
        del found[1:]
    taken = [each for each in found if each[0].attempts == found[0][0].attempts]
    for letter, _ in taken:
        letter.attempts += 1
        letter.lease_until = lease_until
    return taken
