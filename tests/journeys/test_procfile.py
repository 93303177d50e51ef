"""Each line of the Procfile, started as the Procfile says, on real servers."""

from __future__ import annotations

import smtplib
import subprocess
from datetime import timedelta
from pathlib import Path

from dispatch.app import App
from dispatch.db import queries, schema
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.stages import approve, release, render
from tests import steps
from tests.conftest import ROOT
from tests.factories import a_mailout, contact_in, register
from tests.journeys.services import BIN, environ, running, wait_until
from tests.notices import a_dsn, token

PROCFILE = ROOT / "Procfile"
LINES = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines())


def honcho(*names: str) -> list[str]:
    return [str(BIN / "honcho"), "start", "-f", str(PROCFILE), "-d", str(ROOT), *names]


def test_every_line_is_started_by_a_test() -> None:
    assert set(LINES) == {"release", "worker", "clock", "incoming"}


def test_the_release_line_brings_the_database_up_to_date(
    arrangement: dict[str, str], service: App
) -> None:
    done = subprocess.run(
        ["sh", "-c", LINES["release"]], env=environ(**arrangement), check=False, cwd=ROOT
    )
    assert done.returncode == 0
    with service.sessions.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT


def test_worker_and_clock_take_a_mailout_from_wanted_letters_to_sent_ones(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    now = service.clock()
    with service.sessions.begin() as session:
        register(session, "OXO", "ADU", "WOT")
        contact_in(session, "ADU").address = "refuse.chief@adu.example"
        contact_in(session, "WOT").address = "drop.chief@wot.example"
        contact_in(session, "OXO", "link officer").address = "defer.link@oxo.example"
        mailout = a_mailout(
            session,
            letter_date=(now - timedelta(days=1)).date(),
            not_after=now + timedelta(hours=1),
            upload_date=(now + timedelta(days=6)).date(),
        )
        render.ask(session, mailout, service.templates, actor="sam", now=now)

    def state() -> MailoutState:
        with service.sessions.read() as session:
            return queries.mailout_named(session, steps.NAME).state

    with running(honcho("worker", "clock"), arrangement, tmp_path):
        wait_until(lambda: state() is MailoutState.RENDERED)
        with service.sessions.begin() as session:
            mailout = queries.mailout_named(session, steps.NAME, is_locked=True)
            approved = approve.approve(
                session, mailout, service.templates, person="alex", now=service.clock()
            )
            assert approved.digest
            release.schedule(session, mailout, service.templates, actor="sam", now=service.clock())
        wait_until(lambda: state() is MailoutState.SENT)

    found = {address: each.state for address, each in steps.deliveries_of(service).items()}
    assert found.pop("refuse.chief@adu.example") is DeliveryState.REFUSED
    assert found.pop("drop.chief@wot.example") is DeliveryState.IN_DOUBT
    assert set(found.values()) == {DeliveryState.ACCEPTED}
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 5
    with service.sessions.read() as session:
        assert {beat.kind for beat in queries.heartbeats(session)} == {"clock", "worker"}


def test_the_incoming_line_takes_mail_in_that_the_worker_reads(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    socket = tmp_path / "lmtp"
    settings = {**arrangement, "DISPATCH_LMTP_LISTEN": str(socket)}
    steps.sent_today(service, cc_roles=())
    [delivery] = steps.deliveries_of(service).values()

    def state() -> DeliveryState:
        [found] = steps.deliveries_of(service).values()
        return found.state

    with running(honcho("incoming", "worker", "clock"), settings, tmp_path):
        wait_until(socket.exists)
        with smtplib.LMTP(str(socket), timeout=30) as client:
            mail = a_dsn(service, delivery, to="bounces@ombudsman.example")
            assert client.sendmail("", [token(service, delivery)], mail) == {}
        wait_until(lambda: state() is DeliveryState.BOUNCED)
