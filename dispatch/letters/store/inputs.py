"""What a transaction that only read relied on: while that is the same, what it found holds.

To go through all letters takes long, and nothing that takes long may be in a transaction that
writes. Here are a few values by which our own processes' changes show, however many letters there
are: each change of the register adds a row or ends one, and each of a mailout has an event. What
somebody else changed by hand shows at the last look at each letter, before it leaves.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import ContactRow, EventRow, Mailout, SourceFile
from dispatch.ledger.kinds import Subject

Stamp = tuple[Any, ...]
"""Compared, and nothing else."""


def stamp(session: Session, mailout: Mailout) -> Stamp:
    """Return what differs once letters of a mailout, or what they are made from, have changed."""
    session.flush()
    about = EventRow.subject == Subject.MAILOUT.of(mailout.name)
    counts = (
        select(func.count()).select_from(ContactRow),
        select(func.count(ContactRow.valid_until)),  # those who are in post no longer
        select(func.count()).select_from(SourceFile),
        select(func.max(SourceFile.imported_at)),
        select(func.max(EventRow.id)).where(about),
    )
    found = session.execute(select(*(each.scalar_subquery() for each in counts))).one()
    own = mailout.state, mailout.plan_digest, mailout.template_digest, mailout.under_way
    return (*found, *own, mailout.approved_digest, mailout.rendered_digest)


def others(session: Session) -> Stamp:
    """Return what differs once any mailout has moved on."""
    columns = Mailout.id, Mailout.state, Mailout.released_at
    return tuple(map(tuple, session.execute(select(*columns).order_by(Mailout.id))))
