"""How fast messages may leave, and over how many connections, shared by all workers.

Also which domains share a mail exchanger.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dispatch.database.metadata import Base


class Bucket(Base, kw_only=True):
    """One rate: of the whole service, of a recipient domain or of a group of mail exchangers.

    The key is `smtp`, `domain:example.test` or `mx:GROUP`; the row `line:KEY` says when the next
    letter that gets no slot of KEY must ask again. The row `connections` has no rate: it is locked
    while connections are counted.
    """

    __tablename__ = "bucket"

    key: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[datetime]
    """The theoretical arrival time of GCRA: when the next message may leave, if it has passed."""
    strikes: Mapped[int] = mapped_column(default=0)
    """How often the server has recently said "too many"; each time halves the rate."""
    struck_at: Mapped[datetime | None] = mapped_column(default=None)


class HeldConnections(Base, kw_only=True):
    """Connections to the mail server that one run of a worker may keep open, where they count.

    A worker that dies leaves its row behind, which means nothing any more once it has run out.
    """

    __tablename__ = "held_connections"

    holder: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime]


class Exchanger(Base, kw_only=True):
    """The mail exchangers of one recipient domain, as the DNS last gave them."""

    __tablename__ = "exchanger"

    domain: Mapped[str] = mapped_column(primary_key=True)
    hosts: Mapped[list[str]] = mapped_column(default_factory=list)
    """The best preference first; empty if there are none or they are not known."""
    looked_up_at: Mapped[datetime | None] = mapped_column(default=None)
    """None until they have been looked up."""
