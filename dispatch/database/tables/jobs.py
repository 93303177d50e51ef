"""Jobs: work that a page asks for and a worker does, with how far it is and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain.jobs.job import JobKind


class JobRow(Base, kw_only=True):
    """A job. Both codes are by the key that is not in the database: see `jobs.store`."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_job_last", "kind", "subject", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[JobKind]
    subject: Mapped[str]
    terms: Mapped[dict[str, str]]
    person: Mapped[str]
    keyboard: Mapped[str]
    because: Mapped[str]
    asked_at: Mapped[datetime]
    mac: Mapped[str]
    """Shows that one of our own processes took the order above."""
    token: Mapped[int] = mapped_column(default=0)
    """How often workers have begun it; one whose number is not this one any more must stop."""
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until then a worker has it."""
    done: Mapped[int] = mapped_column(default=0)
    of: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    result_mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that one of our own workers ended it like that."""
