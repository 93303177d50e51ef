"""The two promises, whatever happens in whatever order: no letter twice, none lost in silence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.acceptance import Acceptance
from dispatch.ledger import journal
from dispatch.sending import doubts
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.journeys.life import Life
from tests.journeys.workshop import World

EXAMPLES: Final = int(os.environ.get("DISPATCH_TEST_LIFE_EXAMPLES", "") or 24)
"""How many lives to try: few by default, thousands to look harder."""


@pytest.mark.slow
def test_no_letter_goes_twice_and_none_is_lost_in_silence(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    world = World(app, clock, tmp_path / "worker")

    class LifeInThisWorld(Life):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        LifeInThisWorld,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),  # it is slow to look at a whole database
        ),
    )


def test_only_the_word_of_a_person_who_is_wrong_sends_a_letter_twice_and_the_ledger_names_them(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, cc_roles=())
    transport.outcomes.append(Outcome(Verdict.IN_DOUBT, trouble="connection lost after the dot"))
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    with app.sessions.begin() as session:
        doubts.settle(
            session,
            delivery.id,
            doubts.Decision.NOT_SENT,
            a_word(clock(), "alex", "they say that nothing came"),
        )
    evidence = Acceptance(delivery_id=delivery.id, attempt=1, source="postfix log", quote="4XyZ")
    with app.sessions.begin() as session:
        finding = doubts.accept(session, evidence, a_word(clock()))
    assert finding is doubts.Weighed.CONTRADICTED
    steps.send_due(app)

    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [delivery.address] * 2
    [delivery] = steps.deliveries_of(app).values()
    assert delivery.state is DeliveryState.ACCEPTED
    with app.sessions.read() as session:
        told = journal.events(session, f"delivery:{delivery.id}")
    [settled] = [event for event in told if event.action == "delivery.settled"]
    assert (settled.actor, settled.detail["as"]) == ("alex", "not-sent")
    assert settled.detail["because"] == "they say that nothing came"
