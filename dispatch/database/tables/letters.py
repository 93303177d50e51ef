"""Mailouts and their letters, down to the bytes."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain import letter, mailout
from dispatch.domain.errors import ImpossibleMove, RuleBroken
from dispatch.domain.hours import SendingDays
from dispatch.domain.letter import Draft, LetterState
from dispatch.domain.letters.numbers import Numbers
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.remedy import Remedy, RemedyKind


class Mailout(Base, kw_only=True):
    """One mailout: its plan, its state, and who brought it there."""

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
    """Who last asked for the letters to be rendered."""
    rendered_digest: Mapped[str | None] = mapped_column(default=None)
    """What an approval would be of, as it was when all letters were made. Only shown: an approval
    works it out again."""
    numbers: Mapped[Numbers | None] = mapped_column(default=None)
    """Its letters in numbers, as they were then."""
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_digest: Mapped[str | None] = mapped_column(default=None)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    opens: Mapped[time | None] = mapped_column(default=None)
    closes: Mapped[time | None] = mapped_column(default=None)
    """The sending hours of its plan in London time, for those who claim deliveries; None if letters
    may leave at any hour."""
    sending_days: Mapped[SendingDays] = mapped_column(
        default=SendingDays.ANY, server_default=SendingDays.ANY.value
    )
    extra_holidays: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    """On which days they may, and the days that its plan adds to the bank holidays."""
    first_letters_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long the others wait after the first letters; 0 if all leave together."""
    first_since: Mapped[datetime | None] = mapped_column(default=None)
    """Since when its first letters are on their way alone, or since a person resumed it meanwhile;
    None before that, and once the others may leave."""
    under_way: Mapped[str | None] = mapped_column(default=None)
    """The code of the last letter that the work of its state has come to, which goes through all
    letters in batches; empty before the first, and None once it is done or if there is none."""
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until when a process holds that work; None if none does."""
    remark: Mapped[str | None] = mapped_column(default=None)
    """What keeps it from going on: what made the approval void, or what stopped the release."""

    def move_to(self, state: MailoutState) -> None:
        """Change state, or raise `ImpossibleMove`. Nothing else may set `state`."""
        if not mailout.LIFE.allows(self.state, state):
            not_so = "already" if state is self.state else f"and cannot be {state.value}"
            raise ImpossibleMove(f"{self.name} is {self.state.value} {not_so}")
        self.state = state

    def come_to(self, code: str | None, *, until: datetime | None = None) -> None:
        """Note to which letter the work of this state has come, and until when it is held."""
        self.under_way, self.lease_until = code, None if code is None else until

    @property
    def why(self) -> str | None:
        """What keeps it from going on, or what is being done with all its letters."""
        doing = mailout.UNDER_WAY.get(self.state) if self.under_way is not None else None
        return self.remark or doing

    def refuse_unless_released(self) -> None:
        """Raise `RuleBroken` if no letter has left yet, or the mailout is closed."""
        if self.state in mailout.CLOSED:
            raise RuleBroken(f"{self.name} is {self.state.value}: its letters no longer leave")
        if self.released_at and self.under_way is not None:
            raise RuleBroken(f"the letters of {self.name} are still being queued: wait a moment")
        if self.released_at is None:
            raise RuleBroken(
                f"{self.name} is {self.state.value} and none of its letters have left: "
                f"import what changed and render them again",
                remedy=Remedy(kind=RemedyKind.RENDER, mailout=self.name),
            )


class Document(Base, kw_only=True):
    """Bytes by their SHA-256: letters in each form, attachments. Never changed."""

    __tablename__ = "document"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)


class DocumentCheck(Base, kw_only=True):
    """Whether a stored PDF is accessible, as our own program found."""

    __tablename__ = "document_check"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    checker: Mapped[str]
    """Which version of which library looked."""
    failures: Mapped[list[str]]
    """Each rule of PDF/UA-1 that it breaks."""
    checked_at: Mapped[datetime]
    mac: Mapped[str]
    """Shows that one of our own processes found this."""


class SeenLetter(Base, kw_only=True):
    """That a person has looked at a letter as it is: one that is made anew has not been seen."""

    __tablename__ = "seen_letter"

    person: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    """The letter's."""
    seen_at: Mapped[datetime]


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
        # For "no later version is in force": the partial index above is of no use there, since
        # neither database knows that the states in the query's parameters are never 'void'.
        Index("ix_letter_versions", "mailout_id", "authority_code", "version", "state"),
        # With operators for LIKE, which PostgreSQL needs for the letters about SRY, to SRY/ESU too.
        Index(
            "ix_letter_authority",
            "authority_code",
            postgresql_ops={"authority_code": "text_pattern_ops"},
        ),
        # Who had letters made: a few people, found without reading the letters.
        Index("ix_letter_asked", "mailout_id", "asked_by"),
        # Over the few that may replace another: see `letters.store.letters`.
        Index(
            "ix_letter_later",
            "mailout_id",
            "authority_code",
            "version",
            "state",
            sqlite_where=text("version > 1"),
            postgresql_where=text("version > 1"),
        ),
        # In the order in which they are claimed, so that a claim need not sort all that wait.
        Index(
            "ix_letter_wanted",
            "attempts",
            "authority_code",
            sqlite_where=text("state = 'wanted'"),
            postgresql_where=text("state = 'wanted'"),
        ),
        # Once letters are made these are few: what waits, failed or was taken back.
        Index(
            "ix_letter_not_made",
            "mailout_id",
            "state",
            "authority_code",
            "version",
            sqlite_where=text("state != 'rendered'"),
            postgresql_where=text("state != 'rendered'"),
        ),
        # For the letters oddest first, page by page, and for a sample of each group.
        Index("ix_letter_oddest", "mailout_id", "plainness", "authority_code"),
        Index("ix_letter_group", "mailout_id", "group_name", "digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"))
    authority_code: Mapped[str]
    """Its code, by which people name it: of the authority that it is about or, where several bodies
    came after that, of both: see `domain.register.codes`."""
    version: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("letter.id"), default=None)
    state: Mapped[LetterState] = mapped_column(default=LetterState.WANTED)
    draft: Mapped[Draft]
    fingerprint: Mapped[str]
    """The digest of everything it was made from."""
    subject: Mapped[str | None] = mapped_column(default=None)
    parts: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    """The SHA-256 of each form, by name."""
    digest: Mapped[str | None] = mapped_column(default=None)
    """The digest that approval, sending and upload all rely on."""
    asked_by: Mapped[str]
    """Who had it rendered. Somebody else must approve it."""
    because: Mapped[str | None] = mapped_column(default=None)
    """Why this version was made, where it replaces one that was sent."""
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_digest: Mapped[str | None] = mapped_column(default=None)
    """Who approved a version made after the mailout's approval, when, and the digest over it and
    its recipients."""
    approval_salt: Mapped[str | None] = mapped_column(default=None)
    """Makes the digest of its recipients, which is in its leaf of the approval's Merkle tree,
    impossible to guess; deleted with their personal data."""
    approval_recipients: Mapped[str | None] = mapped_column(default=None)
    """That digest, as it was approved; it stays when the salt is deleted."""
    approval_index: Mapped[int | None] = mapped_column(default=None)
    """The number of that leaf among the leaves that were approved with it."""
    approval_path: Mapped[list[str] | None] = mapped_column(default=None)
    """The path from that leaf up to the root that was approved."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    rendered_at: Mapped[datetime | None] = mapped_column(default=None)
    group_name: Mapped[str | None] = mapped_column(default=None)
    """The comparison group that its content names."""
    plainness: Mapped[int] = mapped_column(default=0, server_default="0")
    """0 if nothing about it is odd, and the less the odder: an index has the oddest first."""
    oddities: Mapped[list[Any]] = mapped_column(JSON, default_factory=list, server_default="[]")
    """What is odd about it, each a kind with its values."""
    branches: Mapped[str | None] = mapped_column(default=None)
    """The branches of the template that it took, with spaces between them."""

    def move_to(self, state: LetterState) -> None:
        """Change state, or raise `ImpossibleMove`. Nothing else may set `state`."""
        self.state = letter.LIFE.move(self.state, state)
