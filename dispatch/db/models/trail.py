"""What happened, and who is alive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dispatch.db.metadata import Base
from dispatch.db.types import BigId


class EventRow(Base, kw_only=True):
    """One line of the ledger; `db.journal` is its only writer."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, init=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, str]]


class Heartbeat(Base, kw_only=True):
    """When a clock or a worker was last seen."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    seen_at: Mapped[datetime]
