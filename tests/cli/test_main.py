from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from dispatch.app import App, from_environ
from dispatch.cli import main
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output.statuses import Status
from dispatch.database import BrokenConstraint
from tests import steps
from tests.cli.conftest import Dispatch
from tests.commands import every_command


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_every_command_explains_itself_in_80_columns(
    dispatch: Dispatch, words: tuple[str, ...]
) -> None:
    result = dispatch(*words, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_commands_are_listed_in_the_order_of_the_path() -> None:
    assert main.list_commands(click.Context(main)) == [
        "demo",
        "init",
        "doctor",
        "settings",
        "run",
        "rehearse",
        "alive",
        "open",
        "metrics",
        "clock",
        "catcher",
        "user",
        "token",
        "db",
        "import",
        "contacts",
        "mailout",
        "template",
        "letter",
        "delivery",
        "resend",
        "listen",
        "receive",
        "notice",
        "explain",
        "suppression",
        "upload",
        "keys",
        "audit",
        "completion",
    ]


@pytest.mark.parametrize(
    "words",
    [words for words, each in every_command() if isinstance(each, click.Group)] + [()],
    ids=" ".join,
)
def test_a_group_lists_each_command_with_a_whole_sentence(
    dispatch: Dispatch, words: tuple[str, ...]
) -> None:
    listed = dispatch(*words, "--help").output.partition("Commands:")[2].splitlines()
    assert [line for line in listed if line and not line.endswith(".")] == []
    assert [line for line in listed if line.endswith("...")] == []


def lazy_groups() -> list[LazyGroup]:
    return [main, *(each for _, each in every_command() if isinstance(each, LazyGroup))]


def test_the_help_of_a_group_says_of_each_command_what_that_says_itself() -> None:
    told = [
        (name, later.help, later.load().get_short_help_str(limit=1000))
        for group in lazy_groups()
        for name, later in group.later.items()
    ]
    assert [(name, line) for name, line, _ in told] == [(name, own) for name, _, own in told]


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_and_version_import_no_command(word: str) -> None:
    heavy = {"sqlalchemy", "celery", "gevent", "typst", "structlog", "pydantic", "jinja2"}
    heavy |= {"opentelemetry"}
    program = f"import sys; from dispatch.cli import main; main([{word!r}], standalone_mode=False)"
    loaded = f"print(sorted({heavy}.intersection(sys.modules)))"
    done = subprocess.run(  # noqa: S603 - Python, with a program of ours
        [sys.executable, "-c", f"{program}; {loaded}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")


def test_a_wrong_setting_is_one_error_and_no_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "dispatch", "mailout", "list"],
        env={"DISPATCH_HOME": str(tmp_path), "DISPATCH_WORKERS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "DISPATCH_WORKERS" in result.stderr
    assert "Traceback" not in result.stderr


def in_one_line(result: Result, status: Status = Status.NOT_DONE) -> str:
    assert result.exit_code == status
    assert isinstance(result.exception, SystemExit)
    [line, *remedy] = result.output.splitlines()
    assert all(each.startswith("Run: ") for each in remedy)
    return line


def at(database_url: str, home: Path) -> Result:
    """List the mailouts of a database that somebody has set."""
    settings = {"DISPATCH_DATABASE_URL": database_url, "DISPATCH_SMTP_URL": "catcher"}
    app = from_environ({"DISPATCH_HOME": str(home), **settings})
    return CliRunner().invoke(main, ["mailout", "list"], obj=app)


def test_a_database_that_does_not_answer_is_one_line_without_sql(tmp_path: Path) -> None:
    port = unused_port()
    url = f"postgresql+psycopg://u:secret@127.0.0.1:{port}/none"
    line = in_one_line(at(url, tmp_path), Status.LATER)
    assert line.startswith("Error: the database does not answer as it should: ")
    assert line.endswith("start PostgreSQL, or check DISPATCH_DATABASE_URL")
    assert "secret" not in line


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "letters.db").write_text("Dear Ms Adeyemi, " * 100)
    line = in_one_line(at(f"sqlite:///{tmp_path}/letters.db", tmp_path))
    assert "file is not a database" in line


def test_tables_that_are_missing_are_one_line_without_sql(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE delivery RENAME TO elsewhere")
    line = in_one_line(dispatch("delivery", "list", steps.NAME))
    assert "SELECT" not in line
    assert steps.NAME not in line


def test_a_mistake_of_ours_in_the_database_still_shows_itself(
    app: App, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise BrokenConstraint("INSERT", {}, ValueError("UNIQUE constraint failed"))

    monkeypatch.setattr(sys.modules["dispatch.cli.mailout"], "mailouts", fail)
    assert isinstance(dispatch("mailout", "list").exception, BrokenConstraint)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_a_mailouts_commands_are_listed_in_the_order_of_the_path(dispatch: Dispatch) -> None:
    output = dispatch("mailout", "--help").output
    order = ["new", "list", "check", "render", "proof", "approve", "schedule", "status"]
    places = [output.index(f"  {name} ") for name in order]
    assert places == sorted(places)
    assert "..." not in output.partition("Commands:")[2]
