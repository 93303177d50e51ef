from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dispatch.app import App, from_environ
from dispatch.cli.output import statuses
from dispatch.cli.output.statuses import Ended, Status, status_of
from dispatch.domain.errors import (
    BadInput,
    ChangedMeanwhile,
    NeedsAnother,
    NotFound,
    OutOfOrder,
    RuleBroken,
    Unavailable,
    UnderWay,
)
from dispatch.domain.remedy import Remedy, RemedyKind
from tests import steps
from tests.cli.conftest import Dispatch
from tests.commands import every_command

APPROVE = Remedy(kind=RemedyKind.APPROVE, mailout="m")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("x"), Status.NOT_DONE),
        (NotFound("x"), Status.NOT_DONE),
        (RuleBroken("x"), Status.NOT_DONE),
        (ChangedMeanwhile(), Status.NOT_DONE),
        (click.ClickException("x"), Status.NOT_DONE),
        (OutOfOrder("x"), Status.NOT_DONE),
        (click.UsageError("x"), Status.USAGE),
        (Ended("x", Status.DECLINED), Status.DECLINED),
        (NeedsAnother("x"), Status.NEEDS_ANOTHER),
        (RuleBroken("x", remedy=APPROVE), Status.NEEDS_ANOTHER),
        (Unavailable("x"), Status.LATER),
        (UnderWay("x"), Status.LATER),
        (click.Abort(), Status.INTERRUPTED),
        (KeyboardInterrupt(), Status.INTERRUPTED),
        (BrokenPipeError(), Status.CLOSED),
    ],
)
def test_each_error_has_a_status(error: BaseException, status: Status) -> None:
    assert status_of(error) is status


def test_every_status_is_explained() -> None:
    assert {*statuses.MEANINGS} == {*Status}


COMMANDS = [
    (words, command) for words, command in every_command() if not isinstance(command, click.Group)
]


def each_of(commands: list[tuple[tuple[str, ...], click.Command]]) -> pytest.MarkDecorator:
    """Return what tries a test with each of some commands."""
    ids = [" ".join(words) for words, _ in commands]
    return pytest.mark.parametrize(("words", "command"), commands, ids=ids)


GIVEN = {"as_of": "2020-07-22", "role": "leader"}


def filled(words: tuple[str, ...], command: click.Command) -> list[str]:
    """Return the words of a command with something for all that it requires."""
    given = list(words)
    for parameter in command.params:
        if not parameter.required:
            continue
        value = str(parameter.type.choices[0]) if isinstance(parameter.type, click.Choice) else "x"
        option = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
        known = value if isinstance(parameter.type, click.Choice) else None
        given += [*option, known or GIVEN.get(str(parameter.name), value)]
    return given


@each_of(COMMANDS)
def test_what_is_not_understood_is_2_and_says_where_help_is(
    dispatch: Dispatch, words: tuple[str, ...], command: click.Command
) -> None:
    result = dispatch(*words, "--no-such-option")
    assert result.exit_code == Status.USAGE
    first, *_, last = result.stderr.splitlines()
    assert first.startswith("Error: ")
    assert last.startswith("Run: ")
    assert (result.stdout, last[-7:]) == ("", " --help")


NO_DATABASE = {
    ("catcher", "list"): "reads the mail catcher's folder",
    ("catcher", "show"): "reads the mail catcher's folder",
    ("completion",): "prints a script",
    ("demo",): "makes a home of its own",
    ("doctor",): "says so among all else",
    ("explain",): "reads a reply",
    ("init",): "makes a folder",
    ("keys", "dkim"): "reads a key",
    ("listen",): "runs until it is stopped",
    ("notice", "classify"): "reads files",
    ("open",): "needs it with a name alone",
    ("rehearse",): "needs a plan first",
    ("run",): "runs until it is stopped",
    ("settings",): "reads settings",
    ("template", "import"): "reads a file",
    ("template", "list"): "reads files",
    ("template", "preview"): "does without",
    ("template", "values"): "does without",
}
FILES = {("import",), ("contacts", "import"), ("db", "restore"), ("delivery", "reconcile")}
FILES |= {("mailout", "resume"), ("resend",), ("receive",), ("contacts", "set"), ("user", "change")}
EARLIER = {("audit", "purge"), ("letter", "send-test"), ("audit", "new-keys"), ("upload", "verify")}
"""Commands that end for something else before they ask the database."""


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> App:
    """An office whose database does not answer."""
    home = str(tmp_path_factory.mktemp("home"))
    url = "postgresql+psycopg://u@127.0.0.1:1/none?connect_timeout=1"
    return from_environ(
        {"DISPATCH_HOME": home, "DISPATCH_DATABASE_URL": url, "DISPATCH_SMTP_URL": "catcher"}
    )


@each_of([each for each in COMMANDS if each[0] not in {*NO_DATABASE, *FILES, *EARLIER}])
def test_where_the_database_is_away_it_is_75(
    dispatch: Dispatch, away: App, words: tuple[str, ...], command: click.Command
) -> None:
    result = dispatch(*filled(words, command), obj=away)
    assert (result.exit_code, result.stdout) == (Status.LATER, ""), result.output
    assert result.stderr.startswith("Error: the database does not answer as it should")


def test_what_is_wrong_is_json_where_the_output_is(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = dispatch("mailout", "show", "anual-review-2020", "--format", "jsonl")
    assert json.loads(result.stderr) == {
        "error": "no mailout is called 'anual-review-2020'; did you mean annual-review-2020?",
        "remedy": None,
        "status": 1,
    }


def test_a_reader_that_has_gone_is_not_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def closed() -> None:
        raise BrokenPipeError

    ended: list[Callable[[int, int], None]] = []
    monkeypatch.setattr(os, "dup2", lambda *given: ended.append(given))
    with pytest.raises(SystemExit) as end, statuses.reported():
        closed()
    assert (end.value.code, capfd.readouterr().err) == (Status.CLOSED, "")
