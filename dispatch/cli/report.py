"""`dispatch audit show`: who was sent what, when, and with which result; or what happened.

The table is only shown. What a program gets can be passed on, so the ledger records that somebody
took it before a byte of it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database import Session
from dispatch.proof import events, export, report
from dispatch.proof.export import Listing
from dispatch.proof.store.filters import Filters
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
@show.json_option
@click.option("--csv", "is_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@click.pass_obj
def show_(  # noqa: PLR0913 - one for each option
    app: App,
    authority: str | None,
    address: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
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
    with ready(app).sessions.read() as session:
        found = listed.search(session, wanted)
        if is_json or is_csv:
            text = listed.csv(found) if is_csv else listed.json(found)
    if not (is_json or is_csv):
        listed.show(found)
        return
    listing = Listing(
        what=listed.what,
        format="csv" if is_csv else "json",
        rows=len(found),
        filters=wanted.used,
        text=text,
    )
    given = export.hand_out(app.sessions, listing, show.word(app))
    click.echo(given, nl=False)  # noqa: TID251 - made safe above, and begins with the mark of CSV


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed(Generic[T]):
    """A sort of thing that is listed, and its three forms."""

    what: str
    search: Callable[[Session, Filters], Sequence[T]]
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

    def json(self, found: Iterable[T]) -> str:
        """Return the list as JSON."""
        data = form.as_data([self.view(each) for each in found])
        return show.as_text(data, indent=2) + "\n"

    def csv(self, found: Iterable[T]) -> str:
        """Return the list as CSV."""
        return form.as_csv(self.row_type, map(self.row, found)).decode()


DELIVERIES: Final = _Listed(
    what="deliveries",
    search=report.search,
    heads=("when", "to whom, and what", "result"),
    line=report_line,
    view=report_view,
    row_type=ReportRow,
    row=report_row,
)
EVENTS: Final = _Listed(
    what="events",
    search=events.search,
    heads=("when", "who", "what happened", "about"),
    line=event_line,
    view=recorded_event_view,
    row_type=EventCells,
    row=event_row,
)
