"""Messages received, and how each arrived."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.database.types import BigId
from dispatch.domain.incoming.message import MailState


class IncomingMail(Base, kw_only=True):
    """A message as it was received; once, even if it arrives more than once."""

    __tablename__ = "incoming_mail"
    __table_args__ = (Index("ix_incoming_mail_due", "state", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    sha256: Mapped[str] = mapped_column(unique=True)
    content: Mapped[bytes] = mapped_column(deferred=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[MailState] = mapped_column(default=MailState.UNREAD)
    due_at: Mapped[datetime]
    """When it may be read, if it is unread; while a worker reads it, when the lease ends."""
    tries: Mapped[int] = mapped_column(default=0)
    """How many readings began and did not end."""
    trouble: Mapped[str | None] = mapped_column(default=None)
    """Why it is in quarantine."""


class Arrival(Base, kw_only=True):
    """One way in which a message arrived."""

    __tablename__ = "arrival"
    __table_args__ = (
        Index("ix_arrival_uid", "folder", "uidvalidity", "uid", unique=True),
        Index(
            "ix_arrival_once",
            "mail_id",
            "source",
            "folder",
            "recipient",
            unique=True,
            sqlite_where=text("uid IS NULL"),
            postgresql_where=text("uid IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mail_id: Mapped[UUID] = mapped_column(ForeignKey("incoming_mail.id"), index=True)
    source: Mapped[str]
    folder: Mapped[str]
    uidvalidity: Mapped[int | None] = mapped_column(BigId, default=None)
    uid: Mapped[int | None] = mapped_column(BigId, default=None)
    recipient: Mapped[str]
    at: Mapped[datetime]
