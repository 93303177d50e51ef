"""The tables, one class each, in the order in which a letter meets them.

A class that ends in `Row` is the stored form of the domain's value of that name.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    mapped_column,
    relationship,
)

from dispatch.db.types import AwareDateTime, BigId, Frozen
from dispatch.domain import delivery, mailout
from dispatch.domain.authority import Authority, Contact
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.figures import Figures
from dispatch.domain.letter import Draft, LetterState, RecipientKind
from dispatch.domain.mailout import MailoutState, Plan


class Base(MappedAsDataclass, DeclarativeBase):
    """Base of all tables: typed constructors, and enums stored as the words they mean."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: AwareDateTime,
        dict[str, str]: JSON,
        dict[str, int]: JSON,
        list[str]: JSON,
        Plan: Frozen(Plan),
        Draft: Frozen(Draft),
        Enum: EnumColumn(
            Enum,
            values_callable=lambda members: [member.value for member in members],
            native_enum=False,
            length=32,
        ),
    }


class SourceFile(Base, kw_only=True):
    """A file that came in, kept as it came."""

    __tablename__ = "source_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(deferred=True)
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]


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

    def to_authority(self) -> Authority:
        return Authority(
            code=self.code,
            name=self.name,
            official_name=self.official_name,
            kind=self.kind,
            group=self.group,
            region=self.region,
            start_date=self.start_date,
            last_day=self.last_day,
            successors=tuple(self.successors),
            source=self.source,
        )


class ContactRow(Base, kw_only=True):
    """A person in a role from one day on. A change ends this row and adds another."""

    __tablename__ = "contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"), index=True)
    role: Mapped[str]
    address: Mapped[str]
    honorific: Mapped[str | None] = mapped_column(default=None)
    given_name: Mapped[str | None] = mapped_column(default=None)
    surname: Mapped[str | None] = mapped_column(default=None)
    job_title: Mapped[str | None] = mapped_column(default=None)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(default=None)
    """The first day on which this no longer holds; None while it does."""
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

    def to_figures(self) -> Figures:
        return Figures(
            authority=self.authority_code,
            year=self.year,
            counts=self.counts,
            percentages=self.percentages,
            synthetic=tuple(self.synthetic),
            source=self.source,
        )


class Suppression(Base, kw_only=True):
    """An address that is not to be written to, until it is lifted."""

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


class Mailout(Base, kw_only=True):
    """One run: its plan, where it stands, and who took it there."""

    __tablename__ = "mailout"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[MailoutState] = mapped_column(default=MailoutState.DRAFT, index=True)
    plan: Mapped[Plan]
    plan_digest: Mapped[str]
    source_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("source_file.id"), default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    template_digest: Mapped[str | None] = mapped_column(default=None)
    rendered_by: Mapped[str | None] = mapped_column(default=None)
    """Who asked for the letters; somebody else must approve them."""
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_digest: Mapped[str | None] = mapped_column(default=None)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    remark: Mapped[str | None] = mapped_column(default=None)
    """Why it is not further on: what made the approval void, or what stopped the release."""

    def move_to(self, state: MailoutState) -> None:
        """Change state, if the rules allow it. Nothing else may set `state`."""
        self.state = mailout.move(self.state, state)


class Document(Base, kw_only=True):
    """Bytes by their SHA-256: letters in each form, attachments. Never changed."""

    __tablename__ = "document"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)


class Letter(Base, kw_only=True):
    """One authority's letter in a mailout: its content, then its bytes, frozen by a digest."""

    __tablename__ = "letter"
    __table_args__ = (
        Index(
            "ix_letter_in_force",
            "mailout_id",
            "authority_code",
            "version",
            unique=True,
            sqlite_where=text("state != 'void'"),
            postgresql_where=text("state != 'void'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"), index=True)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    version: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("letter.id"), default=None)
    state: Mapped[LetterState] = mapped_column(default=LetterState.WANTED, index=True)
    draft: Mapped[Draft]
    fingerprint: Mapped[str]
    """The digest of all it was made from."""
    subject: Mapped[str | None] = mapped_column(default=None)
    parts: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """The SHA-256 of each form, by name."""
    digest: Mapped[str | None] = mapped_column(default=None)
    """The digest that approval, sending and upload all rest on."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    rendered_at: Mapped[datetime | None] = mapped_column(default=None)


class Delivery(Base, kw_only=True):
    """One letter to one address: the record that reports and the audit show."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_mailout", "mailout_id", "state"),
        Index(
            "ix_delivery_once",
            "letter_id",
            "address_key",
            unique=True,
            sqlite_where=text("replaces_id IS NULL"),
            postgresql_where=text("replaces_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    kind: Mapped[RecipientKind]
    role: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    """The address folded for comparison: no letter goes twice to one mailbox by itself."""
    name: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    not_after: Mapped[datetime]
    state_at: Mapped[datetime]
    """When it came into its state."""
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[int] = mapped_column(default=0)
    """Counts claims: a worker that thaws after its lease finds that its token is stale."""
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    last_reply: Mapped[str | None] = mapped_column(default=None)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery.id"), default=None)

    letter: Mapped[Letter] = relationship(init=False, repr=False)

    def move_to(self, state: DeliveryState, at: datetime) -> None:
        """Change state, if the rules allow it. Nothing else may set `state`."""
        self.state = delivery.move(self.state, state)
        self.state_at = at


class Attempt(Base, kw_only=True):
    """One try at a delivery: written when the message was offered or the try ended."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    envid: Mapped[str] = mapped_column(index=True)
    """The envelope id that this attempt gave the server (RFC 3461)."""
    server: Mapped[str]
    tls: Mapped[str | None] = mapped_column(default=None)
    """The TLS version and cipher, or None where the line was in the clear."""
    started_at: Mapped[datetime]
    offered_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    verdict: Mapped[str | None] = mapped_column(default=None)
    verb: Mapped[str | None] = mapped_column(default=None)
    code: Mapped[int | None] = mapped_column(default=None)
    enhanced_status: Mapped[str | None] = mapped_column(default=None)
    text: Mapped[str | None] = mapped_column(default=None)
    """The server's reply word for word, or what happened to the line."""


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
