from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from dispatch.app import isolated
from dispatch.domain.errors import BadInput
from dispatch.secret_files import KEY_FILES, SECRETS, with_secrets
from dispatch.settings import NAMES, Settings

KEY = "k" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dispatch_secret_key").write_text(f"{KEY}\n")
    (tmp_path / "dispatch_smtp_url").write_text("smtps://u:p@mail.example")
    (tmp_path / "another_programs").write_text("not ours")
    return tmp_path


def given(folder: Path, **settings: str) -> dict[str, str]:
    return with_secrets({"DISPATCH_SECRETS": str(folder), "HOME": "/", **settings})


def test_a_secret_is_read_from_a_file_with_the_name_of_its_setting(folder: Path) -> None:
    found = given(folder, DISPATCH_SECRET_KEY="")
    assert found["DISPATCH_SECRET_KEY"] == KEY
    assert found["HOME"] == "/"
    settings = Settings.read(found)
    assert settings.smtp_url.get_secret_value() == "smtps://u:p@mail.example"
    assert settings.secrets == folder


def test_of_a_setting_that_is_a_file_the_path_counts(folder: Path) -> None:
    (folder / "dispatch_dkim_key").write_bytes(b"\xff a key")
    assert given(folder)["DISPATCH_DKIM_KEY"] == str(folder / "dispatch_dkim_key")


def test_without_such_a_folder_nothing_is_read() -> None:
    assert with_secrets({"DISPATCH_HOME": "x"}) == {"DISPATCH_HOME": "x"}
    hidden = isolated()
    assert with_secrets({**hidden, "DISPATCH_SECRETS": ""}) == hidden


def test_an_isolated_environment_has_no_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_SECRETS", str(folder))
    assert not with_secrets(isolated())["DISPATCH_SMTP_URL"]


def test_every_name_is_one_of_a_setting() -> None:
    assert {*SECRETS, *KEY_FILES} < set(NAMES)
    assert "DISPATCH_DATABASE_URL" in SECRETS


def test_what_is_set_twice_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="DISPATCH_SECRET_KEY is set, and is a file"):
        given(folder, DISPATCH_SECRET_KEY=KEY)


@pytest.mark.parametrize("name", ["dispatch_smtp", "dispatch_sender", "dispatch_secrets"])
def test_a_file_that_is_no_secret_of_ours_is_not_passed_over(folder: Path, name: str) -> None:
    (folder / name).write_text("x")
    with pytest.raises(BadInput, match="is not a setting that may be in DISPATCH_SECRETS"):
        given(folder)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_what_cannot_be_a_secret_is_refused_and_not_repeated(folder: Path, content: bytes) -> None:
    (folder / "dispatch_secret_key").write_bytes(content)
    with pytest.raises(BadInput, match="dispatch_secret_key: this") as refused:
        given(folder)
    assert "xx" not in str(refused.value)


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_SECRETS, .*, cannot be read: No such file"):
        given(tmp_path / "nowhere")


def test_a_secret_that_others_may_change_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "dispatch_secret_key").chmod(0o666)
    with pytest.raises(BadInput, match="can be changed by other users"):
        given(folder)
    # In a container it lies on a mount that nobody there can write to.
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    assert given(folder)["DISPATCH_SECRET_KEY"] == KEY
