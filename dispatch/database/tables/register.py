"""The register: authorities, contacts and figures from imported files, and suppressions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain.digest import sha256
from dispatch.domain.register import search
from dispatch.domain.register.authority import Contact
from dispatch.domain.word import Word


class SourceFile(Base, kw_only=True):
    """An imported file, stored byte for byte."""

    __tablename__ = "source_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(deferred=True)
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]

    @classmethod
    def of(cls, kind: str, name: str, content: bytes, word: Word) -> Self:
        """Return the row of a file that a person imports."""
        return cls(
            kind=kind,
            name=name,
            sha256=sha256(content),
            content=content,
            imported_at=word.at,
            imported_by=word.person,
        )


def _searched(context: DefaultExecutionContext) -> str:
    """Return the text in which a new authority is looked for."""
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    names = given["name"], given["official_name"]
    return search.searched(names, given.get("former_names") or ())


class AuthorityRow(Base, kw_only=True):
    """A body that gets a letter."""

    __tablename__ = "authority"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    official_name: Mapped[str]
    kind: Mapped[str]
    group: Mapped[str | None] = mapped_column("comparison_group", default=None)
    region: Mapped[str | None] = mapped_column(default=None)
    start_date: Mapped[date | None] = mapped_column(default=None)
    last_day: Mapped[date | None] = mapped_column(default=None)
    successors: Mapped[list[str]] = mapped_column(default_factory=list)
    source: Mapped[str | None] = mapped_column(default=None)
    source_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("source_file.id"), default=None)
    former_names: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    """What it was called before, by which people look for it; the ledger has each change."""
    searched: Mapped[str] = mapped_column(init=False, insert_default=_searched, server_default="")
    """The text in which it is looked for: see `domain.register.search`."""


class ContactRow(Base, kw_only=True):
    """A person in a role at an authority from a day on. A change ends this row and adds another."""

    __tablename__ = "contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"), index=True)
    role: Mapped[str]
    address: Mapped[str]
    honorific: Mapped[str | None] = mapped_column(default=None)
    given_name: Mapped[str | None] = mapped_column(default=None)
    surname: Mapped[str | None] = mapped_column(default=None)
    job_title: Mapped[str | None] = mapped_column(default=None)
    language: Mapped[str | None] = mapped_column(default=None)
    """In which they asked to be written to; None if they have not said."""
    postal_address: Mapped[str | None] = mapped_column(default=None)
    """Where post reaches them, its lines joined by commas; "" once it is deleted."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(default=None)
    """The first day on which the person no longer holds the role; None while they do."""
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"), default=None)
    source_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("source_file.id"), default=None)

    def to_contact(self) -> Contact:
        return Contact(
            authority=self.authority_code,
            role=self.role,
            address=self.address,
            honorific=self.honorific,
            given_name=self.given_name,
            surname=self.surname,
            job_title=self.job_title,
            language=self.language,
            postal_address=self.postal_address or None,
        )


class FiguresRow(Base, kw_only=True):
    """An authority's numbers for a year. A correction is a new row; only one is current."""

    __tablename__ = "figures"
    __table_args__ = (
        Index(
            "ix_figures_current",
            "authority_code",
            "year",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        # For the seal of what was said of some authorities: those that were corrected, too.
        Index("ix_figures_authority", "authority_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    year: Mapped[str] = mapped_column(index=True)
    counts: Mapped[dict[str, int]]
    percentages: Mapped[dict[str, int]]
    synthetic: Mapped[list[str]]
    source: Mapped[str | None] = mapped_column(default=None)
    is_current: Mapped[bool] = mapped_column(default=True)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("figures.id"), default=None)
    source_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("source_file.id"), default=None)


class Suppression(Base, kw_only=True):
    """An address that must not be written to, until the suppression is lifted."""

    __tablename__ = "suppression"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    address: Mapped[str] = mapped_column(index=True)
    """Folded as `domain.address.folded` does."""
    reason: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    lifted_at: Mapped[datetime | None] = mapped_column(default=None)
    lifted_by: Mapped[str | None] = mapped_column(default=None)
    lifted_because: Mapped[str | None] = mapped_column(default=None)
