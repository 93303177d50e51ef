"""Tenures: one contact in a role from one day until another, and what that is based on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.register.authority import Contact, rank


@dataclass(frozen=True, slots=True)
class Origin:
    """What a change of contact is based on: who made it, and from what."""

    by: str
    at: datetime
    file: str | None = None
    because: str | None = None
    is_suggested: bool = False
    """Whether an autoreply suggested it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """One contact in a role at an authority."""

    contact: Contact
    valid_from: date
    valid_until: date | None
    """The first day on which it no longer holds; None while it does."""
    brought: Origin | None
    replaced_by: Contact | None
    ended: Origin | None
    """If nobody came after: what ended it."""

    def holds_on(self, day: date) -> bool:
        """Whether the contact held the role on a day. One replaced on its first day never did."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    @property
    def sort_key(self) -> tuple[tuple[int, str], date, float, date]:
        """By role and day, and on the same day in the order of recording."""
        role = rank(self.contact.role)
        recorded = self.brought.at.timestamp() if self.brought else 0.0
        return role, self.valid_from, recorded, self.valid_until or date.max
