"""Letters are approved, scheduled and held by people at pages, in each of their ways."""

from __future__ import annotations

from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.journeys.sighted import needs_chromium
from tests.journeys.walked.acts import (
    Await,
    Become,
    Follow,
    Meanwhile,
    Press,
    See,
    Type,
    go,
)
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import IN_EVERY_WAY, IN_EVERY_WAY_ONE_QUICKLY, Person
from tests.people.office import PASSWORD

pytestmark = needs_chromium

FIRST, SECOND = "Sam Priestley", "Priya Nair"
TITLE = "Annual Review letter 2020"

ASKED = (
    Become(AccountRole.APPROVER, FIRST),
    Follow("Have the letters made"),
    See("2 letters to 4 recipients can be made"),
    Press("Have 2 letters made"),
    See("Workers are making its letters."),
    Meanwhile(Office.work),
    Follow("Mailouts"),
    Follow(TITLE),
    Follow("Approve the letters, as another person"),
    See("You cannot approve these letters: Sam Priestley"),
    Press("Ask for approval"),
    See("The office is told that the letters wait to be approved."),
)
APPROVED = (
    Become(AccountRole.APPROVER, SECOND),
    Follow("Approve the letters, as another person"),
    See("Sam Priestley asked for this approval"),
    Press("Approve 2 letters"),
    See("The letters are approved."),
)
SCHEDULED = (
    Meanwhile(lambda office: office.wait(minutes=11)),
    Press("Schedule 2 letters to 4 addresses"),
    See("Confirm that it is you"),
    Type("Password", PASSWORD),
    Type("Code", lambda office: office.code(AccountRole.APPROVER, SECOND)),
    Press("Confirm"),
    See("Nothing is done yet: press the button once more."),
    Press("Schedule 2 letters to 4 addresses"),
    See("Scheduled: the letters leave at Wed 22 July 2020 09:00 BST."),
)


@IN_EVERY_WAY
def test_letters_are_asked_for_approved_by_another_person_and_scheduled(
    office: Office, person: Person
) -> None:
    steps.planned(office.app, "OXO", "ADU")
    go(person, ASKED, APPROVED, SCHEDULED)
    assert steps.state_of(office.app) is MailoutState.SCHEDULED


HELD = (
    Become(AccountRole.APPROVER),
    Follow("Mailouts"),
    Follow(TITLE),
    See("Its letters are leaving."),
    Follow("Pause"),
    Press("Pause"),
    See("Give a reason"),
    Type("Why?", "a <b>doubt</b> about OXO"),
    Press("Pause"),
    See("The mailout is paused."),
    See("a <b>doubt</b> about OXO"),
    Follow("Let the mailout go on"),
    See("Letters to 4 addresses leave from now on."),
    Press("Go on"),
    See("The mailout goes on."),
    Meanwhile(Office.work),
    Await("All 4 deliveries have left or ended."),
)


@IN_EVERY_WAY_ONE_QUICKLY
def test_a_mailout_is_paused_while_it_leaves_and_let_go_on(office: Office, person: Person) -> None:
    steps.released(office.app, office.clock, "OXO", "ADU")
    go(person, HELD)
    assert steps.state_of(office.app) is MailoutState.SENT
