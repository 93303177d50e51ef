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
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.asked import Format
from dispatch.cli.output.results import Listed
from dispatch.database import Session
from dispatch.proof import events, export, report
from dispatch.proof.events import RecordedEvent
from dispatch.proof.export import Listing
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport
from dispatch.sending.store import deliveries
from dispatch.views.proof.events import EventCells, event_line, event_row, recorded_event_view
from dispatch.views.proof.report import ReportRow, ReportView, report_line, report_row, report_view

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
@results.listing(ReportView, has_csv=True)
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
) -> Listed[Any] | None:
    """Show who was sent what, when, and with which result.

    A row for each letter to each address, the oldest first, with what each mail server replied and
    what came back; with --events, a row for each event. Days are London's. The other formats give
    more: every digest, every attempt, what was resent and which doubts were settled. The ledger
    records who took them. All of it is what the database says: `audit verify` checks that.
    """
    wanted = Filters(
        authority=authority, address=address, person=person, since=_day(since), until=_day(until)
    )
    listed: _Listed[Any] = EVENTS if is_events else DELIVERIES
    if asked.is_for_program():
        _hand_out(app, listed, Asked(wanted, after, limit))
        return None

    def found() -> Iterator[Any]:
        with ready(app).sessions.read() as session:
            yield from listed.found(session, Asked(wanted, after, results.wanted(limit)))

    return Listed(
        rows=found(),
        id=listed.key,
        table=listed.show,
        empty=f"No {listed.what} match.",
        limit=limit,
        is_long=True,
    )


def _hand_out(app: App, listed: _Listed[Any], wanted: Asked) -> None:
    """Record that somebody takes a list, and then print it. It may be very long."""
    rows = itertools.count()
    with ExitStack() as stack:
        with ready(app).sessions.read() as session:
            found = (each for each, _ in zip(listed.found(session, wanted), rows, strict=False))
            pieces = listed.pieces(found, asked.form())
            text, sha256 = stack.enter_context(export.kept(pieces, app.settings.home))
        listing = Listing(
            what=listed.what,
            format=asked.form().value,
            rows=next(rows),
            filters=wanted.wanted.used,
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
        """Print the table."""
        rows = (astuple(self.line(each)) for each in found)
        show.table(f"{self.what.capitalize()}: {len(found)}", self.heads, rows)
        show.echo(UNPROVEN)

    def pieces(self, found: Iterable[T], wanted: Format) -> Iterator[bytes]:
        """Yield the list as a program reads it."""
        is_csv = wanted is Format.CSV
        listed = Listed(
            rows=found,
            view=self.row if is_csv else self.view,
            id=self.key,
            table=self.show,
            empty="",
        )
        return results.octets(results.pieces(listed, self.row_type, wanted))


def _deliveries(session: Session, of: Asked) -> Iterator[DeliveryReport]:
    after = deliveries.id_starting_with(session, of.after) if of.after else None
    return report.search(session, of.wanted, after=after, limit=of.limit)


def _events(session: Session, of: Asked) -> Iterator[RecordedEvent]:
    if of.after and not of.after.isdecimal():
        raise click.UsageError(f"{of.after!r} is not the number of an event")
    after = int(of.after) if of.after else None
    return events.search(session, of.wanted, after=after, limit=of.limit)


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
