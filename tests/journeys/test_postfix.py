"""Letters to a real Postfix over a line that falls, and what its log and its notices prove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.app import App, from_environ
from dispatch.cli import main
from dispatch.domain.calendar import local
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.ledger import journal
from dispatch.mail.catcher import Catcher
from tests import steps
from tests.journeys.postfix import Cut, CuttingProxy, Postfix, needs_postfix, postfix
from tests.journeys.services import environ, wait_until

pytestmark = [needs_postfix, pytest.mark.slow]

CUTS = {
    "chief.executive@oxo.example": Cut.AFTER_THE_DOT,
    "chief.executive@adu.example": Cut.BEFORE_THE_DOT,
    "chief.executive@wot.example": Cut.BEFORE_THE_BODY,
}
TAKEN, BEGUN, UNHEARD_OF = CUTS


@pytest.fixture(scope="module")
def maildir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all mail of the relay ends, its notices among it."""
    return tmp_path_factory.mktemp("caught")


@pytest.fixture(scope="module")
def relay(maildir: Path) -> Iterator[Postfix]:
    with Catcher(maildir, slow_by=0.1) as next_hop, postfix(next_hop.port) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, database_url: str, relay: Postfix) -> Iterator[dict[str, str]]:
    """A service whose way to the relay falls."""
    with CuttingProxy(relay.port, CUTS) as proxy:
        yield {
            "DISPATCH_HOME": str(tmp_path / "home"),
            "DISPATCH_DATABASE_URL": database_url,
            "DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{proxy.port}",
            "DISPATCH_RATE": "unlimited",
        }


@pytest.fixture
def service(settings: dict[str, str]) -> Iterator[App]:
    """An app whose letters to three authorities have left: those to the chiefs are in doubt."""
    app = from_environ(environ(**settings))
    steps.sent_today(app, "OXO", "ADU", "WOT")
    yield app
    app.sessions.dispose()


def states(app: App) -> dict[str, DeliveryState]:
    return {address: each.state for address, each in steps.deliveries_of(app).items()}


def told(service: App, *words: str | Path) -> str:
    """Run a command, and return what it says."""
    done = CliRunner().invoke(main, [str(word) for word in words], obj=service)
    assert done.exit_code == 0, done.output
    return done.output


def told_of(delivery_id: str, relay: Postfix, what: str = "") -> bool:
    """Whether the log has told something of a message; it is written a moment later."""
    lines = relay.log.read_text().splitlines()
    queue_ids = [line.split(": ")[1] for line in lines if delivery_id in line]
    return any(f"]: {queue_ids[0]}: " in line and what in line for line in lines if queue_ids)


def as_of_a_day(relay: Postfix, now: datetime, folder: Path) -> Path:
    """Return the log of a relay that runs all day, and not just for this test."""
    stamps = [local(now + timedelta(hours=hours)) for hours in (-2, 2)]
    before, after = (
        f"{stamp:%b %d %H:%M:%S} relay postfix/anvil[1]: statistics: max cache size 1\n"
        for stamp in stamps
    )
    path = folder / "mail.log"
    path.write_text(before + relay.log.read_text() + after)
    return path


def test_its_log_settles_what_it_took_and_says_of_the_rest_how_far_it_came(
    service: App, relay: Postfix, tmp_path: Path
) -> None:
    in_doubt = {address for address, state in states(service).items() if state.value == "in_doubt"}
    assert in_doubt == set(CUTS)
    ids = {address: str(each.id) for address, each in steps.deliveries_of(service).items()}
    wait_until(lambda: told_of(ids[BEGUN], relay) and told_of(ids[TAKEN], relay, "queue active"))

    log = as_of_a_day(relay, service.clock(), tmp_path)
    words = ("delivery", "reconcile", steps.NAME, "--postfix-log", log, "--json")
    report = json.loads(told(service, *words))
    assert [each["id"] for each in report["settled"]] == [ids[TAKEN]]
    assert {each["address"]: each["log"] for each in report["in_doubt"]} == {
        BEGUN: "begun",
        UNHEARD_OF: "no-trace",
    }
    found = states(service)
    assert found.pop(BEGUN) is found.pop(UNHEARD_OF) is DeliveryState.IN_DOUBT
    assert set(found.values()) == {DeliveryState.ACCEPTED}


def test_its_notice_settles_what_it_took_by_the_envelope_id(service: App, maildir: Path) -> None:
    delivery = steps.deliveries_of(service)[TAKEN]
    envelope_id = f"Original-Envelope-Id: {delivery.id.hex}.1".encode()
    new = maildir / "new"
    wait_until(lambda: any(envelope_id in path.read_bytes() for path in new.iterdir()))
    [notice] = [path for path in new.iterdir() if envelope_id in path.read_bytes()]
    told(service, "receive", notice)
    assert states(service)[TAKEN] is DeliveryState.ACCEPTED
    with service.sessions.read() as session:
        event = journal.events(session, f"delivery:{delivery.id}")[-1]
    assert (event.action, event.detail["attempt"]) == ("delivery.settled", "1")
    assert event.detail["because"] == "delivered by mail"
    assert event.detail["mail"] == sha256(notice.read_bytes())
