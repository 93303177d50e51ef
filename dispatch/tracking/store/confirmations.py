"""What came back since a moment that may answer a question to a contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.tables import IncomingMail, NoticeRow


def notices_since(session: Session, moment: datetime) -> Sequence[NoticeRow]:
    """Return what was read in the messages that came since a moment, in order of arrival."""
    query = (
        select(NoticeRow)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(IncomingMail.received_at >= moment)
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    return session.scalars(query).all()
