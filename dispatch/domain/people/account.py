"""Accounts: who may sign in to the pages, by which names, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class AccountRole(StrEnum):
    """What the holder of an account may do. Each role may do what those before it may.

    An administrator alone sees people and the service, and cannot approve: nobody has a short cut
    past the second person.
    """

    VIEWER = "viewer"
    """Look at everything but people and the service."""

    EDITOR = "editor"
    """Plan, import, have letters made, send again, settle."""

    APPROVER = "approver"
    """Approve, schedule, pause, make public."""

    ADMIN = "admin"
    """Look at everything, and see to accounts, tokens and the service."""


MAY: Final = {
    AccountRole.VIEWER: frozenset({AccountRole.VIEWER}),
    AccountRole.EDITOR: frozenset({AccountRole.VIEWER, AccountRole.EDITOR}),
    AccountRole.APPROVER: frozenset({AccountRole.VIEWER, AccountRole.EDITOR, AccountRole.APPROVER}),
    AccountRole.ADMIN: frozenset({AccountRole.VIEWER, AccountRole.ADMIN}),
}
"""The roles whose pages the holder of a role may use."""

NEEDS_CODE: Final = frozenset({AccountRole.APPROVER, AccountRole.ADMIN})
"""The roles whose holders sign in with a code of their telephone beside the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in."""

    id: UUID
    name: str
    """The person's name: the actor of what they do, on the pages and on the command line."""
    role: AccountRole
    other_names: tuple[str, ...] = ()
    """What else the person goes by, such as the name that a machine has for them."""
    is_ended: bool = False
    """Whether the person may no longer sign in. What they did stays theirs."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that the person goes by."""
        return (self.name, *self.other_names)

    def may(self, role: AccountRole) -> bool:
        """Whether a page for this role is open to the holder."""
        return role in MAY[self.role]
