from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from dispatch.cli import Main
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.asked import Format
from dispatch.cli.output.results import Listed, Shown
from dispatch.cli.output.statuses import Status
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    name: str
    at: Moment
    parts: tuple[str, ...] = ()


AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
ROWS = [Row(1, "=1+1", AT, ("a", "b")), Row(2, "Jo \x1b[31m", AT)]


class Tried(Main):
    later = {}  # noqa: RUF012 - as its parent has it
    commands: dict[str, Any]


def tried(*words: str, found: Sequence[Row] = ROWS) -> Result:
    """Run a command that lists rows, and one that shows the first of them."""

    @click.group(cls=Tried)
    def main() -> None:
        """Try what results print."""

    @main.command("list")
    @results.listing(Row)
    def list_() -> Listed[Row]:
        show.echo("A sentence for people.")
        return Listed(rows=iter(found), id=lambda row: row.id, table=table, empty="Nobody.")

    @main.command("show")
    @results.showing(Row)
    def show_() -> Shown:
        return Shown(view=found[0], people=lambda: show.known("One", [("id", found[0].id)]), id=1)

    def table(rows: Sequence[Row]) -> None:
        show.table("Rows", ("id", "name"), ((row.id, row.name) for row in rows))

    del list_, show_
    return CliRunner(env={"COLUMNS": "80"}).invoke(main, words, obj=object())


def test_people_get_a_table_and_sentences() -> None:
    said = tried("list").stdout
    assert said.startswith("A sentence for people.\nRows\nid  name")
    assert "[U+001B]" in said
    assert "Nobody." in tried("list", found=()).stdout


def test_a_program_gets_nothing_but_its_format() -> None:
    assert [row["id"] for row in json.loads(tried("list", "--format", "json").stdout)] == [1, 2]
    lines = tried("list", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["=1+1", "Jo \x1b[31m"]
    assert "\x1b" not in "".join(lines)
    assert tried("list", "--format", "csv").stdout.splitlines() == [
        "\ufeffid,name,at,parts",
        "1,'=1+1,2020-07-22T09:00:00+01:00,a; b",
        "2,Jo [U+001B][31m,2020-07-22T09:00:00+01:00,",
    ]
    nothing = tried("list", "--format", "csv", found=()).stdout_bytes
    assert nothing == b"\xef\xbb\xbfid,name,at,parts\r\n"
    assert json.loads(tried("show", "--format", "json").stdout)["id"] == 1


def test_the_spelling_of_before_goes_on_and_two_formats_are_refused() -> None:
    assert tried("list", "--json").stdout == tried("list", "--format", "json").stdout
    both = tried("list", "--json", "--format", "csv")
    assert both.exit_code == Status.USAGE
    assert json.loads(both.stderr)["error"] == "choose one format: json or csv"
    assert "--json" not in tried("list", "-h").stdout


def test_with_quiet_there_are_ids_alone() -> None:
    assert tried("list", "--quiet").stdout == "1\n2\n"
    assert tried("list", "-q", found=()).stdout == ""
    assert tried("show", "-q").stdout == "1\n"


def test_one_command_does_not_remember_the_one_before() -> None:
    tried("list", "--format", "csv", "-q")
    assert asked.is_for_people()


@pytest.mark.parametrize("wanted", [Format.JSON, Format.JSONL, Format.CSV])
def test_rows_are_taken_as_they_are_printed(wanted: Format) -> None:
    taken = itertools.count()

    def rows() -> Iterator[Row]:
        for number in range(100_000):
            next(taken)
            yield Row(number, "a name of some length", AT)

    listed = Listed(rows=rows(), id=lambda row: row.id, table=len, empty="")
    first = next(results.octets(results.pieces(listed, Row, wanted)))
    assert len(first) < 2 * results.OCTETS
    assert next(taken) < 2_000


def test_a_reader_that_has_gone_ends_the_command_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(results, "write", broken)
    ended = tried("list", "--format", "json")
    assert (ended.exit_code, ended.output) == (Status.CLOSED, "")
