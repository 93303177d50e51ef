"""`dispatch audit show`: who was sent what, when, and with which result; or what happened.

The table is only shown. What a program gets can be passed on, so the ledger records that somebody
took it before a byte of it is printed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database import Session
from dispatch.proof import events, export, report
from dispatch.proof.events import RecordedEvent
from dispatch.proof.export import Listing
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport
from dispatch.sending.store import deliveries
from dispatch.views import form
from dispatch.views.proof.events import EventCells, event_line, event_row, recorded_event_view
from dispatch.views.proof.report import ReportRow, report_line, report_row, report_view

UNPROVEN: Final = "As the database has it; `dispatch audit verify` says whether it was altered."
"""What is said below a list: it is shown as it is stored, also where the audit finds it altered."""

DAY: Final = click.DateTime(["%Y-%m-%d"])

T = TypeVar("T")


@click.command("show")
@click.option("--events", "is_events", is_flag=True, help="Show what happened, and who did it.")
@click.option("--authority", metavar="CODE", help="Only what concerns this authority.")
@click.option("--address", metavar="ADDRESS", help="Only what went to this address.")
@click.option(
    "--person",
    metavar="NAME",
    help="Only recipients whose name contains this; with --events, also who acted.",
)
@click.option("--since", type=DAY, metavar="DAY", help="From this day on, such as 2020-07-22.")
@click.option("--until", type=DAY, metavar="DAY", help="Up to the end of this day.")
@show.after_option
@show.limit_option
@show.json_option
@click.option("--csv", "is_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@click.pass_obj
def show_(  # noqa: PLR0913, PLR0917 - one for each option
    app: App,
    authority: str | None,
    address: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    after: str | None,
    limit: int | None,
    *,
    is_events: bool,
    is_json: bool,
    is_csv: bool,
) -> None:
    """Show who was sent what, when, and with which result.

    A row for each letter to each address, the oldest first, with what each mail server replied and
    what came back; with --events, a row for each event. Days are London's. --json and --csv give
    more: every digest, every attempt, what was resent and which doubts were settled. The ledger
    records who took them. All of it is what the database says: `audit verify` checks that.
    """
    if is_json and is_csv:
        raise click.UsageError("choose one of --json and --csv")
    wanted = Filters(
        authority=authority, address=address, person=person, since=_day(since), until=_day(until)
    )
    listed: _Listed[Any] = EVENTS if is_events else DELIVERIES
    if is_json or is_csv:
        _hand_out(app, listed, Asked(wanted, after, limit), is_csv=is_csv)
        return
    with ready(app).sessions.read() as session:
        asked = Asked(wanted, after, (limit or show.MOST_ROWS) + 1)
        found, has_more = show.first(listed.found(session, asked), limit)
    listed.show(found)
    if has_more:
        more = f"give --after {listed.key(found[-1])} for those that follow"
        show.echo(f"There are more: {more}.")


def _hand_out(app: App, listed: _Listed[Any], asked: Asked, *, is_csv: bool) -> None:
    """Record that somebody takes a list, and then print it. It may be very long."""
    rows = itertools.count()
    with ExitStack() as stack:
        with ready(app).sessions.read() as session:
            found = (each for each, _ in zip(listed.found(session, asked), rows, strict=False))
            pieces = listed.csv(found) if is_csv else listed.json(found)
            text, sha256 = stack.enter_context(export.kept(pieces, app.settings.home))
        listing = Listing(
            what=listed.what,
            format="csv" if is_csv else "json",
            rows=next(rows),
            filters=asked.wanted.used,
            sha256=sha256,
        )
        export.hand_out(app.sessions, listing, show.word_of_user(app))
        for line in text:
            click.echo(line, nl=False)  # noqa: TID251 - made safe below, and begins with the mark of CSV


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows somebody asks for."""

    wanted: Filters
    after: str | None
    """The last row of the list before."""
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed(Generic[T]):
    """A sort of thing that is listed, and its three forms."""

    what: str
    found: Callable[[Session, Asked], Iterator[T]]
    key: Callable[[T], object]
    """Return what names a row, for the list that follows it."""
    heads: Sequence[str]
    line: Callable[[T], Any]
    """Return the row of the table."""
    view: Callable[[T], object]
    """Return what JSON has."""
    row_type: type[Any]
    row: Callable[[T], Any]
    """Return the row of the CSV, of that type."""

    def show(self, found: Sequence[T]) -> None:
        """Print the table, or that nothing matches."""
        if not found:
            show.echo(f"No {self.what} match.")
            return
        rows = (astuple(self.line(each)) for each in found)
        show.table(f"{self.what.capitalize()}: {len(found)}", self.heads, rows)
        show.echo(UNPROVEN)

    def json(self, found: Iterable[T]) -> Iterator[bytes]:
        """Yield the list as JSON."""
        data = (form.as_data(self.view(each)) for each in found)
        return (piece.encode() for piece in show.json_list(data))

    def csv(self, found: Iterable[T]) -> Iterator[bytes]:
        """Yield the list as CSV."""
        return form.csv_of(self.row_type, map(self.row, found))


def _deliveries(session: Session, asked: Asked) -> Iterator[DeliveryReport]:
    after = deliveries.id_starting_with(session, asked.after) if asked.after else None
    return report.search(session, asked.wanted, after=after, limit=asked.limit)


def _events(session: Session, asked: Asked) -> Iterator[RecordedEvent]:
    if asked.after and not asked.after.isdecimal():
        raise click.UsageError(f"{asked.after!r} is not the number of an event")
    after = int(asked.after) if asked.after else None
    return events.search(session, asked.wanted, after=after, limit=asked.limit)


DELIVERIES: Final = _Listed(
    what="deliveries",
    found=_deliveries,
    key=lambda each: each.delivery.id,
    heads=("when", "to whom, and what", "result"),
    line=report_line,
    view=report_view,
    row_type=ReportRow,
    row=report_row,
)
EVENTS: Final = _Listed(
    what="events",
    found=_events,
    key=lambda each: each.id,
    heads=("when", "who", "what happened", "about"),
    line=event_line,
    view=recorded_event_view,
    row_type=EventCells,
    row=event_row,
)
