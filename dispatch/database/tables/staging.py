"""Files that came in by a page and wait for a person to agree to what they change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.database.types import Frozen
from dispatch.domain.register.staging import LineKind, Reading, StagedState


class StagedFile(Base, kw_only=True):
    """A file as it came, what was read in it, and whether it was taken in."""

    __tablename__ = "staged_file"
    __table_args__ = (Index("ix_staged_file_staged_at", "staged_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    """Bytes, as it came."""
    content: Mapped[bytes] = mapped_column(deferred=True)
    """Empty once it is taken in: the file that it became has it."""
    is_complete: Mapped[bool] = mapped_column(default=False)
    ignores_unknown: Mapped[bool] = mapped_column(default=False)
    although: Mapped[str] = mapped_column(default="")
    """How it is to be read: see `register.imports.File`."""
    rows: Mapped[int]
    """Those of the file that are not blank, with its headings."""
    staged_at: Mapped[datetime]
    staged_by: Mapped[str]
    state: Mapped[StagedState] = mapped_column(default=StagedState.UNREAD, index=True)
    reading: Mapped[Reading | None] = mapped_column(Frozen(Reading), default=None)
    difference: Mapped[str | None] = mapped_column(default=None)
    """The digest of all that it changes; None unless it was read and nothing is wrong."""
    mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that one of our own processes has read this in it: see `register.store.staged`."""
    taken_in_at: Mapped[datetime | None] = mapped_column(default=None)
    taken_in_by: Mapped[str | None] = mapped_column(default=None)
    source_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("source_file.id"), default=None)
    mailout: Mapped[str | None] = mapped_column(default=None, index=True)
    """Of a spreadsheet that is kept aside: the name of the mailout whose plan it is for."""
    authority_code: Mapped[str | None] = mapped_column(default=None)
    """Of the authority that its name named when it came; None if it named none, or several."""


class StagedLine(Base, kw_only=True):
    """One line of what was read in a file: a row with what is wrong, or one change."""

    __tablename__ = "staged_line"

    staged_file_id: Mapped[UUID] = mapped_column(ForeignKey("staged_file.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Its place among all lines of the file, from 1."""
    kind: Mapped[LineKind]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    mac: Mapped[str]
