"""What comes back is dealt with: a new contact, a doubt, a wrong figure; in each way of people."""

from __future__ import annotations

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import AccountRole
from tests import notices, steps
from tests.factories import some_figures
from tests.journeys.offices import DOUBT, SCRIPT
from tests.journeys.sighted import needs_chromium
from tests.journeys.walked.acts import (
    Become,
    Follow,
    Meanwhile,
    Press,
    See,
    Tick,
    Type,
    go,
)
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import IN_EVERY_WAY, Person

pytestmark = [needs_chromium, IN_EVERY_WAY]

TITLE = "Annual Review letter 2020"
NEW = "jo@oxo.example"


def left(office: Office) -> None:
    """The chief executive of Oxford has left, and an autoreply says who came."""
    delivery = steps.deliveries_of(office.app)["chief.executive@oxo.example"]
    token = notices.token(office.app, delivery)
    notices.came(office.app, notices.a_bounce(delivery), token, mail=b"one")
    notices.came(office.app, notices.a_departure(NEW, SCRIPT), token, mail=b"two")


TAKEN_UP = (
    Become(AccountRole.EDITOR),
    Follow("See who is not reached"),
    See("1 of 2 is not surely reached"),
    Follow("Inbox"),
    See(SCRIPT),
    Follow("Decide about OXO"),
    Type("Why?", "I rang them"),
    Press("Take up, and send again"),
    See("1 letter can go again"),
    Press("Send this letter again"),
    See("Give a reason"),
    Type("Why?", "somebody else is in post"),
    Press("Send this letter again"),
    See("1 letter is queued."),
    Meanwhile(Office.work),
    Follow(TITLE),
    Follow("Not surely reached"),
    See("All 2 are reached"),
)


def test_a_letter_that_came_back_goes_to_the_person_whom_an_autoreply_names(
    office: Office, person: Person
) -> None:
    steps.released(office.app, office.clock, "OXO", "ADU", cc_roles=())
    office.work()
    left(office)
    office.wait(hours=1)
    go(person, TAKEN_UP)
    assert steps.deliveries_of(office.app)[NEW].state is DeliveryState.ACCEPTED


SETTLED = (
    Become(AccountRole.EDITOR),
    Follow("See what is in doubt"),
    See("1 delivery is in doubt"),
    Follow("Settle the letter to Oxford"),
    Press("Settle it"),
    See("Say whether it arrived"),
    Tick("It was not sent"),
    Type("Why?", "their IT looked in its log"),
    Press("Settle it"),
    See("is settled"),
    Meanwhile(Office.work),
    Follow(TITLE),
    Follow("In doubt"),
    See("Nothing is in doubt."),
)


def test_a_letter_in_doubt_is_settled_by_a_person(office: Office, person: Person) -> None:
    steps.released(office.app, office.clock, "OXO", cc_roles=())
    office.transport.outcomes.append(DOUBT)
    office.work()
    go(person, SETTLED)
    [delivery] = steps.deliveries_of(office.app).values()
    assert delivery.state is DeliveryState.ACCEPTED


REPLACED = (
    Become(AccountRole.EDITOR),
    Follow("Mailouts"),
    Follow(TITLE),
    Follow("New versions"),
    Follow("Propose a new version"),
    Type("Whose letter?", "OXO"),
    Press("See what would change"),
    See("What changes in its text"),
    Press("Propose version 2"),
    See("Give a reason"),
    Type("Why?", SCRIPT),
    Press("Propose version 2"),
    See("An approver who did not propose it looks at it next."),
    Become(AccountRole.APPROVER),
    Follow("Mailouts"),
    Follow(TITLE),
    Follow("New versions"),
    Follow("Look at what waits"),
    See(SCRIPT),
    Press("Approve and send to 1 recipient"),
    Meanwhile(Office.work),
    Follow(TITLE),
    Follow("New versions"),
    See("Gone out in place of another"),
    See("Alex Morgan"),
)


def test_a_letter_with_a_wrong_figure_is_replaced_once_another_person_approves(
    office: Office, person: Person
) -> None:
    steps.released(office.app, office.clock, "OXO", "ADU", cc_roles=())
    office.work()
    steps.figures_corrected(office.app, some_figures("OXO", upheld=4))
    go(person, REPLACED)
    assert steps.letters_of(office.app)["OXO"].version == 2
