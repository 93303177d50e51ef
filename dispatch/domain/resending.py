"""Letters that are sent again: which are meant, what the note tells, until when they may go."""

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
    """Which letters are to go again. The value is the word for it."""

    CHANGED = "changed"
    """Those whose contact in post has an address that the letter never went to."""

    UNREACHED = "unreached"
    """Those that are with nobody, as far as anyone can tell."""

    BOUNCED = "bounced"
    """Those that came back or were refused."""

    NAMED = "named"
    """Those of the authorities that a person names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks to have sent again."""

    choice: Choice
    codes: tuple[str, ...] = ()
    """Keep to these authorities; none for all."""
    role: str | None = None
    """Keep to this role."""
    to: str | None = None
    """The address that it is to go to; else that of the contact in post."""
    is_again: bool = False
    """Whether an address that had the letter, or sent it back, may get it once more."""

    def roles(self, plan: Plan) -> tuple[str, ...]:
        """Return the roles whose letters are meant.

        Raises `RuleBroken` for a role that the mailout does not write to.
        """
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
    """What the note in front of a letter that is sent again tells, beside the letter's content."""

    recipient: Contact
    """Who gets it now."""
    sent_to: str
    """The post that it first went to."""
    sent_date: date | None
    """The day on which it first went, or None if it never left."""


PATIENCE: Final = timedelta(days=7)
"""How long a letter that is sent again after the upload may take."""


def not_after(plan: Plan, now: datetime) -> datetime:
    """Return until when a letter that is sent again may leave.

    That is the end of the upload date, or the plan's own time if it is later: the letter should
    reach its reader before the public. When that has passed it has some days.
    """
    upload_ends_at = calendar.moment(plan.upload_date + timedelta(days=1), time(0))
    latest = max(plan.not_after, upload_ends_at)
    return latest if latest > now else now + PATIENCE
