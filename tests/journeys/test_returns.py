"""Letters through a real Postfix that bounces some; what it writes comes back by a real Dovecot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.app import App, from_environ
from dispatch.cli import main
from dispatch.domain.delivery import DeliveryState
from dispatch.incoming.store import notices
from dispatch.mail.catcher import Catcher
from dispatch.register.store import suppressions
from tests import steps
from tests.factories import contact_in
from tests.journeys.postfix import needs_postfix, postfix
from tests.journeys.services import environ, wait_until
from tests.mail.dovecot import Dovecot, dovecot, needs_dovecot

pytestmark = [needs_postfix, needs_dovecot, pytest.mark.slow]

DEAD = "refuse.chief@wot.example"


@pytest.fixture
def mailbox() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, database_url: str, mailbox: Dovecot) -> Iterator[dict[str, str]]:
    """A service whose relay puts all that it passes on, and its notices, into one mailbox."""
    with Catcher(mailbox.maildir) as next_hop, postfix(next_hop.port) as relay:
        yield {
            "DISPATCH_HOME": str(tmp_path / "home"),
            "DISPATCH_DATABASE_URL": database_url,
            "DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "DISPATCH_RATE": "unlimited",
            "DISPATCH_IMAP_URL": mailbox.url("?done=Taken"),
        }


@pytest.fixture
def service(settings: dict[str, str]) -> Iterator[App]:
    """An app whose letters have left, one to a dead address: only the next hop knows."""
    app = from_environ(environ(**settings))
    steps.planned_today(app, "OXO", "ADU", "WOT", cc_roles=())
    with app.sessions.begin() as session:
        contact_in(session, "WOT").address = DEAD
    steps.send_today(app)
    yield app
    app.sessions.dispose()


def polled(service: App) -> str:
    return CliRunner().invoke(main, ["receive", "--poll"], obj=service).output


def said(app: App) -> dict[str, list[str]]:
    """Return what came back of each address, as verified."""
    with app.sessions.read() as session:
        found = [
            (delivery.address, row.action.value)
            for row, _, delivery in notices.listed(session)
            if delivery and row.action and row.is_believed
        ]
    return {address: [what for to, what in found if to == address] for address, _ in found}


def test_each_delivery_ends_as_its_notice_says_and_no_mail_is_taken_twice(
    service: App, mailbox: Dovecot
) -> None:
    accepted = {each.state for each in steps.deliveries_of(service).values()}
    assert accepted == {DeliveryState.ACCEPTED}
    # Two letters that were passed on, and the relay's word on all three.
    wait_until(lambda: len(list((mailbox.maildir / "new").iterdir())) == 5)
    mailbox.own_all()
    assert polled(service) == "5 new messages; see `dispatch notice list`.\n"

    states = {address: each.state for address, each in steps.deliveries_of(service).items()}
    assert states.pop(DEAD) is DeliveryState.BOUNCED
    assert set(states.values()) == {DeliveryState.ACCEPTED}
    assert said(service) == {DEAD: ["failed"], **{each: ["relayed"] for each in states}}
    with service.sessions.read() as session:
        suppression = suppressions.suppression_of(session, DEAD)
        assert suppression
        assert suppression.reason == "hard bounce: bad address"
        assert notices.quarantined(session) == []
    assert polled(service) == "0 new messages; see `dispatch notice list`.\n"
