"""People sign in, are kept out, are invited, and lose a role; in each of their ways."""

from __future__ import annotations

from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.journeys.sighted import needs_chromium
from tests.journeys.walked.acts import (
    Become,
    Follow,
    Meanwhile,
    Note,
    Open,
    Press,
    See,
    Tick,
    Type,
    go,
)
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import IN_EVERY_WAY, Person
from tests.people.office import NAMES, PASSWORD

pytestmark = [needs_chromium, IN_EVERY_WAY]

APPROVER = NAMES[AccountRole.APPROVER]
SIGNED_IN = (
    Type("Your name", APPROVER),
    Type("Password", PASSWORD),
    Press("Sign in"),
    Type("Code", lambda office: office.code(AccountRole.APPROVER)),
    Press("Sign in"),
)
WRONG = (
    Type("Your name", APPROVER),
    Type("Password", "not this one at all"),
    Press("Sign in"),
    See("The name or the password is not right"),
)
MAILOUT = f"/mailouts/{steps.NAME}"

KEPT_OUT = (
    Open(f"{MAILOUT}/pause"),
    *(WRONG * 6),
    Type("Your name", APPROVER),
    Type("Password", PASSWORD),
    Press("Sign in"),
    See("The name or the password is not right"),
    Meanwhile(lambda office: office.wait(hours=1)),
    *SIGNED_IN,
    See("Pause the mailout"),
    Type("Why?", "a doubt"),
    Meanwhile(lambda office: office.wait(hours=21)),
    Press("Pause"),
    *SIGNED_IN,
    See("What you had entered is still here"),
    Press("Pause"),
    See("The mailout is paused."),
    Press("Sign out"),
    See("You are signed out."),
)


def test_somebody_signs_in_after_mistakes_and_again_without_losing_what_was_typed(
    office: Office, person: Person
) -> None:
    steps.scheduled(office.app)
    office.account(AccountRole.APPROVER)
    go(person, KEPT_OUT)


NEW = "Ada Nwosu"
INVITED = (
    Become(AccountRole.ADMIN),
    Follow("People"),
    Follow("Add a person"),
    Press("Add and show a code to join with"),
    See("Enter the person's name"),
    Type("Full name", NEW),
    Tick("Editor: also plan, import, have letters made, send again"),
    Press("Add and show a code to join with"),
    See("It is not shown again."),
    Note("code", ".office-invitation code"),
    Follow("I have noted it"),
    Press("Sign out"),
)
JOINED = (
    Follow("I was given a code to join with"),
    Type("Your code", lambda office: office.noted["code"]),
    Press("Continue"),
    Type("Choose a password", "short"),
    Type("The same password again", "short"),
    Press("Join"),
    See("There is a problem"),
    Type("Choose a password", PASSWORD),
    Type("The same password again", PASSWORD),
    Press("Join"),
    See("You have joined"),
    Follow("Sign in"),
    Type("Your name", NEW),
    Type("Password", PASSWORD),
    Press("Sign in"),
    Follow("Mailouts"),
    See("New mailout"),
)
ENDED = (
    Meanwhile(lambda office: office.wait(minutes=2)),
    Become(AccountRole.ADMIN),
    Follow("People"),
    Follow(NEW),
    Tick("Viewer: look at everything but people and the service"),
    Press("Save"),
    See(f"The account of {NEW} is changed."),
    Follow(NEW),
    Press("End the account"),
    See("Give a reason"),
    Type("Why?", "has left"),
    Meanwhile(lambda office: office.wait(minutes=11)),
    Press("End the account"),
    See("Confirm that it is you"),
    Type("Password", PASSWORD),
    Type("Code", lambda office: office.code(AccountRole.ADMIN)),
    Press("Confirm"),
    See("What you had entered is still here"),
    Press("End the account"),
    See(f"The account of {NEW} has ended."),
)


def test_somebody_is_invited_joins_and_loses_role_and_account(
    office: Office, person: Person
) -> None:
    go(person, INVITED, JOINED, ENDED)
