"""What happened, the seals over it, and who is alive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.database.types import BigId
from dispatch.domain.seal import Seal


class EventRow(Base, kw_only=True):
    """One thing that happened; the journal is its only writer, and its seal gives it its place.

    Those without a place are found by its index, however many there are and whenever they were
    committed: a number given early may belong to what is committed late.
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, init=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, str]]
    place: Mapped[int | None] = mapped_column(BigId, index=True, unique=True, default=None)
    """Which entry of the ledger it is, from 0 on; None until it is sealed."""
    hash: Mapped[str | None] = mapped_column(default=None)
    """The hash of that entry, to name the one that was changed."""
    salt: Mapped[str | None] = mapped_column(default=None)
    """What makes the digest of actor and detail, which the entry has, one that nobody guesses."""


class ImprintRow(Base, kw_only=True):
    """An entry of the ledger that has the digest of a record: see `proof.store.facts`."""

    __tablename__ = "imprint"

    place: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    record: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str]
    salt: Mapped[str | None] = mapped_column(default=None)
    """Of the digest of what tells of people; taken away with that."""
    people: Mapped[str | None] = mapped_column(default=None)
    """That digest, once what it is of was taken away."""


class SealRow(Base, kw_only=True):
    """A seal over all entries so far. Who seals holds the row of number 0."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigId)
    events: Mapped[int]
    root: Mapped[str]
    previous: Mapped[str]
    sealed_at: Mapped[datetime]
    is_caught_up: Mapped[bool]
    hash: Mapped[str]
    edge: Mapped[list[str]]
    """The edge of the tree, for the next batch to be added to it."""

    def to_seal(self) -> Seal:
        return Seal(
            number=self.number,
            size=self.size,
            events=self.events,
            root=self.root,
            previous=self.previous,
            sealed_at=self.sealed_at,
            is_caught_up=self.is_caught_up,
        )


class Heartbeat(Base, kw_only=True):
    """When a clock or a worker was last seen."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    seen_at: Mapped[datetime]
