"""Authorities, and the people who hold a role there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from dispatch.domain.digest import ADDED_LATER
from dispatch.domain.person import GREETED_BY_GIVEN_NAME, STYLES, words_of

ROLES: Final = (
    "chief executive",
    "link officer",
    "leader",
    "scrutiny chair",
    "monitoring officer",
)
"""Whom a mailout may write to at an authority; its plan says who is To and who is Cc."""


def rank(role: str) -> tuple[int, str]:
    """Return what sorts roles: these in their order, then those of one scheme by name."""
    return (ROLES.index(role) if role in ROLES else len(ROLES)), role


BESIDE_LETTERS: Final = MappingProxyType({**ADDED_LATER, "in_letters": False})
"""The metadata of a field that letters never have, so that a change of it changes no letter."""

RoleAt = tuple[str, str]
"""An authority's code, and a role there: one contact holds it at a time, or nobody does."""

COUNCIL: Final = "council"
"""The kind of authority whose letter says "your Council"; any other says "your Authority"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A body that gets a letter. `code` is its three-letter code, or its slug if it has none."""

    code: str
    name: str
    official_name: str
    kind: str = COUNCIL
    group: str | None = None
    region: str | None = None
    start_date: date | None = None
    last_day: date | None = None
    successors: tuple[str, ...] = ()
    source: str | None = None

    @property
    def noun(self) -> str:
        """What the letter calls it: "Council" or "Authority"."""
        return "Council" if self.kind == COUNCIL else "Authority"

    def exists_on(self, day: date) -> bool:
        """Whether the authority existed on `day`, its last day included."""
        began = self.start_date is None or self.start_date <= day
        return began and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person in a role at an authority; replaced by another, never edited.

    Any part of the name may be missing: the letter then addresses the role.
    """

    authority: str
    role: str
    address: str
    honorific: str | None = None
    given_name: str | None = None
    surname: str | None = None
    job_title: str | None = None
    language: str | None = field(default=None, metadata=ADDED_LATER)
    """In which they asked to be written to, as "cy"; None if they have not said."""
    postal_address: str | None = field(default=None, metadata=BESIDE_LETTERS)
    """Where post reaches them: see `domain.posting.address`. No letter shows it."""

    @property
    def role_at(self) -> RoleAt:
        """The authority's code and the role."""
        return self.authority, self.role

    @property
    def title(self) -> str:
        """The job title, or the role if no job title is known."""
        return self.job_title or self.role.title()

    @property
    def addressee(self) -> str:
        """The first line of the address block: "Mr Mitchell", "Jo Mitchell", or the title.

        With the given name if the honorific goes with it: "Sir John Smith".
        """
        if not self.surname or (self._needs_given_name and not self.given_name):
            return self.title
        if self._needs_given_name:
            return f"{self.honorific} {self.given_name} {self.surname}"
        return f"{self.honorific or self.given_name or ''} {self.surname}".strip()

    @property
    def salutation(self) -> str:
        """How the letter greets them: "Dear Mr Mitchell", "Dear Sir John", "Dear Leader"."""
        return f"Dear {self.greeted_as}"

    @property
    def greeted_as(self) -> str:
        """What follows "Dear": the name, or the role if that is not known."""
        return self._name_in_greeting or self.role.title()

    @property
    def is_greeted_by_name(self) -> bool:
        """Whether the letter ends "Yours sincerely", as to a person, and not "faithfully"."""
        return self._name_in_greeting is not None

    @property
    def _name_in_greeting(self) -> str | None:
        if not self.surname:
            return None
        words = (self.honorific or "").split()
        if knighted := [word for word in words if GREETED_BY_GIVEN_NAME & {*words_of(word)}]:
            return f"{knighted[-1]} {self.given_name}" if self.given_name else None
        spoken = [word for word in words if STYLES.isdisjoint(words_of(word))]
        before = " ".join(spoken) or self.given_name
        return f"{before} {self.surname}" if before else None

    @property
    def _needs_given_name(self) -> bool:
        words = frozenset(words_of(self.honorific or ""))
        return bool(words & GREETED_BY_GIVEN_NAME) or (bool(words) and words <= STYLES)

    @property
    def full_name(self) -> str:
        """The name that stands before the address in To and Cc."""
        parts = (self.honorific, self.given_name, self.surname)
        return " ".join(part for part in parts if part) if self.surname else self.title


def in_letter(contact: Contact) -> Contact:
    """Return a contact as letters have it: where post goes is nothing that anybody approves."""
    return replace(contact, postal_address=None) if contact.postal_address else contact


def slugified(name: str) -> str:
    """Return the slug of a name: "Transport for London" is transport-for-london.

    Empty for a name without a letter or digit that ASCII can spell.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.casefold().replace("'", "")).strip("-")
