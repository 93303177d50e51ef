"""Each line of the Procfile, started as the Procfile says, on real servers."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.database import schema
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.conftest import ROOT
from tests.factories import a_word, contact_in
from tests.journeys.services import BIN, answer_at, environ, running, wait_until
from tests.notices import a_dsn, token
from tests.patience import HANG_SECONDS

PROCFILE = ROOT / "Procfile"
FATES = (
    ("ADU", "chief executive", "refuse.chief@adu.example"),
    ("WOT", "chief executive", "drop.chief@wot.example"),
    ("OXO", "link officer", "defer.link@oxo.example"),
)
CHIEF = "chief.executive@oxo.example"
LINES = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines())


def honcho(*names: str) -> list[str]:
    return [str(BIN / "honcho"), "start", "-f", str(PROCFILE), "-d", str(ROOT), *names]


def test_every_line_is_started_by_a_test() -> None:
    assert set(LINES) == {"release", "worker", "clock", "web", "incoming"}


def test_the_release_line_brings_the_database_up_to_date(
    arrangement: dict[str, str], service: App
) -> None:
    done = subprocess.run(
        ["sh", "-c", LINES["release"]], env=environ(**arrangement), check=False, cwd=ROOT
    )
    assert done.returncode == 0
    with service.sessions.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT


@pytest.mark.slow
def test_the_web_line_serves_the_pages_and_stops_when_it_is_asked_to(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    page = tmp_path / "web.sock"
    settings = {**arrangement, "DISPATCH_WEB_LISTEN": str(page)}
    steps.planned_today(service, "OXO")
    (tmp_path / "flask.py").write_text("raise SystemExit('somebody else's code')")
    (tmp_path / "gunicorn.conf.py").write_text("raise SystemExit('somebody else's settings')")
    line = [sys.executable, *LINES["web"].split()[1:]]
    with running(line, settings, tmp_path) as web:
        wait_until(page.exists)
        assert answer_at(page, "/healthz") == (200, b"ok\n")
        assert answer_at(page, "/readyz")[0] == 200
        assert answer_at(page, "/mailouts")[0] == 302
    assert web.returncode == 0
    assert not page.exists()
    said = "".join(each.read_text() for each in tmp_path.glob("*.log"))
    assert said == f"The pages are at {page}\n"


@pytest.mark.slow
def test_they_take_a_mailout_from_wanted_letters_to_what_comes_back(
    arrangement: dict[str, str], service: App, tmp_path: Path
) -> None:
    socket = tmp_path / "lmtp"
    settings = {**arrangement, "DISPATCH_LMTP_LISTEN": str(socket)}
    steps.planned_today(service, "OXO", "ADU", "WOT")
    with service.sessions.begin() as session:
        for code, role, address in FATES:
            contact_in(session, code, role).address = address
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, service.templates, a_word(service.clock()))

    with running(honcho("incoming", "worker", "clock"), settings, tmp_path):
        wait_until(lambda: steps.state_of(service) is MailoutState.RENDERED)
        steps.schedule_again(service)
        wait_until(lambda: steps.state_of(service) is MailoutState.SENT)
        found = states(service)
        wait_until(socket.exists)
        with smtplib.LMTP(str(socket), timeout=HANG_SECONDS) as client:
            delivery = steps.deliveries_of(service)[CHIEF]
            mail = a_dsn(service, delivery, to="bounces@ombudsman.example")
            assert client.sendmail("", [token(service, delivery)], mail) == {}
        wait_until(lambda: states(service)[CHIEF] is DeliveryState.BOUNCED)

    assert found.pop("refuse.chief@adu.example") is DeliveryState.REFUSED
    assert found.pop("drop.chief@wot.example") is DeliveryState.IN_DOUBT
    assert set(found.values()) == {DeliveryState.ACCEPTED}
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 5
    with service.sessions.read() as session:
        assert {beat.kind for beat in heartbeats.all_seen(session)} == {"clock", "inbox", "worker"}


def states(service: App) -> dict[str, DeliveryState]:
    return {address: each.state for address, each in steps.deliveries_of(service).items()}
