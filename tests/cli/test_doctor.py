from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.app import App
from dispatch.cli import main
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.register.store import contacts
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.cli.conftest import Dispatch
from tests.doctor.offices import office, served
from tests.fakes import FakeTransport
from tests.mail.authorities import Authority
from tests.mail.names import Records, name_server
from tests.mail.servers import ScriptedServer


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_stops_the_letters_comes_first_and_is_the_exit_status(
    app: App, dispatch: Dispatch
) -> None:
    at = office(app, smtp_url="catcher")
    done = dispatch("doctor", obj=at)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0] == "STOPS  No clock process runs."
    assert lines[1].startswith("       Without it nothing is released")
    assert lines[2].startswith("       To do: Start the service")
    assert max(map(len, lines)) <= 80
    labels = [line.split()[0] for line in lines[:-1] if line[0] != " "]
    assert labels == sorted(labels, key=["STOPS", "look", "fine"].index)
    assert set(labels) == {"STOPS", "look", "fine"}
    stopped = labels.count("STOPS")
    assert lines[-1].startswith(f"{stopped} findings stop the letters,")


def test_programs_get_every_finding_by_a_name_that_stays(app: App, dispatch: Dispatch) -> None:
    name = steps.planned(app)
    done = dispatch("doctor", name, "--json", obj=office(app, smtp_url="catcher"))
    found = json.loads(done.output)
    assert list(found) == ["at", "level", "findings"]
    assert found["level"] == "stops"
    assert found["at"] == "2020-07-20T09:00:00+00:00"
    assert {"check", "level", "found", "means", "to_do"} == found["findings"][0].keys()
    levels = {each["check"]: each["level"] for each in found["findings"]}
    assert levels["service.worker"] == "stops"
    assert levels["dns"] == "look"
    assert levels["database"] == "fine"
    assert levels["pace"] == "fine"


def test_a_mailout_that_is_not_there_is_said_once_and_not_a_crash(
    app: App, dispatch: Dispatch
) -> None:
    done = dispatch("doctor", "nothing", obj=office(app))
    assert "No mailout is called 'nothing'" in " ".join(done.output.split())


def test_settings_that_cannot_be_used_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner(env={"DISPATCH_RAET": "60/m", "DISPATCH_SMTP_URL": "smtp://x:s3cret@y"})
    done = runner.invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "STOPS  These settings cannot be used" in done.output
    assert "DISPATCH_RAET: no such setting" in " ".join(done.output.split())
    assert "s3cret" not in done.output
    assert json.loads(runner.invoke(main, ["doctor", "--json"]).output)["at"] is None
    assert runner.invoke(main, ["mailout", "list"]).exit_code == 1


def test_a_test_message_is_sent_only_when_a_person_says_so(
    app: App, dispatch: Dispatch, transport: FakeTransport
) -> None:
    at = replace(office(app, smtp_url="catcher"), transport=transport)
    dispatch("doctor", obj=at)
    assert transport.sent == []
    done = dispatch("doctor", "--send-to", "me@office.example", "--as", "kim", obj=at)
    assert "The mail server took a test message to me@office.example." in done.output
    assert len(transport.sent) == 1


RELAY = "192.0.2.10"
KEY = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ" + "A" * 178


def sound_dns(app: App) -> Records:
    """Return the records of our domain, and of those that the letters go to."""
    with app.sessions.read() as session:
        domains = {each.address.partition("@")[2] for each in contacts.current(session).values()}
    ours: dict[str, Any] = {
        "": {"NS": ["a.root.example."]},
        "ombudsman.example": {
            "MX": ["1 mx.office.example."],
            "TXT": ['"v=spf1 ip4:192.0.2.10 -all"'],
        },
        "_dmarc.ombudsman.example": {"TXT": ['"v=DMARC1; p=reject"']},
        "s1._domainkey.ombudsman.example": {"TXT": [f'"v=DKIM1; p={KEY}"']},
        "10.2.0.192.in-addr.arpa": {"PTR": ["mx.office.example."]},
        "mx.office.example": {"A": [RELAY]},
    }
    return ours | {each: {"MX": ["1 mx.office.example."]} for each in domains}


def test_nothing_is_found_in_an_office_where_all_is_well(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    name = steps.planned(app, "OXO", "BIR")
    served(app)
    for folder in ("new", "cur"):
        (tmp_path / "Maildir" / folder).mkdir(parents=True)
    authority = Authority(tmp_path)
    relay = ScriptedServer(
        extensions=("SIZE 50000000", "DSN", "8BITMIME"),
        tls="starttls",
        context=authority.context(),
    )
    server = SmtpServer("localhost", relay.port, security="starttls", ca_file=authority.file)
    box = Maildir(tmp_path / "Maildir")
    at = office(app, server=server, inboxes=(box,))
    with app.sessions.begin() as session:
        heartbeats.beat(session, INBOX, box.name, app.clock(), timedelta(0))
    with relay, name_server(sound_dns(app)) as resolver:
        ours = ("--relay-address", RELAY, "--dkim-selector", "s1")
        done = dispatch("doctor", name, "--dns", f"127.0.0.1:{resolver.port}", *ours, obj=at)
    assert done.exit_code == 0, done.output
    *lines, summary = done.output.splitlines()
    assert [line for line in lines if not line.startswith("fine   ")] == []
    assert summary == f"0 findings stop the letters, 0 need a look, {len(lines)} are fine."
    assert all(len(line) <= 80 for line in lines)
