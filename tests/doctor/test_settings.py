"""Settings that a person may have overlooked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.doctor import settings
from dispatch.domain.digest import sha256
from dispatch.domain.doctor.finding import Level
from dispatch.mail.incoming.maildir import Maildir
from dispatch.settings import Settings
from dispatch.upkeep.folder import LIST, lay_out
from tests.doctor.offices import SETTINGS, faults, office, words

STOPS, LOOK = Level.STOPS, Level.LOOK
INBOX = (Maildir(Path("Maildir")),)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"office": ""}, {"settings.office": LOOK}),
        ({"smtp_plaintext_host": "other.example"}, {"settings.plaintext_host": LOOK}),
        ({"smtp_plaintext_host": "relay.office.example"}, {}),
        (
            {"smtp_url": "smtp://smtp.office365.com", "rate": "60/m"},
            {"settings.pace": LOOK},
        ),
        ({"smtp_url": "smtp://smtp.office365.com"}, {}),
        ({"lease_seconds": 60}, {"settings.lease": LOOK}),
        ({"lmtp_listen": "127.0.0.1:24", "inboxes": ()}, {}),
        ({"inboxes": ()}, {"settings.incoming": LOOK}),
        ({"smtp_url": "catcher"}, {"settings.catcher": LOOK}),
        (
            {"smtp_url": "catcher", "clock_offset": 60, "database_url": ""},
            {"settings.catcher": LOOK, "settings.clock_offset": LOOK},
        ),
    ],
)
def test_each_is_found_alone(app: App, changes: dict[str, Any], expected: dict[str, Level]) -> None:
    found = list(settings.find(office(app, **{"inboxes": INBOX} | changes)))
    assert faults(found) == expected
    assert words(found)


def test_a_sender_that_nobody_has_set_is_found(app: App) -> None:
    given = {name: value for name, value in SETTINGS.items() if name != "return_path"}
    at = replace(office(app, inboxes=INBOX), settings=Settings(home=app.settings.home, **given))
    found = list(settings.find(at))
    assert faults(found) == {"settings.sender": STOPS}
    assert "DISPATCH_RETURN_PATH is not set" in words(found)


@pytest.mark.parametrize(("mode", "expected"), [(0o600, {}), (0o644, {"settings.env_file": LOOK})])
def test_a_file_of_settings_that_others_may_read_is_found(
    app: App, tmp_path: Path, mode: int, expected: dict[str, Level]
) -> None:
    (tmp_path / ".env").write_text("DISPATCH_OFFICE=a@b.example\n")
    (tmp_path / ".env").chmod(mode)
    assert faults(settings.find(office(app, inboxes=INBOX))) == expected


def test_templates_that_are_older_than_this_version_are_found(app: App, tmp_path: Path) -> None:
    lay_out(tmp_path)
    at = office(app, inboxes=INBOX, templates=tmp_path / "templates")
    assert faults(list(settings.find(at))) == {}
    kept = json.loads((tmp_path / LIST).read_text())
    (tmp_path / "README.md").write_text("as it was")
    kept["files"]["README.md"] = sha256(b"as it was")
    (tmp_path / LIST).write_text(json.dumps(kept))
    found = list(settings.find(at))
    assert faults(found) == {"settings.templates": LOOK}
    assert f"dispatch init {tmp_path}" in words(found)
    (tmp_path / LIST).write_text("[")
    assert faults(list(settings.find(at))) == {"settings.templates": LOOK}
