"""Letters that go by post, for those whom email has not reached."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain.posting import posting
from dispatch.domain.posting.posting import PostingState


class Posting(Base, kw_only=True):
    """One letter to one postal address. On which day it was posted, its events in the ledger say.

    A person may have been wrong about the day, and what is written here never changes.
    """

    __tablename__ = "posting"
    __table_args__ = (
        Index("ix_posting_mailout", "mailout_id", "authority_code"),
        # One print file of a letter at a time: two would be two envelopes.
        Index(
            "ix_posting_printed",
            "letter_id",
            unique=True,
            sqlite_where=text("state = 'printed'"),
            postgresql_where=text("state = 'printed'"),
        ),
        Index("ix_posting_letter", "letter_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    authority_code: Mapped[str]
    """The code of its letter."""
    role: Mapped[str]
    name: Mapped[str]
    """Whom it is addressed to."""
    address: Mapped[str]
    """What stands in the window, a line each."""
    envelope: Mapped[str]
    documents: Mapped[list[str]]
    """The SHA-256 of each PDF behind the address sheet, in their order: the approved ones."""
    made_at: Mapped[datetime]
    """When its print file was made first."""
    state: Mapped[PostingState] = mapped_column(default=PostingState.PRINTED)
    state_at: Mapped[datetime]
    mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that one of our own processes made it for this letter and this address."""

    @property
    def where(self) -> str:
        """The address on one line; empty once it was deleted."""
        return self.address.replace("\n", ", ")

    def move_to(self, state: PostingState, at: datetime) -> None:
        """Change state at a moment, or raise `ImpossibleMove`. The row must be locked."""
        self.state = posting.LIFE.move(self.state, state)
        self.state_at = at
