from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from dotenv import dotenv_values

from dispatch.domain.errors import BadInput
from dispatch.settings import NAMES, Settings

EXAMPLE = Path(__file__).parents[1] / "config/dispatch.env.example"


def example() -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(EXAMPLE).items()}


def test_the_example_file_names_every_setting_and_its_default() -> None:
    assert sorted(example()) == sorted(NAMES)
    assert Settings.read(example()) == Settings()


def test_every_setting_in_the_example_file_is_explained() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("DISPATCH_"):
            assert lines[number - 1].startswith(("# ", "DISPATCH_")), line


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        Settings.read({"DISPATCH_WORKERS": "many", "DISPATCH_SENDER": "nobody"})
    assert [line.split(":")[0].strip() for line in caught.value.problems] == [
        "DISPATCH_SENDER",
        "DISPATCH_WORKERS",
    ]


def test_a_misspelt_name_is_an_error_and_not_ignored() -> None:
    with pytest.raises(BadInput, match="DISPATCH_SMTP: no such setting"):
        Settings.read({"DISPATCH_SMTP": "smtp://mail.example"})


def test_other_programs_variables_are_none_of_our_business() -> None:
    environ = {"HOME": "/root", "DISPATCH_TEST_REDIS_URL": "redis://localhost", "DISPATCH_HOME": ""}
    assert Settings.read(environ) == Settings()


def test_a_secret_is_not_shown() -> None:
    settings = Settings.read({"DISPATCH_SECRET_KEY": "very secret"})
    assert "very secret" not in repr(settings)


def test_waits_are_read_as_seconds() -> None:
    settings = Settings.read({"DISPATCH_RETRY_WAITS": "1, 2 4.5"})
    assert settings.retry_waits == tuple(timedelta(seconds=each) for each in (1, 2, 4.5))


@pytest.mark.parametrize("waits", ["soon", "-5"])
def test_waits_that_are_none_are_refused(waits: str) -> None:
    with pytest.raises(BadInput, match="DISPATCH_RETRY_WAITS"):
        Settings.read({"DISPATCH_RETRY_WAITS": waits})


def test_a_shifted_clock_and_a_real_mail_server_do_not_go_together() -> None:
    with pytest.raises(BadInput, match="DISPATCH_CLOCK_OFFSET does not go with DISPATCH_SMTP_URL"):
        Settings.read({"DISPATCH_CLOCK_OFFSET": "60", "DISPATCH_SMTP_URL": "smtp://mail.example"})


def test_state_lies_in_the_home_unless_it_is_told_where(tmp_path: Path) -> None:
    settings = Settings.read({"DISPATCH_HOME": str(tmp_path)})
    assert settings.database == f"sqlite:///{tmp_path}/dispatch.db"
    assert {settings.broker_folder.parent, settings.maildir.parent} == {tmp_path}
    assert Settings(database_url="postgresql+psycopg://db").database == "postgresql+psycopg://db"
