"""One attempt at a delivery, from the claim to the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import envid
from dispatch.domain.sending.queued import Queued


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
    kind: str = ""
    role: str = ""
    replaces_id: UUID | None = None
    not_after: datetime | None = None
    sent_as: str | None = None
    """Who it says that it is from (`envelope.SentAs`); None in deliveries of before."""
    mac: str | None = None
    """Shows that a process of ours queued it: see `domain.sending.queued`."""

    def __hash__(self) -> int:
        # Claims are looked up some ten times a letter: to hash all of them took a twentieth of it.
        return hash((self.delivery_id, self.token))

    @property
    def tries(self) -> int:
        """How many tries there were with this one, by which the wait before the next is chosen."""
        return self.number - self.about_us

    @property
    def envid(self) -> str:
        """The envelope id of this attempt."""
        return envid(self.delivery_id, self.number)

    def is_ours(self, key: bytes, letter: str, recipients: str) -> bool:
        """Whether a process of ours queued this, with a letter and recipients of these digests."""
        if self.not_after is None:
            return False
        queued = Queued(
            id=self.delivery_id,
            mailout_id=self.mailout_id,
            letter_id=self.letter_id,
            letter=letter,
            recipients=recipients,
            kind=self.kind,
            role=self.role,
            address=self.address,
            name=self.name,
            mail=self.mail,
            replaces_id=self.replaces_id,
            created_at=self.created_at,
            not_after=self.not_after,
            sent_as=self.sent_as,
        )
        return queued.is_ours(key, self.mac)

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
    signature: str | None = None
    """That of the message, if we sign (DKIM)."""
    retry_at: datetime | None = None
    """When to try again, if the outcome allows it."""
