"""One try at a delivery, from the claim to what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.domain.envelope import envid
from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that a worker holds until its lease runs out, and the proof that it does."""

    delivery_id: UUID
    mailout_id: UUID
    letter_id: UUID
    token: int
    number: int
    """Of the attempt: this is the first, second ... try."""
    created_at: datetime
    address: str
    name: str = ""
    """Of the recipient."""
    mail: str | None = None
    """The SHA-256 of a body of its own, where a letter is sent again."""

    @property
    def envid(self) -> str:
        """The envelope id of this attempt."""
        return envid(self.delivery_id, self.number)

    def named_in(self, recipients: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        """Return whom the message's headers name: all recipients of the letter.

        Where it is sent again, this one alone: the others have it, and one may be gone. And who
        gets a version since they had the one before is none of its own recipients.
        """
        if self.mail is None and any(self.address == each.address for each in recipients):
            return recipients
        alone = Recipient(kind=RecipientKind.TO, role="", address=self.address, name=self.name)
        return (alone,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt that has ended: all that its record will say."""

    claim: Claim
    started_at: datetime
    offered_at: datetime | None = None
    """When it was marked as offered; None if it ended before that."""
    ended_at: datetime
    server: str = ""
    tls: str | None = None
    outcome: Outcome
    retry_at: datetime | None = None
    """When to try again, if the outcome is to."""
