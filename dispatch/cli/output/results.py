"""What a command found, in every form: a table, JSON, lines of JSON, CSV, or ids alone.

A command is decorated with `listing` or `showing`, which give it `--format`, and returns what it
found. It is printed here. Rows are taken one by one as they are printed: there may be very many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import chain, islice
from typing import Any, Final, Generic, TypeVar

import click

from dispatch.cli.output import asked, show
from dispatch.cli.output.asked import Decorator, Format
from dispatch.cli.output.statuses import Status
from dispatch.domain.digest import plain
from dispatch.domain.errors import NotFound
from dispatch.views import form

T = TypeVar("T")


def _itself(value: Any) -> Any:  # noqa: ANN401 - a row of any kind
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """Rows that a command lists."""

    rows: Iterable[T]
    table: Callable[[Sequence[T]], object]
    """Prints them for people, at least one."""
    empty: str
    """What people are told if there are none."""
    view: Callable[[T], object] = _itself
    """Returns a row as programs read it, of the class that `listing` was given."""
    id: Callable[[T], object]
    """Returns what names a row: `--quiet` prints it, and `--after` takes it."""
    whole: object = None
    """What JSON has, if the rows are a part of something."""
    status: Callable[[], Status] = lambda: Status.DONE
    """Returns how the command ends, once all rows are printed."""
    limit: int | None = None
    is_long: bool = False
    """Whether people see the first of them, and can ask for more with `--after`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing that a command shows, or what a command did."""

    view: object
    """As programs read it."""
    people: Callable[[], object] | None = None
    """Prints it for people, unless the command has told them."""
    id: object = None
    """What `--quiet` prints, if it prints anything."""
    trouble: str | None = None
    """Why it is not as it should be: the command then ends with status 1 and says so."""
    status: Status = Status.DONE


Result = Listed[Any] | Shown | None


def listing(kind: type[Any], *, json_is: Format = Format.JSON, has_csv: bool = False) -> Decorator:
    """Give a command `--format`, and print the `Listed` that it returns, whose rows are `kind`.

    `--json` meant `json_is` before there was `--format`; with `has_csv` there was a `--csv`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        offer = asked.format_options(kind, is_list=True, json_is=json_is)
        return offer(
            asked.csv_option(_printing(command, kind)) if has_csv else _printing(command, kind)
        )

    return decorate


def showing(kind: type[Any]) -> Decorator:
    """Give a command `--format`, and print the `Shown` that it returns, whose view is a `kind`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        offer = asked.format_options(kind, is_list=False, json_is=Format.JSON)
        return offer(_printing(command, kind))

    return decorate


def _printing(command: Callable[..., Any], kind: type[Any]) -> Callable[..., Any]:
    @wraps(command)
    def run(*args: Any, **given: Any) -> None:  # noqa: ANN401 - a command's own
        put(command(*args, **given), kind)

    return run


def put(result: Result, kind: type[Any]) -> None:
    """Print what a command found, as it was asked to."""
    if result is None:
        return
    if asked.is_for_program():
        write(pieces(result, kind, asked.form()))
    elif isinstance(result, Listed):
        (_put_ids if asked.is_quiet() else _put_table)(result)
    elif asked.is_for_people():
        if result.people:
            result.people()
    elif result.id is not None:
        show.data(result.id)
    _end(result)


def _end(result: Listed[Any] | Shown) -> None:
    if isinstance(result, Shown) and result.trouble:
        raise click.ClickException(result.trouble)
    status = result.status if isinstance(result, Shown) else result.status()
    if status is not Status.DONE:
        raise click.exceptions.Exit(status)


def _put_ids(listed: Listed[Any]) -> None:
    ids = (listed.id(row) for row in islice(listed.rows, listed.limit))
    write(f"{show.safe(each)}\n" for each in ids)


def _put_table(listed: Listed[Any]) -> None:
    if not listed.is_long:
        found, has_more = list(islice(listed.rows, listed.limit)), False
    else:
        found, has_more = show.first(listed.rows, listed.limit)
    if not found:
        show.echo(listed.empty)
        return
    listed.table(found)
    if has_more:
        show.echo(f"There are more: give --after {listed.id(found[-1])} for those that follow.")


def pieces(result: Listed[Any] | Shown, kind: type[Any], wanted: Format) -> Iterator[str | bytes]:
    """Yield a result as a program reads it, row by row."""
    if isinstance(result, Shown):
        rows: Iterable[object] = [result.view]
        whole: object = result.view
    else:
        rows = map(result.view, islice(result.rows, result.limit))
        whole = result.whole
    match wanted:
        case Format.CSV:
            return form.csv_of(kind, _begun(rows))
        case Format.JSONL:
            return (show.as_text(_data(each)) + "\n" for each in rows)
        case _ if whole is not None:
            return iter([show.as_text(_data(whole), indent=2) + "\n"])
        case _:
            return show.json_list(map(_data, rows))


def following(rows: Sequence[T], id_: Callable[[T], object], after: object) -> Sequence[T]:
    """Return the rows that follow the one with an id; all for None. Raises `NotFound`."""
    if after is None:
        return rows
    place = next((at for at, row in enumerate(rows, 1) if id_(row) == after), None)
    if place is None:
        raise NotFound(f"{after} is not in the list")
    return rows[place:]


def wanted(limit: int | None) -> int | None:
    """Return how many rows to look for: for people one more than they see, to know of more."""
    return (limit or show.MOST_ROWS) + 1 if asked.is_for_people() else limit


def _begun(rows: Iterable[T]) -> Iterator[T]:
    """Return the same rows, the first of which is there already: an error comes before a header."""
    remaining = iter(rows)
    return chain(list(islice(remaining, 1)), remaining)


def _data(view: object) -> object:
    return plain(form.as_data(view))


OCTETS: Final = 64 * 1024


def write(parts: Iterable[str | bytes]) -> None:
    """Write what a program reads on standard output."""
    for part in octets(parts):
        click.echo(part, nl=False)  # noqa: TID251 - made safe where it was put together


def octets(parts: Iterable[str | bytes]) -> Iterator[bytes]:
    """Yield text as octets, in pieces of some size: a small one costs as much to write."""
    waiting = bytearray()
    for part in parts:
        waiting += part if isinstance(part, bytes) else part.encode()
        if len(waiting) >= OCTETS:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
