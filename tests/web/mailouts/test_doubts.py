"""What is in doubt, and settling it, by page."""

from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import AccountRole
from dispatch.sending.doubts import Decision, settle
from dispatch.sending.store import deliveries
from tests import steps
from tests.corrections.test_resend import CHIEF, DOUBT, sent
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.web.browser import Browser

DOUBTS = f"/mailouts/{steps.NAME}/doubts"
SAYS = {"because": "their IT found it in the log"}


@pytest.fixture
def delivery_id(app: App, clock: FakeClock) -> UUID:
    sent(app, clock, "OXO", outcome=DOUBT)
    [found] = steps.deliveries_of(app).values()
    return found.id


def state(app: App, delivery_id: UUID) -> DeliveryState:
    with app.sessions.read() as session:
        return deliveries.with_mailout(session, delivery_id)[0].state


def test_each_is_shown_with_what_is_known(
    browser: Browser, delivery_id: UUID, visitors: list[AccountRole | None]
) -> None:
    shown = browser.get(DOUBTS)
    for words in (
        "1 delivery is in doubt",
        "Nothing is sent again by itself.",
        CHIEF,
        "It was offered to mail.test:25 at Wed 22 July 2020 09:00 BST, not encrypted",
        "no reply to the final dot: timed out",
        f'href="/deliveries/{delivery_id}/settle"',
    ):
        assert words in shown
    visitors.append(AccountRole.VIEWER)
    assert "/settle" not in browser.get(DOUBTS)
    browser.get(f"/deliveries/{delivery_id}/settle", 403)


def test_where_nothing_is_in_doubt_that_is_said(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    assert "Nothing is in doubt." in browser.get(DOUBTS)


@pytest.mark.parametrize(
    ("decision", "becomes"),
    [(Decision.ACCEPTED, DeliveryState.ACCEPTED), (Decision.NOT_SENT, DeliveryState.QUEUED)],
)
def test_a_person_s_answer_settles_it(
    app: App, browser: Browser, delivery_id: UUID, decision: Decision, becomes: DeliveryState
) -> None:
    page = f"/deliveries/{delivery_id}/settle"
    shown = browser.get(page)
    assert "Message-ID" in shown
    assert "It is sent again. If the mail server has it all the same, it arrives twice." in shown
    answer = browser.send(page, decision=decision.value, **SAYS)
    assert (answer.status_code, answer.location) == (302, DOUBTS)
    assert state(app, delivery_id) is becomes
    event = next(each for each in steps.events(app) if each.action == "delivery.settled")
    assert (event.actor, event.detail["because"]) == ("Sam Okafor", SAYS["because"])
    assert "is settled: " in browser.get(DOUBTS)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"decision": "accepted", "because": " "}, "Give a reason"),
        (SAYS, "Say whether it arrived"),
        ({**SAYS, "decision": "perhaps"}, "Not a valid choice"),
    ],
)
def test_an_answer_that_lacks_something_is_asked_for_again(
    app: App, browser: Browser, delivery_id: UUID, values: dict[str, str], words: str
) -> None:
    answer = browser.send(f"/deliveries/{delivery_id}/settle", **values)
    assert answer.status_code == 400
    assert words in answer.text
    assert state(app, delivery_id) is DeliveryState.IN_DOUBT


def test_what_was_settled_meanwhile_is_said_and_the_answer_is_not_recorded(
    app: App, browser: Browser, delivery_id: UUID
) -> None:
    page = f"/deliveries/{delivery_id}/settle"
    fields = browser.fields(page) | SAYS | {"decision": "not-sent"}
    with app.sessions.begin() as session:
        settle(session, delivery_id, Decision.ACCEPTED, a_word(app.clock(), because="by a DSN"))
    answer = browser.client.post(page, data=fields)
    assert answer.status_code == 409
    assert "Settled meanwhile" in answer.text
    assert "Your answer was not recorded" in answer.text
    assert state(app, delivery_id) is DeliveryState.ACCEPTED
    assert "Settled meanwhile" in browser.get(page, 409)


def test_an_answer_that_would_do_something_else_is_looked_at_again(
    app: App, clock: FakeClock, browser: Browser, delivery_id: UUID
) -> None:
    page = f"/deliveries/{delivery_id}/settle"
    fields = browser.fields(page) | SAYS | {"decision": "not-sent"}
    clock.advance(days=30)
    answer = browser.client.post(page, data=fields)
    assert answer.status_code == 409
    assert "This has changed since you looked." in answer.text
    assert "it may not leave any more" in answer.text
    assert state(app, delivery_id) is DeliveryState.IN_DOUBT
