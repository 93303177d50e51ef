from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from dispatch.app import App, from_environ
from dispatch.embedded import __main__ as embedded
from dispatch.settings import Settings
from dispatch.tracking.store import heartbeats
from tests.journeys.services import answer_at, environ, running, wait_until

RUN = [sys.executable, "-m", "dispatch.embedded"]


@pytest.mark.slow
def test_everything_that_is_not_configured_is_started_and_ended(tmp_path: Path) -> None:
    page = tmp_path / "web.sock"
    settings = {"DISPATCH_HOME": str(tmp_path / "home"), "DISPATCH_WEB_LISTEN": str(page)}
    app = from_environ(environ(**settings))

    def is_alive() -> bool:
        if not (tmp_path / "home" / "dispatch.db").exists():
            return False
        with app.sessions.read() as session:
            return len(heartbeats.all_seen(session)) >= 2

    with running(RUN, settings, tmp_path) as services:
        wait_until(app.settings.catcher_port_file.exists)
        wait_until(is_alive)
        wait_until(lambda: page.exists() and answer_at(page, "/readyz")[0] == 200)
    assert services.returncode == 0
    assert not app.settings.catcher_port_file.exists()
    assert not page.exists()
    assert not (tmp_path / "home" / "broker" / "broker.sock").exists()
    app.sessions.dispose()


def test_what_is_configured_is_left_to_others(app: App) -> None:
    settings = app.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:2525")})
    commands = embedded.commands(replace(app, settings=settings))
    assert set(commands) == {"worker", "clock", "web"}


def test_pages_are_not_started_where_they_are_off(app: App) -> None:
    settings = app.settings.model_copy(update={"web_listen": "off"})
    assert set(embedded.commands(replace(app, settings=settings))) == {"mail", "worker", "clock"}


def test_the_catcher_is_started_when_it_is_asked_for_by_name(app: App) -> None:
    settings = app.settings.model_copy(update={"smtp_url": SecretStr("catcher")})
    commands = embedded.commands(replace(app, settings=settings))
    assert set(commands) == {"mail", "worker", "clock", "web"}


FAST = "Letters leave at 25 a minute at most"
TOO_MANY = (
    "Look: Microsoft 365 takes 3 connections at once from a mailbox, and DISPATCH_ALL_CONNECTIONS "
    "is 9"
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["Letters leave as fast as they are taken, without a limit"]),
        (
            {"smtp_url": "smtp://relay.example"},
            ["Letters leave at 60 a minute at most (profile: own-relay)"],
        ),
        (
            {"smtp_url": "smtp://smtp.office365.com", "all_connections": 9},
            [
                f"{FAST}, over 9 connections at most (profile: microsoft365)",
                f"{TOO_MANY}: it will turn letters away for a while",
            ],
        ),
    ],
)
def test_how_fast_letters_leave_is_said(
    app: App, changes: dict[str, object], said: list[str]
) -> None:
    settings = Settings.model_validate({"home": app.settings.home, **changes})
    lines = list(embedded.about_mail(replace(app, settings=settings)))
    assert lines[-len(said) :] == said


def test_the_catcher_gets_no_secret_of_the_environment(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_SECRET_KEY", "hunter2")
    settings = app.settings.model_copy(update={"smtp_url": SecretStr("catcher")})
    words = embedded.commands(replace(app, settings=settings))["mail"]
    before = words[: words.index("-m")]
    asked = [*before, "-c", "import os; print('hunter2' in os.environ.values())"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout == "False\n"


@pytest.mark.parametrize(
    "setting",
    [{"lmtp_listen": "127.0.0.1:2424"}, {"imap_url": SecretStr("imaps://a:b@mail.example/INBOX")}],
)
def test_mail_is_listened_for_where_there_is_any(app: App, setting: dict[str, object]) -> None:
    settings = app.settings.model_copy(update=setting)
    commands = embedded.commands(replace(app, settings=settings))
    assert set(commands) == {"mail", "worker", "clock", "web", "incoming"}


def test_a_broker_that_is_configured_is_used(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def supervise(_: object, *, environ: dict[str, str], **_others: object) -> int:
        seen.update(environ)
        return 0

    monkeypatch.setattr(embedded, "supervise", supervise)
    app.settings.home.mkdir(exist_ok=True)
    settings = app.settings.model_copy(update={"redis_url": SecretStr("redis://localhost:6379/0")})
    given = {"DISPATCH_REDIS_URL": "redis://localhost:6379/0"}
    assert embedded.run(replace(app, settings=settings), given) == 0
    assert seen == {**given, "REMAP_SIGTERM": "SIGQUIT"}


def test_our_own_errors_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPATCH_WORKERS", "many")
    assert embedded.main() == 1
    assert capsys.readouterr().err.startswith("Error: These settings cannot be used:")


def test_a_database_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPATCH_HOME", str(tmp_path))
    monkeypatch.setenv("DISPATCH_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere/dispatch.db")
    monkeypatch.setenv("DISPATCH_SMTP_URL", "catcher")
    assert embedded.main() == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: the database does not answer as it should: ")
