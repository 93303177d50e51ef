"""A relay that turns on us from the third message on, met by the real clock and workers."""

from __future__ import annotations

import email
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Final

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.factories import a_word
from tests.journeys.services import running, wait_until
from tests.journeys.test_procfile import honcho
from tests.mail.servers import TurningServer

DENIED: Final = "554 5.2.252 SendAsDenied; not allowed to send as"
ACCEPTED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
QUEUED = DeliveryState.QUEUED
COUNCILS: Final = tuple(f"C{number:02}" for number in range(40))


@pytest.mark.slow
def test_at_most_ten_letters_meet_it_and_all_go_once_it_is_mended(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    steps.planned_today(service, *COUNCILS, cc_roles=())
    with service.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, service.templates, a_word(service.clock()))

    with TurningServer(takes=2, then=DENIED) as relay:
        settings = {**arrangement, "DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{relay.port}"}
        with running(honcho("-c", "worker=2,clock=1", "worker", "clock"), settings, tmp_path):
            wait_until(lambda: steps.state_of(service) is MailoutState.RENDERED)
            steps.schedule_again(service)
            wait_until(lambda: steps.state_of(service) is MailoutState.PAUSED)
            took = monotonic() - relay.first_at
            wait_until(lambda: states(service).keys() <= {ACCEPTED, DEFERRED, QUEUED})
            met = relay.met
            print(f"{met} letters met it; seen to be paused after {took:.3f} s")  # noqa: T201
            assert met <= 10
            relay.mend()
            resume(service)
            wait_until(lambda: steps.state_of(service) is MailoutState.SENT)

    assert states(service) == {ACCEPTED: len(COUNCILS)}
    assert "delivery.refused" not in steps.actions(service)
    assert len(relay.messages) - met == len(COUNCILS)
    named = Counter(email.message_from_bytes(each)["To"] for each in relay.messages)
    assert len(named) == len(COUNCILS)


def states(service: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(service).values())


def resume(service: App) -> None:
    with service.sessions.begin() as session:
        paused = mailout_named(session, steps.NAME)
        release.resume(session, paused, a_word(service.clock()))
