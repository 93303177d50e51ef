"""Tenures: a contact in a post from one day until another, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.authority import ROLES, Contact


@dataclass(frozen=True, slots=True)
class Origin:
    """What a change of a post rests on: whose doing it was, and what they went by."""

    by: str
    at: datetime
    file: str | None = None
    because: str | None = None
    is_suggested: bool = False
    """Whether an autoreply suggested it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """One contact in a post."""

    contact: Contact
    valid_from: date
    valid_until: date | None
    """The first day on which it no longer held; None while it does."""
    brought: Origin | None
    replaced_by: Contact | None
    ended: Origin | None
    """Where nobody came after: what ended it."""

    def holds_on(self, day: date) -> bool:
        """Whether this was in post on a day. One that was replaced on its first day never was."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    @property
    def place(self) -> tuple[int, date, float, date]:
        """What sorts tenures: several of one day as they were recorded, the last one last."""
        role = ROLES.index(self.contact.role)
        recorded = self.brought.at.timestamp() if self.brought else 0.0
        return role, self.valid_from, recorded, self.valid_until or date.max
