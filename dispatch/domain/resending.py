"""Letters that are sent again: which ones, what their note says, and until when they may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.authority import Contact
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import Plan


class Choice(Enum):
    """Which letters to send again. The value is the word for it."""

    CHANGED = "changed"
    """Those whose present contact has an address that the letter never went to."""

    UNREACHED = "unreached"
    """Those that have not reached anybody, as far as anyone can tell."""

    BOUNCED = "bounced"
    """Those that bounced or were refused."""

    NAMED = "named"
    """Those of the authorities that a person names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks to have sent again."""

    choice: Choice
    codes: tuple[str, ...] = ()
    """Only these authorities; empty for all."""
    role: str | None = None
    """Only this role."""
    to: str | None = None
    """The address to send it to; None for the present contact's."""
    is_again: bool = False
    """Whether an address that has the letter, or returned it, may get it once more."""

    def roles(self, plan: Plan) -> tuple[str, ...]:
        """Return the roles whose letters are meant; raise `RuleBroken` for one not written to."""
        written_to = (*plan.to_roles, *plan.cc_roles)
        if self.role is not None:
            role = self.role.casefold()
            if role not in written_to:
                known = ", ".join(written_to)
                raise RuleBroken(f"{plan.name} does not write to a {self.role}, but to: {known}")
            return (role,)
        is_wide = self.choice in {Choice.CHANGED, Choice.BOUNCED}
        return written_to if is_wide else written_to[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resending:
    """What the covering note of a resent letter says, besides the letter's content."""

    recipient: Contact
    """Who gets it now."""
    sent_to: str
    """The job title or role that it first went to."""
    sent_date: date | None
    """The day on which it first left, or None if it never did."""


PATIENCE: Final = timedelta(days=7)
"""How long a letter may take that is sent again after the upload."""


def not_after(plan: Plan, now: datetime) -> datetime:
    """Return until when a letter that is sent again may leave.

    That is the end of the upload date, or the plan's own time if later: its reader should have the
    letter before the public does. Once that has passed, it has a few days.
    """
    upload_ends_at = calendar.moment(plan.upload_date + timedelta(days=1), time(0))
    latest = max(plan.not_after, upload_ends_at)
    return latest if latest > now else now + PATIENCE
