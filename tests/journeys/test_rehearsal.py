"""A mailout is approved for one mode, and leaves in no other."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

import pytest

from dispatch.app import App
from dispatch.database import connect
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.modes import AllowList, Mode
from dispatch.letters import repeats
from dispatch.mail.outgoing.guard import GuardedTransport
from dispatch.mailouts.store import mailout_named
from tests import packs, steps
from tests.conftest import KEY
from tests.fakes import FakeClock, FakeTransport

MAILBOX = "rehearsal@office.example"


def in_mode(app: App, database_url: str, mode: Mode, transport: FakeTransport) -> App:
    """Return the same office as its settings make it in a mode."""
    sender = replace(app.sender, mode=mode, rehearsal_to=MAILBOX if mode is Mode.REHEARSAL else "")
    return replace(
        app,
        sender=sender,
        sessions=connect(database_url, KEY, party=sender.party),
        transport=GuardedTransport(transport, mode, AllowList.of([MAILBOX])),
    )


@pytest.fixture
def rehearsal(app: App, database_url: str, transport: FakeTransport) -> App:
    return in_mode(app, database_url, Mode.REHEARSAL, transport)


def test_a_rehearsal_sends_every_letter_to_one_address_and_says_whose_it_is(
    rehearsal: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(rehearsal, clock, "ADU", "OXO", is_auto_submitted=True)
    steps.send_due(rehearsal)
    assert {envelope.rcpt_to for envelope, _ in transport.sent} == {MAILBOX}
    assert len(transport.sent) == 4
    messages = [message_from_bytes(content) for _, content in transport.sent]
    message = next(each for each in messages if "@oxo." in each["X-Dispatch-Rehearsal"])
    assert message["To"] == MAILBOX
    assert message["Cc"] is None
    assert message["Subject"].startswith("[Rehearsal] ")
    assert "chief.executive@oxo.example" in message["X-Dispatch-Rehearsal"]
    assert "link.officer@oxo.example" in message["X-Dispatch-Rehearsal"]


@pytest.mark.parametrize(
    ("approved_in", "sent_in"),
    [(Mode.REHEARSAL, Mode.PRODUCTION), (Mode.PRODUCTION, Mode.REHEARSAL)],
)
def test_nothing_leaves_in_another_mode_than_it_was_approved_for(
    app: App,
    clock: FakeClock,
    database_url: str,
    transport: FakeTransport,
    approved_in: Mode,
    sent_in: Mode,
) -> None:
    before = in_mode(app, database_url, approved_in, transport)
    after = in_mode(app, database_url, sent_in, transport)
    steps.released(before, clock, "OXO", is_auto_submitted=approved_in is Mode.PRODUCTION)
    steps.send_due(after)
    mailout = steps.mailout_of(after)
    assert (transport.sent, mailout.state) == ([], MailoutState.PAUSED)
    assert f"approved for mode {approved_in}" in (mailout.remark or "")
    states = {row.state for row in steps.deliveries_of(after).values()}
    assert states == {DeliveryState.QUEUED}


def test_an_approval_is_of_a_mode(
    rehearsal: App, app: App, clock: FakeClock, database_url: str, transport: FakeTransport
) -> None:
    production = in_mode(app, database_url, Mode.PRODUCTION, transport)
    steps.scheduled(rehearsal, "OXO")
    clock.reach(steps.mailout_of(production).plan.release_at)
    assert steps.tick(production) == []
    mailout = steps.mailout_of(production)
    assert mailout.state is MailoutState.DRAFT
    assert f"as a rehearsal to {MAILBOX}" in (mailout.remark or "")


def test_nobody_has_had_a_letter_by_a_rehearsal(
    rehearsal: App, app: App, clock: FakeClock, database_url: str, transport: FakeTransport
) -> None:
    steps.released(rehearsal, clock, "OXO", cc_roles=())
    steps.send_due(rehearsal)
    steps.tick(rehearsal)
    production = in_mode(app, database_url, Mode.PRODUCTION, transport)
    steps.second_approved(production)
    with production.sessions.read() as session:
        assert repeats.find(session, mailout_named(session, steps.SECOND)) == []
    clock.advance(minutes=1)
    packs.seal_all(production)
    with pytest.raises(RuleBroken, match="was a rehearsal"):
        packs.packed(production)
