"""Resending a letter: which letters, what the covering note says, and by when they must leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.delivery import EVER_ACCEPTED, REACHED, DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letter import Content
from dispatch.domain.mailout import Plan
from dispatch.domain.person import is_spelt_alike
from dispatch.domain.register.authority import Contact


class Choice(Enum):
    """Which letters to resend. The value is recorded in the ledger."""

    CHANGED = "changed"
    """Letters whose current contact has an address that the letter was never sent to."""

    UNREACHED = "unreached"
    """Letters that, as far as we know, have not reached anybody."""

    BOUNCED = "bounced"
    """Letters that bounced or were refused."""

    NAMED = "named"
    """The letters of the authorities that a person names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendRequest:
    """What a person asks to have resent."""

    choice: Choice
    codes: tuple[str, ...] = ()
    """Only these authorities; empty for all."""
    role: str | None = None
    """Only this role."""
    to: str | None = None
    """The address to send it to; None for the address of the current contact."""
    is_again: bool = False
    """Whether the letter may go to an address that already has it, or that returned it."""
    after: str = ""
    """Only letters whose code follows this one."""
    most: int | None = None
    """Of how many codes letters are looked at, unless they are named; None for all."""

    def roles(self, plan: Plan) -> tuple[str, ...]:
        """Return the roles whose letters are meant.

        Raises `RuleBroken` for a role that the mailout does not write to.
        """
        written_to = plan.roles
        if self.role is not None:
            role = self.role.casefold()
            if role not in written_to:
                known = ", ".join(written_to)
                raise RuleBroken(f"{plan.name} does not write to a {self.role}, but to: {known}")
            return (role,)
        is_wide = self.choice in {Choice.CHANGED, Choice.BOUNCED}
        return written_to if is_wide else written_to[:1]


class Outcome(StrEnum):
    """What happened to a letter when it was sent before; templates compare the value."""

    ACCEPTED = "accepted"
    """A mail server took charge of it, and it has not come back."""

    RETURNED = "returned"
    """A mail server took charge of it each time, and each time it came back."""

    IN_DOUBT = "in doubt"
    """It is not known whether a mail server took charge of it."""

    FAILED = "failed"
    """It was tried, and no mail server took charge of it."""

    UNSENT = "unsent"
    """It was never tried."""


def outcome_of(states: Sequence[DeliveryState], *, is_tried: bool) -> Outcome:
    """Return what happened to a letter with deliveries in these states.

    `is_tried` is whether there was an attempt at any of them.
    """
    if REACHED.intersection(states):
        return Outcome.ACCEPTED
    if EVER_ACCEPTED.intersection(states):
        return Outcome.RETURNED
    if DeliveryState.IN_DOUBT in states:
        return Outcome.IN_DOUBT
    return Outcome.FAILED if is_tried else Outcome.UNSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveringNote:
    """What the covering note of a resent letter says, in addition to the letter's content."""

    recipient: Contact
    """Who gets the letter now."""
    sent_to: str
    """The job title or role that the letter was meant for before."""
    due_date: date
    """The day on which the letter was first to go there."""
    sent_date: date | None
    """The day on which a mail server first accepted it for that post; None if none ever did."""
    outcome: Outcome
    """What happened to it then."""
    is_before_upload: bool
    """Whether its upload date is still to come."""


def as_first_sent(content: Content) -> CoveringNote:
    """Return the note's values for a resend to the addressee, to try the note out."""
    return CoveringNote(
        recipient=content.addressee,
        sent_to=content.addressee.title,
        due_date=content.letter_date,
        sent_date=content.letter_date,
        outcome=Outcome.ACCEPTED,
        is_before_upload=True,
    )


def is_same_person(one: Contact, other: Contact) -> bool | None:
    """Whether two contacts are one person, as far as their names say; None if one has no name.

    An honorific and a job title may change, and a given name may become known.
    """
    if not (one.surname and other.surname):
        return None
    if not is_spelt_alike(one.surname, other.surname):
        return False
    given = (one.given_name, other.given_name)
    return not all(given) or is_spelt_alike(*map(str, given))


TIME_AFTER_UPLOAD: Final = timedelta(days=7)
"""How long a letter has to leave if it is resent after the upload."""


def not_after(plan: Plan, now: datetime) -> datetime:
    """Return the moment by which a resent letter must leave.

    That is the end of the upload date, so that its reader has the letter before the public does,
    or the plan's own `not_after` if that is later. Once both have passed, it is a few days from
    `now`.
    """
    upload_ends_at = calendar.moment(plan.upload_date + timedelta(days=1), time(0))
    latest = max(plan.not_after, upload_ends_at)
    return latest if latest > now else now + TIME_AFTER_UPLOAD
