"""`dispatch mailout status`: where a mailout stands, once or until it ends."""

from __future__ import annotations

import time

import click
from rich.live import Live
from rich.table import Table

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.db import queries
from dispatch.domain.calendar import day_in_words
from dispatch.domain.mailout import MailoutState
from dispatch.sources.holidays import bank_holidays
from dispatch.stages.track import Status, silent, track

ENDED = {MailoutState.SENT, MailoutState.UPLOADED, MailoutState.CANCELLED}
MOST_NAMED = 12


@click.command()
@click.argument("name")
@click.option("--watch", is_flag=True, help="Keep showing it until the mailout has ended.")
@show.json_option
@click.pass_obj
def status(app: App, name: str, *, watch: bool, is_json: bool) -> None:
    """Show where mailout NAME stands.

    Letters and deliveries by state, which authorities are reached, the time to the upload.
    """
    now_at = standing(ready(app), name)
    if is_json:
        return show.as_json(_as_data(now_at))
    if not watch:
        return show.console().print(_table(app, now_at))
    with Live(_table(app, now_at), console=show.console(), auto_refresh=False) as live:
        while now_at.state not in ENDED:
            time.sleep(1)
            now_at = standing(app, name)
            live.update(_table(app, now_at), refresh=True)
    return None


def standing(app: App, name: str) -> Status:
    """Count where a mailout stands at this moment."""
    now = app.clock()
    with app.sessions.read() as session:
        found = queries.mailout_named(session, name)
        years = range(now.year, max(now.year, found.plan.upload_date.year) + 1)
        return track(session, found, bank_holidays=bank_holidays(years), now=now)


def _as_data(status: Status) -> dict[str, object]:
    fields = {name: getattr(status, name) for name in Status.__dataclass_fields__}
    return {
        **fields,
        "letters": {state.value: count for state, count in status.letters.items()},
        "deliveries": {state.value: count for state, count in status.deliveries.items()},
        "reached": len(status.reached),
        "unreached": sorted(status.unreached),
    }


def _table(app: App, status: Status) -> Table:
    return show.facts(status.title, _rows(app, status))


def _rows(app: App, status: Status) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("mailout", status.name),
        ("state", status.state.value),
        ("letters", show.counts(status.letters)),
        ("deliveries", show.counts(status.deliveries)),
        ("reached", f"{len(status.reached)} of {len(status.reached) + len(status.unreached)}"),
        ("letters go", show.when(status.release_at)),
        ("not after", show.when(status.not_after)),
        ("upload", f"{day_in_words(status.upload_date)}, {_left(status)}"),
    ]
    if status.remark:
        rows.insert(2, ("why", status.remark))
    if status.unreached and status.deliveries:
        rows.insert(6, ("unreached", _named(sorted(status.unreached))))
    if app.settings.clock_offset:
        rows.append(("clock", f"shifted: it is taken to be {show.when(app.clock())}"))
    if status.state not in ENDED and silent(status, app.clock()):
        rows.append(("warning", "no clock and no worker is running: start `dispatch run`"))
    return rows


def _left(status: Status) -> str:
    if status.days_to_upload < 0:
        return f"{-status.days_to_upload} days ago"
    return f"in {status.days_to_upload} days, {status.working_days_to_upload} of them working days"


def _named(codes: list[str]) -> str:
    more = len(codes) - MOST_NAMED
    return ", ".join(codes[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
