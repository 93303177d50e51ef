"""The ledger: events, imprints and the seals over them; heartbeats of processes, and the time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.database.types import BigId
from dispatch.domain.proof.seal import Seal

IS_PERSON: Final = "actor NOT IN ('clock', 'web', 'worker')"
"""Of events that are not of the service itself: the few that are looked up by who acted."""

IS_SELDOM: Final = "action NOT IN ('delivery.accepted', 'delivery.queued')"
"""Of events that not every letter has."""

IS_OF_EVERY_LETTER: Final = "action IN ('delivery.accepted', 'delivery.queued')"
"""Of the others, which have an index of their own, so that no other question is asked by it."""


class EventRow(Base, kw_only=True):
    """One thing that happened. Only the journal writes it; sealing gives it its place.

    The events that are not sealed yet are found by their missing place and not by their number: a
    transaction that takes its number early may commit late.
    """

    __tablename__ = "event"
    # In the order in which they are listed. `sql.authority_said` has an index, too.
    __table_args__ = (
        Index("ix_event_at", "at", "id"),
        Index(
            "ix_event_account_made",
            "subject",
            sqlite_where=text("action = 'account.made'"),
            postgresql_where=text("action = 'account.made'"),
        ),
        # These two cost a sender nothing: what it writes is not in them.
        Index(
            "ix_event_person",
            "actor",
            sqlite_where=text(IS_PERSON),
            postgresql_where=text(IS_PERSON),
        ),
        Index(
            "ix_event_kind",
            "action",
            "at",
            "id",
            sqlite_where=text(IS_SELDOM),
            postgresql_where=text(IS_SELDOM),
        ),
        # What a sender writes is always the last in it, which takes no time that can be measured.
        Index(
            "ix_event_of_every_letter",
            "action",
            "at",
            "id",
            sqlite_where=text(IS_OF_EVERY_LETTER),
            postgresql_where=text(IS_OF_EVERY_LETTER),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, init=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, str]]
    place: Mapped[int | None] = mapped_column(BigId, index=True, unique=True, default=None)
    """Its position among the ledger's entries, from 0; None until it is sealed."""
    hash: Mapped[str | None] = mapped_column(default=None)
    """The hash of that entry, by which verification can name an entry that was changed."""
    salt: Mapped[str | None] = mapped_column(default=None)
    """Makes the digest of actor and detail, which is in the entry, impossible to guess."""
    mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that one of our own processes wrote it, which has a key that is not in here."""


class ImprintRow(Base, kw_only=True):
    """An entry of the ledger with the digest of a record: see `proof.store.sealed_records`."""

    __tablename__ = "imprint"

    place: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    record: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str]
    salt: Mapped[str | None] = mapped_column(default=None)
    """The salt of the digest of the personal data; deleted with that data."""
    people: Mapped[str | None] = mapped_column(default=None)
    """That digest, once the personal data has been deleted."""


class SealRow(Base, kw_only=True):
    """A seal over all entries so far. To make one, the row of number 0 is locked."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigId)
    events: Mapped[int]
    root: Mapped[str]
    previous: Mapped[str]
    sealed_at: Mapped[datetime]
    is_caught_up: Mapped[bool]
    hash: Mapped[str]
    is_in_tree: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the last entry that it covers is its own: see `domain.proof.seal`."""
    edge: Mapped[list[str]]
    """The right edge of the tree, to which the next batch is added."""

    def to_seal(self) -> Seal:
        return Seal(
            number=self.number,
            size=self.size,
            events=self.events,
            root=self.root,
            previous=self.previous,
            sealed_at=self.sealed_at,
            is_caught_up=self.is_caught_up,
            is_in_tree=self.is_in_tree,
        )


class KnownKey(Base, kw_only=True):
    """A key that this ledger is written or signed with, so that no home makes one of its own."""

    __tablename__ = "known_key"

    name: Mapped[str] = mapped_column(primary_key=True)
    """What it does: `signs` for checkpoints, `writes` for the codes of events."""
    is_known_by: Mapped[str]
    """The public key, or of a secret one a code that it makes and that does not give it away."""
    since: Mapped[datetime]


class LedgerAudit(Base, kw_only=True):
    """How the ledger was found when it was last verified by night: one row."""

    __tablename__ = "ledger_audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    """Before `began_at` while one is at it, or was killed."""
    wrong: Mapped[list[str]]
    """What was wrong, a line each; empty if it held."""
    held_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was last found to hold."""
    told: Mapped[str | None] = mapped_column(default=None)
    """The digest of what staff were told was wrong."""
    told_at: Mapped[datetime | None] = mapped_column(default=None)
    mac: Mapped[str | None] = mapped_column(default=None)
    """Shows that a process of ours wrote this: see `tracking.store.audits`."""


class Heartbeat(Base, kw_only=True):
    """When a clock or a worker was last seen."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    seen_at: Mapped[datetime]


class TimekeepingRow(Base, kw_only=True):
    """What time it is held to be: one row. See `domain.sending.timekeeping.Timekeeping`."""

    __tablename__ = "timekeeping"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    elapsed: Mapped[float]
    boot: Mapped[str]
    ahead: Mapped[float]
    """Seconds."""
    held_for: Mapped[float]
    """Seconds."""


class AuditSearch(Base, kw_only=True):
    """What somebody looks for in the audit, kept for a day: a page's address must not hold it."""

    __tablename__ = "audit_search"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person: Mapped[str]
    """Who asked: nobody else may open it."""
    asked_at: Mapped[datetime]
    wanted: Mapped[dict[str, str]]
    """The filters, by name."""
