"""The next thing to do about something, as a value.

Pure data: the command line prints a remedy as a command, a page as a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Final
from uuid import UUID


class RemedyKind(StrEnum):
    """What to do. Each kind says which fields of a remedy it needs."""

    WAIT = auto()
    """Wait: it goes on without anybody's help."""

    WAIT_FOR_RELEASE = auto()
    """Wait until the letters go: `until`."""

    WAIT_FOR_RETRY = auto()
    """Wait for the next attempt: `until`."""

    NOTHING = auto()
    """It is too late: the mailout is closed (`state`)."""

    PLAN = auto()
    """Plan a mailout from its file."""

    CHECK = auto()
    """See what keeps a mailout's letters from being made: `mailout`."""

    RENDER = auto()
    """Have the letters made: `mailout`."""

    APPROVE = auto()
    """Approve the letters, as another person: `mailout`."""

    SCHEDULE = auto()
    """Let the mailout go on its date: `mailout`."""

    RESUME = auto()
    """Let a paused mailout go on: `mailout`."""

    SCHEDULE_ALTHOUGH = auto()
    """Schedule a mailout although another sends its letters, with a reason: `mailout`."""

    RESUME_ALTHOUGH = auto()
    """Let a mailout go on although another has sent its letters, with a reason: `mailout`."""

    UPLOAD = auto()
    """Make the letters of a mailout public: `mailout`."""

    STATUS = auto()
    """See where a mailout stands: `mailout`."""

    UNREACHED = auto()
    """See who is not reached: `mailout`."""

    SUGGESTIONS = auto()
    """Decide on the contacts that autoreplies suggested: `mailout`."""

    QUARANTINE = auto()
    """See which incoming messages could not be read."""

    NOTICES = auto()
    """See what came back of a mailout: `mailout`."""

    UNDECIDED = auto()
    """See which of them nothing proves, and decide about each: `mailout`."""

    NOTICE = auto()
    """Look at a notice, and say whether it is genuine: `mail_id`."""

    ASK = auto()
    """Ask the contacts whether they are the right person: `mailout`."""

    ASKED = auto()
    """See who has not said that they are: `mailout`."""

    RESEND = auto()
    """Send a letter again: `mailout`, `authority`, and whether another address is needed."""

    RESEND_AGAIN = auto()
    """Send a letter even to an address that has it: `mailout`, `authority`."""

    REISSUE = auto()
    """Propose a new version of a letter, since its content was wrong: `mailout`, `authority`."""

    READDRESS = auto()
    """Propose a new version of a letter in another's name: `mailout`, `authority`."""

    DELIVERY = auto()
    """See what is known about a delivery: `delivery_id`."""

    DOUBTS = auto()
    """See which deliveries are in doubt: `mailout`."""

    SETTLE = auto()
    """Say whether a delivery in doubt was sent: `delivery_id`."""

    CONTACTS_SET = auto()
    """Enter a contact: `authority`."""

    POSTAL_ADDRESS = auto()
    """Enter where post reaches a contact: `authority`, `role`."""

    POST = auto()
    """Make the print file of the letters that go by post: `mailout`."""

    POSTED = auto()
    """Say on which day they were posted: `mailout`."""

    IMPORT_AUTHORITIES = auto()
    """Import the file of authorities."""

    IMPORT_FIGURES = auto()
    """Import a file of figures."""

    SUPPRESSIONS = auto()
    """See which addresses are suppressed."""

    LIFT_SUPPRESSION = auto()
    """Let an address be written to again: `address`."""

    VERIFY = auto()
    """Verify the ledger."""

    DB_UPGRADE = auto()
    """Bring the database's schema up to date."""

    RUN = auto()
    """Start the service."""

    CLOCK = auto()
    """Say that the clock is right."""

    ACCOUNTS = auto()
    """See who has an account."""

    NAME_USER = auto()
    """Add the name that a machine has for somebody to their account: `person`."""

    NEW_CODE = auto()
    """Give somebody a new code to join with: `person`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The next thing to do, and what it concerns."""

    kind: RemedyKind
    mailout: str | None = None
    authority: str | None = None
    delivery_id: UUID | None = None
    mail_id: UUID | None = None
    """The message that a notice was read in."""
    address: str | None = None
    person: str | None = None
    role: str | None = None
    needs_address: bool = False
    """Whether the present address will not do, so that a person must give another."""
    until: datetime | None = None
    state: str | None = None
    """The state of a closed mailout."""

    @property
    def is_act(self) -> bool:
        """Whether there is something to do, and not just to wait."""
        return self.kind not in PASSIVE


PASSIVE: Final = frozenset(
    {
        RemedyKind.WAIT,
        RemedyKind.WAIT_FOR_RELEASE,
        RemedyKind.WAIT_FOR_RETRY,
        RemedyKind.NOTHING,
    }
)
"""Kinds by which nobody has to do anything."""
