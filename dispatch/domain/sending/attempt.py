"""One attempt at a delivery, from the claim to the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import envid


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that a worker holds until its lease runs out; `token` shows that it still does."""

    delivery_id: UUID
    mailout_id: UUID
    letter_id: UUID
    token: int
    number: int
    """Which attempt this is, counted from 1."""
    created_at: datetime
    address: str
    name: str = ""
    """Of the recipient."""
    mail: str | None = None
    """The SHA-256 of a body of its own, if the letter is resent."""
    about_us: int = 0
    """How many of the attempts before got a reply about ourselves."""

    @property
    def tries(self) -> int:
        """How many tries there were with this one, by which the wait before the next is chosen."""
        return self.number - self.about_us

    @property
    def envid(self) -> str:
        """The envelope id of this attempt."""
        return envid(self.delivery_id, self.number)

    def named_in(self, recipients: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        """Return the recipients that the message's headers name: all those of the letter.

        A resent letter names this one alone: the others have it already, and one may have left.
        So does a new version that goes to somebody only because they had the one before.
        """
        if self.mail is None and any(self.address == each.address for each in recipients):
            return recipients
        alone = Recipient(kind=RecipientKind.TO, role="", address=self.address, name=self.name)
        return (alone,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt that has ended: everything that its record will say."""

    claim: Claim
    started_at: datetime
    offered_at: datetime | None = None
    """When it was marked as offered; None if it ended before that."""
    ended_at: datetime
    server: str = ""
    tls: str | None = None
    outcome: Outcome
    retry_at: datetime | None = None
    """When to try again, if the outcome allows it."""
