"""The mail server as letters find it, and the replies about ourselves that stopped a mailout.

Also the Sent folder that gets a copy of each letter, and which copies lie in it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base


class MailServer(Base, kw_only=True):
    """One mail server that letters are offered to: when it last worked, and its last trouble."""

    __tablename__ = "mail_server"

    address: Mapped[str] = mapped_column(primary_key=True)
    """Host and port, as the setting names them."""
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it last took a letter, give or take a few seconds."""
    trouble: Mapped[str | None] = mapped_column(default=None)
    """The last trouble: its reply word for word, but for addresses, with what it means; or what
    happened."""
    troubled_since: Mapped[datetime | None] = mapped_column(default=None)
    troubled_at: Mapped[datetime | None] = mapped_column(default=None)
    """When that trouble was last met."""
    troubles: Mapped[int] = mapped_column(default=0)
    """How often it was met without a success in between."""
    well_at: Mapped[datetime | None] = mapped_column(default=None)
    """When that trouble ended; None while it lasts."""
    next_try_at: Mapped[datetime | None] = mapped_column(default=None)
    """Until then no letter is claimed; None while nothing is wrong."""


class Stop(Base, kw_only=True):
    """A reply about ourselves by which a mailout was paused, and what a person said about it."""

    __tablename__ = "stop"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"), index=True)
    at: Mapped[datetime]
    verb: Mapped[str]
    code: Mapped[int]
    text: Mapped[str]
    """The reply word for word, but for addresses."""
    likeness: Mapped[str]
    """What replies have in common that say the same of another recipient."""
    resumed_at: Mapped[datetime | None] = mapped_column(default=None)
    is_about_council: Mapped[bool] = mapped_column(default=False)
    """Whether a person said that such a reply is about the recipient after all."""


class SentFolder(Base, kw_only=True):
    """The folder that gets a copy of each letter: who is at work in it, and its last trouble."""

    __tablename__ = "sent_folder"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Its address, without the password."""
    looked_at: Mapped[datetime]
    """When a worker last looked whether copies are missing."""
    held_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until then a worker may be putting copies there, and no other does."""
    trouble: Mapped[str | None] = mapped_column(default=None)
    """Why copies cannot be put there at the moment; None while nothing is wrong."""
    troubled_since: Mapped[datetime | None] = mapped_column(default=None)
    troubles: Mapped[int] = mapped_column(default=0)
    """How many looks in a row put no copy there, although some are missing."""
    next_try_at: Mapped[datetime | None] = mapped_column(default=None)


class SentCopy(Base, kw_only=True):
    """A copy of a message that lies in the Sent folder. It is a convenience, and proves nothing."""

    __tablename__ = "sent_copy"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    mailout_id: Mapped[UUID] = mapped_column(ForeignKey("mailout.id"), index=True)
    """The delivery's, so that those of a mailout can be counted by an index."""
    at: Mapped[datetime]
    """When it was put there, or found there."""
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger, default=None)
    uid: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """As the server told them (RFC 4315); None if it has no UIDPLUS, or the copy was found."""
