"""What the office was told of a mailout, hour by hour."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain import reminders
from dispatch.domain.reminders import TOLD, ReminderKind, ReminderState


class Reminder(Base, kw_only=True):
    """The one reminder of a mailout for one hour, written before it is offered to the server."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("mailout_id", "slot_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    slot_at: Mapped[datetime]
    """The hour that it is for. A service that was down may send it later."""
    kind: Mapped[ReminderKind]
    unreached: Mapped[int]
    """How many authorities were not surely reached."""
    state: Mapped[ReminderState]
    remark: Mapped[str | None] = mapped_column(default=None)
    """Why nothing was sent."""
    verdicts: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """What became of it at each address that it was offered to: `offered` until that is known."""
    replies: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """What the server said of each address, word for word, or what happened to the line."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the last conversation about it had ended; None while one may go on."""

    @property
    def is_told(self) -> bool:
        """Whether somebody in the office has it, or may have."""
        return not TOLD.isdisjoint(self.verdicts.values())

    def move_to(self, state: ReminderState) -> None:
        """Change state, if the rules allow it. Nothing else may set `state`."""
        self.state = reminders.LIFE.move(self.state, state)
