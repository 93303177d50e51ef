"""People who may sign in: their accounts, visits, invitations, and the tokens of programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base
from dispatch.domain.digest import digest
from dispatch.domain.people.account import NEEDS_CODE, Account, AccountRole


class AccountRow(Base, kw_only=True):
    """Somebody who may sign in. No row is deleted: what the person did stays theirs."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    name: Mapped[str]
    role: Mapped[AccountRole]
    other_names: Mapped[list[str]] = mapped_column(default_factory=list)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    password_hash: Mapped[str | None] = mapped_column(default=None)
    code_seed: Mapped[str | None] = mapped_column(default=None)
    """What the secret of the codes is derived from, with a key that is not in the database."""
    recovery_hashes: Mapped[list[str]] = mapped_column(default_factory=list)
    issuer: Mapped[str | None] = mapped_column(default=None)
    """Whose sign-in the account is joined to, the office's own, and who it says it is there."""
    subject: Mapped[str | None] = mapped_column(default=None)
    last_step: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The period of the last code that was used: no code is accepted twice."""
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong passwords and codes since the last sign-in."""
    wait_until: Mapped[datetime | None] = mapped_column(default=None)

    def to_account(self) -> Account:
        return Account(
            id=self.id,
            name=self.name,
            role=self.role,
            other_names=tuple(self.other_names),
            is_ended=self.ended_at is not None,
        )

    @property
    def has_joined(self) -> bool:
        """Whether the person has a way to sign in."""
        return self.password_hash is not None or self.subject is not None

    @property
    def lacks_code(self) -> bool:
        """Whether the role needs a second factor that the account does not have."""
        return self.role in NEEDS_CODE and self.code_seed is None and self.subject is None

    @property
    def record(self) -> str:
        """The digest of all that decides who may sign in as whom.

        The last event about the account has it, so a row that was changed by hand is found out.
        """
        return digest(
            [
                str(self.id),
                self.name,
                self.role,
                sorted(self.other_names),
                _spelt(self.ended_at),
                self.password_hash,
                self.code_seed,
                sorted(self.recovery_hashes),
                self.issuer,
                self.subject,
            ]
        )


class Invitation(Base, kw_only=True):
    """A code to be typed in once, with which a person chooses a password and sets up codes."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    """The message authentication code of what is typed in, and of whose it is."""
    code_seed: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    mac: Mapped[str] = mapped_column(default="")

    @property
    def content(self) -> list[object]:
        """What the row's code is over."""
        return [
            *(str(self.account_id), self.code, self.code_seed),
            *(_spelt(self.expires_at), _spelt(self.used_at)),
        ]


class VisitRow(Base, kw_only=True):
    """A browser in which somebody has signed in, or is about to."""

    __tablename__ = "visit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    digest: Mapped[str] = mapped_column(unique=True)
    """The SHA-256 of what the browser's cookie holds."""
    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("account.id"), index=True, default=None
    )
    entered_as: Mapped[str] = mapped_column(default="")
    """The name that the person signed in with."""
    how: Mapped[str | None] = mapped_column(default=None)
    """How they signed in; None until they have."""
    browser: Mapped[str] = mapped_column(default="")
    began_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the person last proved who they are."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    kept: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)
    """What the pages keep until the next answer: a form that was refused, or a sign-in elsewhere
    that has begun."""
    mac: Mapped[str] = mapped_column(default="")

    @property
    def content(self) -> list[object]:
        """What the row's code is over: all but when it was last seen."""
        return [
            *(self.digest, str(self.account_id), self.entered_as, self.how, self.kept),
            *map(_spelt, (self.began_at, self.confirmed_at, self.ended_at)),
        ]


class ApiToken(Base, kw_only=True):
    """What a program shows to read what its scopes allow."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    digest: Mapped[str] = mapped_column(unique=True)
    """The SHA-256 of the token."""
    name: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose program it is."""
    scopes: Mapped[list[str]]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When a person ended it, before its time."""
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    mac: Mapped[str] = mapped_column(default="")

    @property
    def content(self) -> list[object]:
        """What the row's code is over: all but when it was last used."""
        return [
            *(self.digest, self.name, str(self.account_id), sorted(self.scopes)),
            *(_spelt(self.ends_at), _spelt(self.ended_at)),
        ]


def _spelt(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
