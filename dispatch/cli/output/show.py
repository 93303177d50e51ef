"""Print for people: tables that fit 80 columns, times as London's clocks show; and ask them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dispatch.app import App, ready
from dispatch.cli.output import asked
from dispatch.cli.output.statuses import Ended, Status, declined
from dispatch.database import Session
from dispatch.domain import calendar
from dispatch.domain.word import Word
from dispatch.domain.wording.characters import escaped, visible
from dispatch.domain.wording.counts import counted as counted  # noqa: PLC0414 - what commands print
from dispatch.people.identity import identities

R = TypeVar("R")

person_option = click.option(
    "--as", "person", metavar="PERSON", help="Who decided it; you, if left out."
)
because_option = click.option("--because", required=True, metavar="TEXT", help="Why.")
asked_because_option = click.option(
    "--because", metavar="TEXT", help="Why; you are asked if you leave it out."
)
checkpoint_option = click.option(
    "--checkpoint",
    "paths",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A checkpoint from elsewhere; may be repeated. Those in DISPATCH_CHECKPOINTS count too.",
)


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that asks before it acts `--yes`, and `--dry-run`."""
    return click.option("--yes", is_flag=True, help="Do it without asking.")(
        asked.dry_run_option(command)
    )


def word(app: App, person: str | None = None, because: str = "") -> Word:
    """Return who decided what a command does: the person of `--as`, or who is at the keyboard.

    Raises `NotFound` once people have accounts, for somebody who has none.
    """
    with app.sessions.read() as session:
        people = identities(session)
    who = people.who(person or app.person, is_user=person is None)
    return Word(person=who, keyboard=app.person, because=because, at=app.clock())


def word_of_user(app: App, person: str | None = None, because: str = "") -> Word:
    """Return the same without a look at the accounts.

    For what a machine does at night, and for what must be possible when the accounts are wrong.
    """
    return Word(person=person or app.person, keyboard=app.person, because=because, at=app.clock())


def reason(given: str | None, *, is_agreed: bool = False) -> str:
    """Return the reason that was given, or ask for it.

    A script gives none on a terminal and cannot be asked: the record then says so.
    """
    if given is not None:
        return given
    if is_agreed or not asked.can_answer():
        return "no reason was given"
    why: str = click.prompt("Why?", err=True)
    return why


def json_list(values: Iterable[object]) -> Iterator[str]:
    """Yield plain values as a JSON list that no terminal obeys, one by one."""
    before = "[\n"
    for value in values:
        yield f"{before}  " + as_text(value, indent=2).replace("\n", "\n  ")
        before = ",\n"
    yield "[]\n" if before.startswith("[") else "\n]\n"


MOST_ROWS: Final = 1_000
"""The rows of a table for people, unless they ask for more."""

after_option = click.option(
    "--after", metavar="ID", help="Begin with the row that follows this one, the last of a list."
)
limit_option = click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"At most this many rows; a table has {MOST_ROWS:,} at most, if this is left out.",
)


def first(rows: Iterable[R], limit: int | None) -> tuple[list[R], bool]:
    """Return the rows of a table, and whether there are more of them."""
    most = limit or MOST_ROWS
    found = list(islice(rows, most + 1))
    return found[:most], len(found) > most


def as_text(value: object, indent: int | None = None) -> str:
    """Return plain data as JSON that no terminal obeys."""
    return escaped(json.dumps(value, indent=indent, ensure_ascii=False))


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a line for people, or on standard error with `err`.

    What strangers wrote in it is shown as it is. Where a program reads, or little is wanted, what
    is for people is not printed.
    """
    if err or asked.is_for_people():
        click.echo(safe(text), err=err, nl=nl)  # noqa: TID251 - here and below is the door


def data(text: object, *, nl: bool = True) -> None:
    """Print a line that is what the command is for, such as a digest or a key: `--quiet`, too."""
    click.echo(safe(text), nl=nl)  # noqa: TID251


def safe(text: object) -> str:
    """Return a text that no terminal obeys."""
    return visible(str(text))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title for people; long cells are folded rather than cut.

    An address is never broken, so that it can be copied. Where a line is too short for that, each
    row is printed as a list of its cells.
    """
    if not asked.is_for_people():
        return
    cells = [[_cell(cell) for cell in row] for row in rows]
    on = console()
    widths = _widths([list(columns), *cells], on.width)
    if widths is None:
        _print_lists(on.width, title, columns, cells)
        return
    on.print(title, style="table.title")  # not the table's own, which is broken at its width
    shown = _bare()
    for column, width in zip(columns, widths, strict=True):
        shown.add_column(column, overflow="fold", width=width)
    for row in cells:
        shown.add_row(*row)
    on.print(shown)


GAP: Final = 2
SHORTEST: Final = 16
"""A word that is no longer than this is not broken either."""


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return a width for each column that leaves every address whole; None if there is none."""
    columns = list(zip(*rows, strict=True))
    left = room - GAP * (len(columns) - 1)
    widths = [max(map(_needed, column)) for column in columns]
    if sum(widths) > left:
        return None
    return _filled(widths, [max(map(_width, column)) for column in columns], left)


def _needed(cell: str) -> int:
    lengths = (len(each) if "@" in each else min(len(each), SHORTEST) for each in cell.split())
    return max(lengths, default=0)


def _width(cell: str) -> int:
    return max(map(len, cell.splitlines()), default=0)


def _filled(least: list[int], wanted: list[int], room: int) -> list[int]:
    """Return widths from the least to the wanted; what wants less gets it first."""
    widths = list(least)
    order = sorted(range(len(least)), key=lambda at: wanted[at] - least[at])
    for done, at in enumerate(order):
        share = (room - sum(widths)) // (len(order) - done)
        widths[at] += max(0, min(wanted[at] - least[at], share))
    return widths


def _print_lists(
    room: int, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Print the cells of each row below each other; a word that is too long runs on."""
    echo(title)
    margin = max(map(len, columns)) + GAP
    for row in rows:
        for name, cell in zip(columns, row, strict=True):
            lines = [line for each in cell.splitlines() for line in _folded(each, room - margin)]
            for label, line in zip((name, *[""] * len(lines)), lines, strict=False):
                echo(f"{label:{margin}}{line}")
        echo()


def _folded(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


def known(title: str, rows: Iterable[tuple[str, object]]) -> None:
    """Print for people what is known about one thing, a line for each fact."""
    if asked.is_for_people():
        console().print(facts(title, rows))


def facts(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """Return a table of what is known about one thing, a line for each fact."""
    shown = _bare()
    shown.title = title
    shown.show_header = False
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for label, value in rows:
        shown.add_row(label, _cell(value))
    return shown


def _bare() -> Table:
    return Table(title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))


def when(at: datetime) -> str:
    """Return a moment as London's clocks show it, to the minute."""
    return calendar.moment_in_words(at)


class _Console(Console):
    """A console that obeys nothing in data: neither markup nor what commands a terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, stderr=stderr)

    def on_broken_pipe(self) -> None:
        """Leave it to what ends every command."""
        raise BrokenPipeError

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - as rich has them
        return super().render_str(visible(text), **options)


def console() -> Console:
    """Return a console on standard output as it is now."""
    return _Console()


def error_console() -> Console:
    """Return a console on standard error, for what is not part of a command's result."""
    return _Console(stderr=True)


def paragraph(label: str, text: str) -> str:
    """Return a text in lines of 80 columns, with its label in front; words are never broken."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


WIDTH: Final = 80


@contextmanager
def changing(app: App, what: str) -> Iterator[Session]:
    """Open the transaction of a command that acts without asking, by all rules that hold.

    With `--dry-run` all of it is taken back, and the command ends with what it would have done.
    """
    with suppress(_TakenBackError), ready(app).sessions.begin() as session:
        yield session
        if asked.is_dry():
            raise _TakenBackError
        return
    echo(f"Would {what}.")
    echo("Nothing was changed.")
    raise click.exceptions.Exit(Status.DONE)


def if_dry(lines: Iterable[str]) -> None:
    """Print what a dry run shows of a transaction, before that is taken back."""
    for each in lines if asked.is_dry() else ():
        echo(each)


class _TakenBackError(Exception):
    """A transaction ends that was only to show that it can be done."""


def agreed(question: str, *, is_agreed: bool) -> None:
    """Ask before something is done, unless `--yes` was given. A no stops the command.

    So does `--dry-run`, which is what is done up to here. Nobody is asked who cannot answer.
    """
    if asked.is_dry():
        echo(f"Would ask: {question}")
        echo("Nothing was changed.")
        raise click.exceptions.Exit(Status.DONE)
    if is_agreed:
        return
    if not asked.can_answer():
        raise Ended(
            "Nothing was changed: nobody is there to answer. Give --yes to do it, or --dry-run to "
            "look.",
            Status.DECLINED,
        )
    try:
        is_agreed = click.confirm(visible(question), err=True)
    except click.Abort:  # Ctrl-C, or the end of the input
        is_agreed = False
        click.echo(err=True)  # noqa: TID251 - the end of the line that asks
    if not is_agreed:
        raise declined()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return when(value)
        case Enum():
            return str(value.value).replace("_", " ")
        case _:
            return str(value)
