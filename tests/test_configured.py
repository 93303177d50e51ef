from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.configured import SettingView, configured
from dispatch.settings import NAMES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def found() -> dict[str, SettingView]:
    return {each.name: each for each in configured()}


def test_each_setting_is_shown_with_its_value_and_where_that_comes_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("DISPATCH_WORKERS=3\nDISPATCH_SENDER_NAME=Us\nHOME=/x\n")
    monkeypatch.setenv("DISPATCH_WORKERS", "5")
    known = found()
    assert [*known] == [*NAMES]
    shown = [
        (known[name].value, known[name].source)
        for name in ("DISPATCH_WORKERS", "DISPATCH_SENDER_NAME", "DISPATCH_RETRY_WAITS")
    ]
    assert shown == [
        ("5", "environment"),
        ("Us", str(folder / ".env")),
        ("300 900 1800 3600 7200", "default"),
    ]
    assert not any(each.trouble for each in known.values())


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("DISPATCH_SECRET_KEY", "k" * 40, "(hidden)"),
        ("DISPATCH_SMTP_URL", "catcher", "(hidden)"),
        (
            "DISPATCH_SMTP_URL",
            "smtp://u:pa%24s@mail.example:587",
            "smtp://u:(hidden)@mail.example:587",
        ),
        ("DISPATCH_IMAP_URL", "imaps://box@mail.example?x=secret", "imaps://box@mail.example"),
        ("DISPATCH_REDIS_URL", "redis://:secret@127.0.0.1/0", "redis://127.0.0.1/0"),
        ("DISPATCH_REDIS_URL", "redis://[secret", "(hidden)"),
        ("DISPATCH_SECRET_KYE", "secret", "(hidden)"),
    ],
)
def test_what_nobody_else_should_read_is_hidden(
    name: str, given: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, given)
    assert found()[name].value == shown


def test_what_is_wrong_is_said_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("DISPATCH_WORKRES=3\n")
    monkeypatch.setenv("DISPATCH_CONNECTIONS", "none")
    monkeypatch.setenv("DISPATCH_MODE", "production")
    known = found()
    misspelt, wrong = known["DISPATCH_WORKRES"], known["DISPATCH_CONNECTIONS"]
    assert misspelt.trouble == "no such setting; did you mean DISPATCH_WORKERS?"
    assert misspelt.remedy == f"correct its name, or delete it, in {folder / '.env'}"
    assert "integer" in wrong.trouble
    assert wrong.remedy == "correct it in the environment"


def test_what_does_not_go_together_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_MODE", "production")
    assert found()["together"].trouble == "DISPATCH_MODE=production needs DISPATCH_SMTP_URL"


def test_secrets_in_files_are_hidden_and_their_files_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "dispatch_secret_key").write_text("k" * 40)
    monkeypatch.setenv("DISPATCH_SECRETS", str(secrets))
    key = found()["DISPATCH_SECRET_KEY"]
    assert (key.value, key.source) == ("(hidden)", str(secrets / "dispatch_secret_key"))
    (secrets / "dispatch_smtp").write_text("x")
    wrong = found()["DISPATCH_SECRETS"]
    assert "is not a setting that may be in DISPATCH_SECRETS" in wrong.trouble
    assert wrong.remedy == "correct it in the environment"
