"""A delivery as it was queued: which letter goes to which address, in which words.

None of it changes until it is purged. A code over it, by a key that is not in the database, shows
that one of our own processes queued it: see `domain.proof.mac`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from dispatch.domain.digest import canonical_texts
from dispatch.domain.letter import RecipientKind
from dispatch.domain.proof.ledger import moment
from dispatch.domain.proof.mac import is_mac, mac

PURPOSE: Final = "delivery"
"""What its code is made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What the code of a delivery is over."""

    id: UUID
    mailout_id: UUID
    letter_id: UUID
    letter: str
    """The digest of the letter."""
    recipients: str
    """The salted digest of those whom the letter names."""
    kind: str
    role: str
    address: str
    name: str
    mail: str | None
    """The SHA-256 of a body of its own, if the letter is resent."""
    replaces_id: UUID | None
    created_at: datetime
    not_after: datetime
    sent_as: str | None = None
    """Who it says that it is from (`envelope.SentAs`); None in deliveries of before."""

    @classmethod
    def of(cls, row: Any, *, letter: str, recipients: str) -> Self:  # noqa: ANN401 - as SQL or the ORM has it
        """Take the row of a delivery, with the digests of its letter and of whom that names."""
        names = cls.__dataclass_fields__.keys() - {"letter", "recipients", "kind"}
        # The first migration that gives codes finds no column for who it is from.
        own = {name: getattr(row, name) for name in names if hasattr(row, name)}
        kind = row.kind.value if isinstance(row.kind, RecipientKind) else row.kind
        return cls(letter=letter, recipients=recipients, kind=kind, **own)

    def mac(self, key: bytes) -> str:
        """Return the code that shows that a process of ours queued it."""
        return mac(key, PURPOSE, self._spelled())

    def is_ours(self, key: bytes, code: str | None) -> bool:
        """Whether `code` is the one that a process of ours gave it."""
        return is_mac(code, key, PURPOSE, self._spelled())

    def _spelled(self) -> bytes:
        said = [] if self.sent_as is None else [self.sent_as]
        return canonical_texts(
            [
                self.id.hex,
                self.mailout_id.hex,
                self.letter_id.hex,
                self.letter,
                self.recipients,
                self.kind,
                self.role,
                self.address,
                self.name,
                self.mail,
                self.replaces_id and self.replaces_id.hex,
                moment(self.created_at),
                moment(self.not_after),
                *said,
            ]
        )
