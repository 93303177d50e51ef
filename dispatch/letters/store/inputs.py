"""What a transaction that only read relied on: while that is the same, what it found holds.

To go through all letters takes long, and nothing that takes long may be in a transaction that
writes. Here are a few values by which our own processes' changes show, however many letters there
are: each change of the register adds a row or ends one, and each of a mailout has an event. What
somebody else changed by hand shows at the last look at each letter, before it leaves.

They are read first: on PostgreSQL a transaction sees what others commit while it reads, and what it
has read before may then not hold.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import EventRow, Mailout
from dispatch.ledger.kinds import Subject
from dispatch.register.store import contacts

Stamp = tuple[Any, ...]
"""Compared, and nothing else."""


def stamp(session: Session, mailout: Mailout) -> Stamp:
    """Return what differs once letters of a mailout, or what they are made from, have changed."""
    last = select(func.max(EventRow.id)).where(EventRow.subject == Subject.MAILOUT.of(mailout.name))
    own = mailout.state, mailout.plan_digest, mailout.template_digest, mailout.under_way
    digests = mailout.approved_digest, mailout.rendered_digest
    return (*contacts.stamp(session), session.scalar(last), *own, *digests)
