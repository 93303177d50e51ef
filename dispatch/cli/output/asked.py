"""How somebody wants to be answered: as a table, as data for a program, or hardly at all.

It is kept for the length of one command, so that a command can say what it does in any case: what
is for people is not printed where a program reads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, Final

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Format(StrEnum):
    """The forms of what a command shows."""

    TABLE = "table"
    """As people read it."""
    JSON = "json"
    JSONL = "jsonl"
    """A line of JSON for each row."""
    CSV = "csv"


_form: ContextVar[Format | None] = ContextVar("form", default=None)
_is_quiet: ContextVar[bool] = ContextVar("is_quiet", default=False)


_is_dry: ContextVar[bool] = ContextVar("is_dry", default=False)

NOTHING: Final[tuple[tuple[ContextVar[Any], object], ...]] = (
    (_form, None),
    (_is_quiet, False),
    (_is_dry, False),
)
"""What is kept, and what it is where nothing was said."""


@contextmanager
def for_one_command() -> Iterator[None]:
    """Forget at the end of the block what a command was asked for."""
    before = [(kept, kept.set(nothing)) for kept, nothing in NOTHING]
    try:
        yield
    finally:
        for kept, token in before:
            kept.reset(token)


def is_dry() -> bool:
    """Whether a command is only to show what it would do."""
    return _is_dry.get()


def can_answer() -> bool:
    """Whether somebody is there to answer a question: standard input is a terminal."""
    return sys.stdin.isatty()


def form() -> Format:
    """Return in which form the command is to show what it found."""
    return _form.get() or Format.TABLE


def is_quiet() -> bool:
    """Whether only ids are wanted, or nothing."""
    return _is_quiet.get()


def is_for_program() -> bool:
    """Whether a program reads what the command shows."""
    return form() is not Format.TABLE


def is_for_people() -> bool:
    """Whether sentences and tables are wanted on standard output."""
    return not (is_for_program() or is_quiet())


def _take_form(_: click.Context, __: click.Parameter, given: str | None) -> None:
    if given is None:
        return
    before = _form.get()
    if before not in {None, Format(given)}:
        raise click.UsageError(f"choose one format: {before} or {given}")
    _form.set(Format(given))


def _take(kept: ContextVar[bool]) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Return a callback that keeps a flag."""

    def take(_: click.Context, __: click.Parameter, given: Any) -> None:  # noqa: ANN401 - click's
        if given:
            kept.set(True)

    return take


dry_run_option: Final = click.option(
    "--dry-run",
    is_flag=True,
    expose_value=False,
    callback=_take(_is_dry),
    help="Show what would be done, and change nothing.",
)


class FormatOption(click.Option):
    """`--format`, which knows what the rows are that it prints."""

    def __init__(
        self,
        *declared: Any,  # noqa: ANN401 - click's own
        kind: type[Any],
        is_list: bool,
        **options: Any,  # noqa: ANN401 - click's own
    ) -> None:
        """Keep the class of a row, or of what is shown as one, and whether there may be several."""
        super().__init__(*declared, **options)
        self.kind = kind
        self.is_list = is_list


def format_options(kind: type[Any], *, is_list: bool, json_is: Format) -> Decorator:
    """Return `--format`, and `--json` as it was spelt before."""
    both: tuple[Decorator, ...] = (
        click.option(
            "--format",
            "given_format",
            cls=FormatOption,
            kind=kind,
            is_list=is_list,
            type=click.Choice([each.value for each in Format]),
            expose_value=False,
            callback=_take_form,
            help="As people read it, or as data for a program.",
        ),
        _spelt_before("--json", json_is),
    )

    def offer(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(both):
            command = option(command)
        return command

    return offer


def _spelt_before(word: str, form: Format) -> Decorator:
    """Return a flag that means a format, not listed in the help."""
    return click.option(
        word,
        f"is{word.replace('-', '_')}",
        is_flag=True,
        flag_value=form.value,
        default=None,
        expose_value=False,
        hidden=True,
        callback=_take_form,
    )


csv_option: Final = _spelt_before("--csv", Format.CSV)


check_option: Final = click.option(
    "--check", is_flag=True, expose_value=False, hidden=True, callback=_take(_is_dry)
)
"""How `--dry-run` was spelt before."""


def offer_quiet(command: click.Command) -> None:
    """Give a command the option `--quiet`, which every command has."""
    if not any("--quiet" in option.opts for option in command.params):
        command.params.append(
            click.Option(
                ["--quiet", "-q"],
                is_flag=True,
                expose_value=False,
                callback=_take(_is_quiet),
                help="Print ids alone, or nothing.",
            )
        )
