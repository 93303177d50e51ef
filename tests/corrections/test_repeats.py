from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.corrections.repeats import Repeats
from dispatch.domain.delivery import DeliveryState
from dispatch.letters.store.versions import Outdated
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import chains
from tests import steps
from tests.factories import a_contact
from tests.fakes import FakeClock

CHIEF = "chief.executive@oxo.example"
NONE = Outdated(frozenset(), frozenset())


@pytest.fixture
def asked(app: App, clock: FakeClock) -> object:
    steps.released(app, clock, cc_roles=())
    return None


def obstacle(
    app: App, state: DeliveryState, address: str | None, *, is_again: bool = False
) -> str | None:
    """Return what keeps a letter that is in some state from going to an address."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        found = chains.chains(session, mailout)
        found[0].last.state = state
        recipient = a_contact(address=address) if address else None
        repeats = Repeats(found, frozenset({"dead@oxo.example"}), NONE)
        return repeats.obstacle(found[0], recipient, is_again=is_again)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("state", DeliveryState)
def test_an_address_gets_a_letter_once_unless_asked(app: App, state: DeliveryState) -> None:
    never_there = {DeliveryState.SUPPRESSED, DeliveryState.CANCELLED, DeliveryState.EXPIRED}
    assert (obstacle(app, state, CHIEF.upper()) is None) == (state in never_there)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("state", DeliveryState)
def test_what_has_not_ended_goes_nowhere_even_if_asked(app: App, state: DeliveryState) -> None:
    unsettled = {
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
        DeliveryState.OFFERED,
        DeliveryState.IN_DOUBT,
        DeliveryState.DEFERRED,
    }
    for address in (CHIEF, "another@oxo.example"):
        assert (obstacle(app, state, address, is_again=True) is None) == (state not in unsettled)


@pytest.mark.usefixtures("asked")
def test_nothing_goes_to_a_suppressed_address_or_to_nobody(app: App) -> None:
    for state in (DeliveryState.BOUNCED, DeliveryState.ACCEPTED):
        said = obstacle(app, state, "Dead@oxo.example", is_again=True)
        assert said
        assert "is suppressed" in said
        assert "nobody is in post as chief executive" in (obstacle(app, state, None) or "")
