"""What messages were read as, what that changed, and the contacts that they suggest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.database.types import Frozen
from dispatch.domain.incoming.message import SuggestionState, Trust
from dispatch.domain.notice import Action, Category, Clue, Notice, Reason


class NoticeRow(Base, kw_only=True):
    """What a message was read as, and what that changed. A new reading replaces the last one."""

    __tablename__ = "notice"
    # Over the few that may keep an authority from being surely reached.
    __table_args__ = (
        Index(
            "ix_notice_unbelieved",
            "delivery_id",
            sqlite_where=text("is_believed = 0"),
            postgresql_where=text("NOT is_believed"),
        ),
        Index(
            "ix_notice_about_us",
            "delivery_id",
            sqlite_where=text("is_about_us = 1"),
            postgresql_where=text("is_about_us"),
        ),
        Index(
            "ix_notice_delayed",
            "delivery_id",
            sqlite_where=text("action = 'delayed'"),
            postgresql_where=text("action = 'delayed'"),
        ),
    )

    mail_id: Mapped[UUID] = mapped_column(ForeignKey("incoming_mail.id"), primary_key=True)
    version: Mapped[int]
    """The version of the rules that it was read by."""
    read_at: Mapped[datetime]
    category: Mapped[Category] = mapped_column(index=True)
    notice: Mapped[Notice] = mapped_column(Frozen(Notice))
    due_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    """When conclusions must be drawn from it; None once they are."""
    concluded: Mapped[str | None] = mapped_column(default=None)
    """The digest of everything that its last conclusions rest on: the same again has no effect."""
    delivery_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("delivery.id"), index=True, default=None
    )
    clue: Mapped[Clue | None] = mapped_column(default=None)
    """What links it to the delivery."""
    trust: Mapped[Trust | None] = mapped_column(default=None)
    """None until the first conclusion is drawn."""
    action: Mapped[Action | None] = mapped_column(default=None)
    reason: Mapped[Reason | None] = mapped_column(default=None)
    status: Mapped[str | None] = mapped_column(default=None)
    is_hard: Mapped[bool] = mapped_column(default=False)
    is_about_us: Mapped[bool] = mapped_column(default=False)
    counts_against_address: Mapped[bool] = mapped_column(default=False)
    """These six are what it says about the delivery: see `domain.incoming.notice_effects`."""
    is_believed: Mapped[bool] = mapped_column(default=False)
    """Whether it may change the delivery: it came in time and is verified, or was confirmed."""
    suppression_id: Mapped[UUID | None] = mapped_column(ForeignKey("suppression.id"), default=None)
    """The suppression that it caused."""
    confirmed_by: Mapped[str | None] = mapped_column(default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_because: Mapped[str | None] = mapped_column(default=None)
    dismissed_by: Mapped[str | None] = mapped_column(default=None)
    """Who says that it is not genuine, or does not matter: it no longer waits for anybody."""
    dismissed_at: Mapped[datetime | None] = mapped_column(default=None)
    dismissed_because: Mapped[str | None] = mapped_column(default=None)

    def forget_decision(self) -> None:
        """Forget what a person said of it, since it says something else now."""
        self.confirmed_by = self.confirmed_at = self.confirmed_because = None
        self.dismissed_by = self.dismissed_at = self.dismissed_because = None


class Suggestion(Base, kw_only=True):
    """A new contact in place of one who has left, as an answer to a message of ours names them."""

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("ix_suggestion_once", "delivery_id", "address_key", unique=True),
        Index("ix_suggestion_asked", "question_id", "address_key", unique=True),
        Index("ix_suggestion_state", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mail_id: Mapped[UUID] = mapped_column(ForeignKey("incoming_mail.id"), index=True)
    delivery_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery.id"), default=None)
    """The delivery that was answered; None if it was a question to a contact."""
    question_id: Mapped[UUID | None] = mapped_column(default=None)
    """The id of that question, as its message has it."""
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"), default=None)
    """The contact who was asked."""
    mailout_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailout.id"), default=None)
    """The mailout before which they were asked."""
    address: Mapped[str]
    address_key: Mapped[str]
    name: Mapped[str]
    sentence: Mapped[str]
    """The sentence that says so, word for word."""
    state: Mapped[SuggestionState] = mapped_column(default=SuggestionState.OPEN)
    made_at: Mapped[datetime]
    first_by: Mapped[str | None] = mapped_column(default=None)
    """Who accepted it first, if nothing proves it: somebody else decides."""
    first_at: Mapped[datetime | None] = mapped_column(default=None)
    first_because: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(default=None)
    because: Mapped[str | None] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"), default=None)
    """The contact that was entered because of it."""
