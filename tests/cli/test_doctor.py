from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.app import App
from dispatch.cli import main
from tests import steps
from tests.cli.conftest import Dispatch
from tests.doctor.offices import office
from tests.fakes import FakeTransport


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
    assert "no mailout is called 'nothing'" in " ".join(done.output.split())


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
