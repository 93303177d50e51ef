"""People who may sign in, and tokens, as people and programs are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.database.tables import AccountRow, ApiToken
from dispatch.domain.people.account import AccountRole
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account: whose it is, what they may do, and whether they can sign in now."""

    id: UUID
    name: str
    role: AccountRole
    other_names: tuple[str, ...]
    state: str
    """`invited`, `joined` or `ended`."""
    has_second_factor: bool
    recovery_codes_left: int
    made_at: Moment
    made_by: str
    ended_at: Moment | None
    waits_until: Moment | None
    """When somebody may try to sign in again, after wrong passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token: whose program reads what with it, and until when."""

    id: UUID
    name: str
    owner: str
    scopes: tuple[str, ...]
    state: str
    """`good` or `ended`."""
    made_at: Moment
    ends_at: Moment
    ended_at: Moment | None
    used_at: Moment | None


def account(row: AccountRow, now: datetime) -> AccountView:
    """Return the view of an account."""
    state = "joined" if row.has_joined else "invited"
    waits = row.wait_until if row.wait_until and row.wait_until > now else None
    return AccountView(
        id=row.id,
        name=row.name,
        role=row.role,
        other_names=tuple(row.other_names),
        state="ended" if row.ended_at else state,
        has_second_factor=row.code_seed is not None,
        recovery_codes_left=len(row.recovery_hashes),
        made_at=row.made_at,
        made_by=row.made_by,
        ended_at=row.ended_at,
        waits_until=waits,
    )


def token(row: ApiToken, owner: AccountRow, now: datetime) -> TokenView:
    """Return the view of a token, whose text nobody can be shown again."""
    is_good = row.ended_at is None and owner.ended_at is None and now < row.ends_at
    return TokenView(
        id=row.id,
        name=row.name,
        owner=owner.name,
        scopes=tuple(row.scopes),
        state="good" if is_good else "ended",
        made_at=row.made_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        used_at=row.used_at,
    )
