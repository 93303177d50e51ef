"""What staff are told about a mailout: who is not reached, and what will not happen on its date."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain.tracking import reminders
from dispatch.domain.tracking.reminders import MAY_HAVE_ARRIVED, ReminderKind, ReminderState


class Reminder(Base, kw_only=True):
    """The one reminder of a mailout for one hour, recorded before it is offered to the server."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("mailout_id", "slot_at", "is_warning"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    slot_at: Mapped[datetime]
    """The hour that it is for. If the service was down, it may be sent later."""
    kind: Mapped[ReminderKind]
    unreached: Mapped[int]
    """How many authorities were not certainly reached; 0 in a warning, which is not about that."""
    state: Mapped[ReminderState]
    remark: Mapped[str | None] = mapped_column(default=None)
    """Why nothing was sent."""
    verdicts: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """The verdict for each address that it was offered to: `offered` until that is known."""
    replies: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """The server's reply for each address, word for word, or what happened to the connection."""
    created_at: Mapped[datetime]
    is_warning: Mapped[bool] = mapped_column(default=False)
    """Whether it says what will not happen on its date: it has moments of its own."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the last conversation about it ended; None while one may be going on."""

    @property
    def may_have_arrived(self) -> bool:
        """Whether a member of staff has it, or may have it."""
        return not MAY_HAVE_ARRIVED.isdisjoint(self.verdicts.values())

    def move_to(self, state: ReminderState) -> None:
        """Change state, or raise `ImpossibleMove`. Nothing else may set `state`."""
        self.state = reminders.LIFE.move(self.state, state)
