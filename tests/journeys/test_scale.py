"""Several workers and clocks at once, as on several machines: each letter still leaves once."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.database.tables import Attempt
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.journeys.services import running, wait_until
from tests.journeys.test_procfile import honcho

CODES = [f"{letter}{number:02}" for letter in "ABC" for number in range(12)]


@pytest.mark.slow
def test_four_worker_processes_and_two_clocks_send_each_letter_once(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    steps.planned_today(service, *CODES)
    steps.render_again(service)
    steps.schedule_again(service)

    settings = {**arrangement, "DISPATCH_WORKERS": "2", "DISPATCH_CONNECTIONS": "2"}
    with running(honcho("-c", "worker=2,clock=2", "worker", "clock"), settings, tmp_path):
        wait_until(lambda: steps.state_of(service) is MailoutState.SENT)
        wait_until(lambda: len(seen(service)) == 3)

    deliveries = steps.deliveries_of(service)
    assert len(deliveries) == 2 * len(CODES)
    assert {each.state for each in deliveries.values()} == {DeliveryState.ACCEPTED}
    sent = Counter(str(each.id) for each in deliveries.values())
    assert Counter(caught(tmp_path / "mail")) == sent
    assert len(steps.actions(service, f"mailout:{steps.NAME}")) == 7  # nothing was released twice
    with service.sessions.read() as session:
        assert session.query(Attempt).count() == len(deliveries)
        released = [e for e in journal.events(session) if e.action == "mailout.releasing"]
    assert len(released) == 1


def seen(service: App) -> list[str]:
    """Return the names of those that were seen: two workers, and the clocks of one machine."""
    with service.sessions.read() as session:
        return [beat.name for beat in heartbeats.all_seen(session)]


def caught(maildir: Path) -> list[str]:
    """Return the delivery of each message that the catcher took."""
    mails = (message_from_bytes(path.read_bytes()) for path in (maildir / "new").iterdir())
    return [mail["X-Dispatch-Delivery"] for mail in mails]
