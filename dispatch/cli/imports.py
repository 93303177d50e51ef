"""`dispatch import`: files of authorities, contacts and figures come in."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Shown
from dispatch.cli.output.statuses import Ended, Status
from dispatch.domain.word import Word
from dispatch.files import load
from dispatch.register.file_kinds import KINDS, File
from dispatch.register.imports import Import, prepare, propose, take_in
from dispatch.views.imports import (
    ImportView,
    change_lines,
    described,
    import_view,
    remarks,
    summary,
)

Command = Callable[..., Any]

OPTIONS: Final = (
    click.option("--complete", is_flag=True, help="End the contacts in its roles not in the file."),
    click.option("--as", "person", metavar="PERSON", help="Who brings it; you, if left out."),
    click.option("--because", default="", metavar="TEXT", help="Why; the ledger keeps it."),
    click.option(
        "--ignore-unknown",
        "ignores_unknown",
        is_flag=True,
        help="Pass over columns that mean nothing here, and name them.",
    ),
    click.option(
        "--although",
        default="",
        metavar="TEXT",
        help="Why, although addresses have domains of other authorities.",
    ),
    show.yes_option,
    results.showing(ImportView),
)


def options(command: Command) -> Command:
    """Give a command the options of an import."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command(name="import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@options
@click.pass_obj
def imports(app: App, /, kind: str, file: Path, **given: Any) -> Shown:  # noqa: ANN401 - OPTIONS
    """Take in a CSV or XLSX file, after showing what it changes.

    It holds authorities, contacts or figures, whose columns are found by their names. What is known
    and has no column in the file stays; a blank cell in a column that is there makes it blank.
    Every row is checked before one is written; if one is wrong, nothing is. A file that only adds
    is taken in without a question.
    """
    return run(app, kind, file, **given)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do without the search for cycles of garbage until the end of the block.

    The rows of a large file are none, and looking through them again and again takes a third of
    the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def run(  # noqa: PLR0913 - one for each option
    app: App,
    kind: str,
    path: Path,
    *,
    complete: bool,
    person: str | None,
    because: str,
    ignores_unknown: bool,
    although: str,
    yes: bool,
) -> Shown:
    """Show what a file changes, ask if that is more than adding, and take the file in."""
    if asked.is_for_program() and not (yes or asked.is_dry()):
        raise click.UsageError("with --format give --dry-run to look, or --yes to take it in")
    file = File(
        kind,
        *load(path),
        is_complete=complete,
        ignores_unknown=ignores_unknown,
        although=although,
    )
    shown = _proposed(ready(app), file)
    _show(path.name, kind, import_view(shown, is_done=False))
    is_done = bool(shown.comparison.touched) and not asked.is_dry()
    if is_done:
        if shown.odd:
            _ask(is_agreed=yes or bool(although), is_said=True)
        elif shown.comparison.changed or shown.comparison.ended:
            _ask(is_agreed=yes)
        _take_in(app, shown, show.word(app, person, because))
    view = import_view(shown, is_done=is_done)
    if is_done:
        _say(path.name, kind, view)
    else:
        show.echo("Nothing was written.")
    is_idle = not shown.comparison.touched and not asked.is_dry()
    return Shown(view=view, status=Status.DECLINED if is_idle else Status.DONE)


def _ask(*, is_agreed: bool, is_said: bool = False) -> None:
    """Ask whether the file is to be taken in. A no stops the command.

    A script that has no terminal agrees by running the command, unless it must be said.
    """
    if is_agreed or asked.can_answer():
        show.agreed(QUESTION, is_agreed=is_agreed)
    elif is_said:
        raise Ended(
            "Nothing was written: an address has the domain of another authority. Give --although "
            "with the reason, or --yes, to take it in.",
            Status.DECLINED,
        )


QUESTION: Final = "Take it in?"


def _proposed(app: App, file: File) -> Import:
    with app.sessions.read() as session:
        return propose(session, file, drawable=app.templates.drawable)


def bring_in(app: App, kind: str, path: Path) -> Import:
    """Take in a file without showing it, on the word of who is at the keyboard."""
    file = File(kind, *load(path))
    return _take_in(app, _proposed(app, file), show.word(app))


def _take_in(app: App, shown: Import, word: Word) -> Import:
    with app.sessions.read() as session:
        ready_ = prepare(session, shown, word)
    with app.sessions.begin() as session:
        return take_in(session, shown.file, word, ready=ready_, drawable=app.templates.drawable)


SHOWN: Final = 20
"""How many new contacts are listed before the rest are only counted: a first file is all new."""


def _show(name: str, kind: str, view: ImportView) -> None:
    _say(name, kind, view)
    if kind == "contacts":
        _list(f"New{_the_first(view.new)}", map(described, view.new[:SHOWN]))
    _list("Changed", (line for each in view.changed for line in change_lines(each)))
    _list("Ended: out of post, and nobody comes after", map(described, view.ended))
    for line in remarks(view):
        show.echo(line)
    if view.staying:
        show.echo("To end the contacts who are not in the file, give --complete.")


def _say(name: str, kind: str, view: ImportView) -> None:
    for line in summary(kind, view):
        show.echo(f"{name}: {line}")


def _list(title: str, lines: Iterable[str]) -> None:
    """Print lines under a title, if there are any; not as a table, which would cut addresses."""
    if found := [f"  {line}" for line in lines]:
        show.echo("\n".join([f"{title}:", *found]))


def _the_first(values: Sequence[object]) -> str:
    return f", the first {SHOWN}" if len(values) > SHOWN else ""
