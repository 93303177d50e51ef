"""How a command ends: what the shell is told, and what a person is told if it was not done.

Every error ends here, and nowhere else: one table says which status it has, and one function how it
is printed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import Final, NoReturn

import click

from dispatch.cli.output import asked
from dispatch.domain.errors import (
    ChangedMeanwhile,
    DispatchError,
    NeedsAnother,
    OutOfOrder,
    Unavailable,
    UnderWay,
)
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.wording.characters import escaped, visible


class Status(IntEnum):
    """What a command tells the shell."""

    DONE = 0
    NOT_DONE = 1
    USAGE = 2
    DECLINED = 3
    NEEDS_ANOTHER = 4
    LATER = 75
    """`EX_TEMPFAIL` of sysexits.h, which mail servers and schedulers know."""
    INTERRUPTED = 130
    CLOSED = 141


MEANINGS: Final = {
    Status.DONE: "done, or shown",
    Status.NOT_DONE: "not done: the reason is on standard error",
    Status.USAGE: "the command was not understood",
    Status.DECLINED: "declined, or nothing to do: nothing was changed",
    Status.NEEDS_ANOTHER: "another person is needed: somebody else must approve or agree",
    Status.LATER: "try later: the database, the broker or the mail server is away, or it is locked",
    Status.INTERRUPTED: "stopped with Ctrl-C",
    Status.CLOSED: "the program that read the output ended, as `head` does",
}


class Ended(click.ClickException):
    """A command that ends with a status of its own, and says why."""

    def __init__(self, message: str, status: Status, *, remedy: str | None = None) -> None:
        """Keep what to say, how to end, and the command that helps."""
        super().__init__(message)
        self.status = status
        self.remedy = remedy


def declined() -> Ended:
    """Return what ends a command that changed nothing, because a person said no."""
    return Ended("Declined: nothing was changed.", Status.DECLINED)


def nothing_to_do(message: str) -> NoReturn:
    """End a command that has nothing to do, and say so; a dry run has shown just that."""
    if asked.is_dry():
        _print(message)
        raise click.exceptions.Exit(Status.DONE)
    raise Ended(message, Status.DECLINED)


STATUSES: Final[Sequence[tuple[type[BaseException], Status]]] = (
    (OutOfOrder, Status.NOT_DONE),
    (Unavailable, Status.LATER),
    (UnderWay, Status.LATER),
    (NeedsAnother, Status.NEEDS_ANOTHER),
    (ChangedMeanwhile, Status.NOT_DONE),
    (DispatchError, Status.NOT_DONE),
    (click.UsageError, Status.USAGE),
    (click.Abort, Status.INTERRUPTED),
    (KeyboardInterrupt, Status.INTERRUPTED),
    (BrokenPipeError, Status.CLOSED),
)
"""The status of each error; the first that fits counts."""

OF_ANOTHER: Final = frozenset({RemedyKind.APPROVE})
"""What another person does than the one who had something made."""


def status_of(error: BaseException) -> Status:
    """Return the status of an error that has none of its own."""
    if isinstance(error, Ended):
        return error.status
    if isinstance(error, DispatchError) and error.remedy and error.remedy.kind in OF_ANOTHER:
        return Status.NEEDS_ANOTHER
    return next((status for kind, status in STATUSES if isinstance(error, kind)), Status.NOT_DONE)


@contextmanager
def reported() -> Iterator[None]:
    """End the program by the status of what a command raised, once a person was told why."""
    try:
        yield
        sys.stdout.flush()  # here, where the reader's end can still be told from a fault of ours
    except BrokenPipeError:
        end_in_silence()
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except TOLD as error:
        status = status_of(error)
        with suppress(BrokenPipeError):
            _tell(error, status)
        sys.exit(int(status))


TOLD: Final = (DispatchError, click.ClickException, click.Abort, KeyboardInterrupt)


def end_in_silence() -> NoReturn:
    """End as a program does whose reader has gone; Python would complain when it ends itself."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(int(Status.CLOSED))


def _tell(error: BaseException, status: Status) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _print(error.format_message())
        return
    message, where, remedy = _told(error)
    if asked.is_for_program():
        said = {"error": message, "remedy": remedy, "status": int(status)}
        _print(escaped(json.dumps(said, ensure_ascii=False)))
        return
    _print(message if status is Status.DECLINED else f"Error: {message}")
    for line in filter(None, [where, remedy and f"Run: {remedy}"]):
        _print(line)


def _print(line: str) -> None:
    click.echo(line, err=True)  # noqa: TID251 - made safe before


def _told(error: BaseException) -> tuple[str, str | None, str | None]:
    """Return what is wrong, where, and the command that helps: the last two may be missing."""
    match error:
        case DispatchError():
            from dispatch.views import remedies

            return visible(remedies.said(error)), None, remedies.command(error)
        case click.UsageError():
            return visible(error.format_message()), *_usage(error.ctx)
        case Ended():
            return visible(error.message), None, error.remedy
        case click.ClickException():
            return visible(error.format_message()), None, None
    return "stopped", None, None


def _usage(context: click.Context | None) -> tuple[str | None, str | None]:
    """Return how a command is given, and the command that explains it."""
    if context is None:
        return None, None
    return context.get_usage(), f"{context.command_path} --help"
