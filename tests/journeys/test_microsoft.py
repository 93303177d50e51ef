"""Letters by a mailbox at Microsoft 365, with its profile, in a sixtieth of the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from dispatch.app import App, from_environ
from dispatch.database.tables import Attempt, HeldConnections
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.providers import MICROSOFT_365
from tests import steps
from tests.journeys.microsoft import Office, office
from tests.journeys.services import environ, running, wait_until
from tests.journeys.test_procfile import honcho
from tests.mail.dovecot import needs_dovecot

pytestmark = [needs_dovecot, pytest.mark.slow]

CODES = ["".join(each) for each in product("ABCDEFG", "ABCDEFG", "ABCDEFGH")][:346]
LETTERS = 2 * len(CODES)
RATE = 1_500
"""Letters a minute: 25 in each second, which the server takes for a minute."""
BOUNCES = 20
LONG = 900.0


@pytest.fixture
def provided() -> Iterator[Office]:
    with office(minute=1.0) as running:
        yield running


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, broker_url: str, provided: Office
) -> dict[str, str]:
    return {
        "DISPATCH_HOME": str(tmp_path / "home"),
        "DISPATCH_DATABASE_URL": database_url,
        "DISPATCH_REDIS_URL": broker_url,
        "DISPATCH_RATE": f"{RATE}/m",
        "DISPATCH_WORKERS": "1",
        **provided.settings,
    }


@pytest.fixture
def service(settings: dict[str, str]) -> Iterator[App]:
    app = from_environ(environ(**settings))
    assert app.settings.limits.connections == MICROSOFT_365.connections
    yield app
    app.sessions.dispose()


def test_692_letters_pass_by_two_workers_within_the_providers_limits(
    settings: dict[str, str], service: App, provided: Office, tmp_path: Path
) -> None:
    steps.planned_today(service, *CODES)
    steps.render_again(service)
    steps.schedule_again(service)

    with running(honcho("-c", "worker=2,clock=1", "worker", "clock"), settings, tmp_path):
        wait_until(lambda: steps.state_of(service) is MailoutState.SENT, LONG)
        provided.bounce(provided.server.taken[:BOUNCES])
        wait_until(lambda: states(service)[DeliveryState.BOUNCED] == BOUNCES, LONG)

    assert states(service).total() == len(provided.server.taken) == LETTERS
    assert Counter(each.rcpt_to for each in provided.server.taken).most_common(1)[0][1] == 1
    assert states(service).keys() == {DeliveryState.ACCEPTED, DeliveryState.BOUNCED}
    assert provided.server.replies.keys() == {"250 2.0.0"}
    assert provided.server.most_lines <= (MICROSOFT_365.connections or 0)
    with service.sessions.read() as session:
        ended = [each.ended_at for each in session.scalars(select(Attempt)) if each.ended_at]
        assert len(ended) == LETTERS
        assert session.scalars(select(HeldConnections)).all() == []
    # Not how long it took, which depends on the machine: only that it was not too short.
    assert max(ended) - min(ended) >= timedelta(minutes=0.98 * LETTERS / RATE)


def states(service: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(service).values())
