"""How fast mail may leave, shared by all workers, and which domains share a mail exchanger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base


class Bucket(Base, kw_only=True):
    """One rate that is kept: of the whole service, of a recipient domain or of an exchanger group.

    The key is `smtp`, `domain:example.test` or `mx:GROUP`; `line:KEY` says when the next that
    got no slot of KEY is to ask again.
    """

    __tablename__ = "bucket"

    key: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[datetime]
    """The theoretical arrival time of GCRA: when the next message may leave, if it has passed."""
    strikes: Mapped[int] = mapped_column(default=0)
    """How often the server said "too many" of late; each halves the rate."""
    struck_at: Mapped[datetime | None] = mapped_column(default=None)


class Exchanger(Base, kw_only=True):
    """The mail exchangers of one recipient domain, as the DNS gave them last."""

    __tablename__ = "exchanger"

    domain: Mapped[str] = mapped_column(primary_key=True)
    hosts: Mapped[list[str]] = mapped_column(default_factory=list)
    """The best preference first; empty where there is none or it is not known."""
    looked_up_at: Mapped[datetime | None] = mapped_column(default=None)
    """None until somebody has asked."""
