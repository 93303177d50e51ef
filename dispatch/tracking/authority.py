"""All that is known of one authority: who holds which role, its letters, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.domain.register.authority import ROLES, Authority
from dispatch.domain.register.tenure import Tenure
from dispatch.incoming.store.notices import Found
from dispatch.register.register import schemes
from dispatch.register.store import authorities, contacts
from dispatch.register.store.authorities import Listed
from dispatch.tracking.store import authorities as store

MOST: Final = 50
"""Rows of each kind; older deliveries are on further pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All about one authority."""

    authority: Authority
    former_names: tuple[str, ...]
    predecessors: tuple[Listed, ...]
    """The bodies that it came after."""
    tenures: Sequence[Tenure]
    letters: Sequence[tuple[Letter, Mailout]]
    deliveries: Sequence[tuple[Delivery, str]]
    """With the names of their mailouts."""
    next: UUID | None
    """The delivery after which the next page begins; None if there are no more."""
    notices: Sequence[Found]
    roles: Sequence[str] = ROLES

    @property
    def present(self) -> dict[str, Tenure]:
        """Who is in post, by role."""
        return {each.contact.role: each for each in self.tenures if each.valid_until is None}

    @property
    def before(self) -> list[Tenure]:
        """Who was in post before, the latest first."""
        ended = [each for each in self.tenures if each.valid_until is not None]
        return sorted(ended, key=lambda each: each.valid_from, reverse=True)

    @property
    def vacant(self) -> tuple[str, ...]:
        """The roles that nobody holds."""
        return tuple(role for role in self.roles if role not in self.present)


def record(session: Session, code: str, *, after: UUID | None = None) -> Record:
    """Return all about an authority, by its code in any letter case. Raises `NotFound`.

    `after` is a delivery: the page of those that are older.
    """
    authority, former_names = authorities.one(session, code)
    sent = store.deliveries(session, authority.code, after=after, limit=MOST + 1)
    return Record(
        authority=authority,
        former_names=former_names,
        predecessors=tuple(authorities.before(session, authority.code)),
        tenures=contacts.history(session, authority.code),
        letters=store.letters(session, authority.code, limit=MOST),
        deliveries=sent[:MOST],
        next=sent[MOST - 1][0].id if len(sent) > MOST else None,
        notices=store.notices(session, authority.code, limit=MOST),
        roles=schemes(session).roles,
    )
