"""Deliveries, and the attempts at each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain import delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import RecipientKind
from dispatch.domain.reply import Reply
from dispatch.domain.sending.envelope import REHEARSED, coded


def _new_id() -> UUID:
    return coded(uuid4())


class Delivery(Base, kw_only=True):
    """One letter to one address: the record that reports and the audit show."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_address", "address_key"),
        # With operators for LIKE, which PostgreSQL needs for the letters about SRY, to SRY/ESU too.
        Index(
            "ix_delivery_authority",
            "authority_code",
            postgresql_ops={"authority_code": "text_pattern_ops"},
        ),
        Index("ix_delivery_letter", "letter_id"),
        # In the order in which they are claimed, so that a claim need not sort all that wait.
        Index(
            "ix_delivery_waiting",
            "due_at",
            "letter_id",
            "id",
            sqlite_where=text("state IN ('deferred', 'queued')"),
            postgresql_where=text("state IN ('deferred', 'queued')"),
        ),
        # For the clock, each second: those that a worker may have lost.
        Index(
            "ix_delivery_held",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'offered')"),
            postgresql_where=text("state IN ('claimed', 'offered')"),
        ),
        Index("ix_delivery_mailout", "mailout_id", "state"),
        # Whether any address of a mailout was purged.
        Index(
            "ix_delivery_purged",
            "mailout_id",
            sqlite_where=text("address = ''"),
            postgresql_where=text("address = ''"),
        ),
        Index(
            "ix_delivery_once",
            "letter_id",
            "address_key",
            unique=True,
            sqlite_where=text("replaces_id IS NULL"),
            postgresql_where=text("replaces_id IS NULL"),
        ),
        # Over the few that have one: with statistics of all that have none, SQLite takes it for
        # worthless, and reads every delivery to find what follows one.
        Index(
            "ix_delivery_replaces",
            "replaces_id",
            unique=True,
            sqlite_where=text("replaces_id IS NOT NULL"),
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        # In the order in which they are listed; and which authorities have none.
        Index("ix_delivery_in_order", "mailout_id", "authority_code", "role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=_new_id)
    """Its version says which form its Message-ID has: see `envelope.CODED`."""
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letter.id"))
    authority_code: Mapped[str]
    """The code of its letter."""
    kind: Mapped[RecipientKind]
    role: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    """The address folded for comparison, so that no letter is addressed to one mailbox twice."""
    name: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    not_after: Mapped[datetime]
    state_at: Mapped[datetime]
    """When it entered its state."""
    attempts: Mapped[int] = mapped_column(default=0)
    about_us: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many attempts got a reply about ourselves: they do not make the waits longer."""
    token: Mapped[int] = mapped_column(default=0)
    """Counts claims. A worker frozen for longer than its lease finds its token outdated."""
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery.id"), default=None)
    """The delivery that this one follows, if its letter is sent again. At most one follows each."""
    mail: Mapped[str | None] = mapped_column(default=None)
    """The SHA-256 of the message's body if a covering note makes it differ from its letter's."""
    sent_as: Mapped[str | None] = mapped_column(default=None)
    """From whom it is, where replies go, and whether a machine sent it: see `envelope.SentAs`. None
    in deliveries that earlier releases queued: those are as the settings say."""
    mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that one of our own processes queued this letter to this address."""

    @property
    def is_rehearsal(self) -> bool:
        """Whether it went, or goes, to the address of a rehearsal and not to its recipient."""
        return REHEARSED in (self.sent_as or "")

    def move_to(self, state: DeliveryState, at: datetime) -> None:
        """Change state at a moment, or raise `ImpossibleMove`. The row must be locked.

        Nothing else may set `state`, except the guarded UPDATEs that move many rows.
        """
        self.state = delivery.LIFE.move(self.state, state)
        self.state_at = at


class Attempt(Base, kw_only=True):
    """One try at a delivery, recorded when it ended.

    The clock records it for a worker that vanished, and a late reply fills it in.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        # For the last replies of all, whatever their number.
        Index("ix_attempt_ended", "ended_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    envid: Mapped[str]
    """The envelope id that this attempt gave the server (RFC 3461): see `envelope.envid`."""
    server: Mapped[str]
    tls: Mapped[str | None] = mapped_column(default=None)
    """The TLS version and cipher, or None if the connection was not encrypted."""
    signature: Mapped[str | None] = mapped_column(default=None)
    """The DKIM signature of the message as it was offered; None if the mail server signs."""
    started_at: Mapped[datetime]
    offered_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    verdict: Mapped[str | None] = mapped_column(default=None)
    verb: Mapped[str | None] = mapped_column(default=None)
    code: Mapped[int | None] = mapped_column(default=None)
    enhanced_status: Mapped[str | None] = mapped_column(default=None)
    text: Mapped[str | None] = mapped_column(default=None)
    """The server's reply word for word, or what happened to the connection."""

    @property
    def reply(self) -> Reply | None:
        """The server's reply, if there was one and its words are not deleted."""
        return Reply(self.verb or "", self.code, self.text) if self.code and self.text else None

    @property
    def answer(self) -> str:
        """The reply's code and text, as far as there are any."""
        return f"{self.code or ''} {self.text or ''}".strip()
