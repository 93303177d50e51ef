"""`dispatch mailout status` and `unreached`: where a mailout stands, and who is not reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Final

import click
from rich.live import Live
from rich.table import Table

from dispatch.app import App, ready
from dispatch.cli.output import asked, results, show, statuses, watching
from dispatch.cli.output.results import Listed, Shown
from dispatch.domain.calendar import day_in_words
from dispatch.domain.mailout import SENDING_OVER
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.status import Status, status_of
from dispatch.tracking.unreached import find_unreached
from dispatch.views import remedies
from dispatch.views.status import (
    StatusView,
    facts,
    status_view,
    undecided_cautions,
    until_upload,
)
from dispatch.views.unreached import UnreachedRow, unreached_view

OLDEST_SECONDS: Final = 60.0
"""After which what is watched is looked at again though nothing has changed: it says ages."""


@click.command()
@click.argument("name")
@click.option("--watch", is_flag=True, help="Keep showing it until the mailout has ended.")
@click.option(
    "--exit-status",
    "is_judged",
    is_flag=True,
    help="Exit 1 unless every authority is reached that is due a letter.",
)
@results.showing(StatusView)
@click.pass_obj
def status(app: App, name: str, *, watch: bool, is_judged: bool) -> Shown:
    """Show where mailout NAME stands.

    Letters and deliveries by state, which authorities are reached, the time to the upload.
    """
    view = status_view(current(ready(app), name))
    people: Callable[[], object] | None = partial(_print, app, view)
    if watch and asked.is_for_people():
        view, people = _watch(app, view), None
    is_short = is_judged and (not view.reached or bool(view.unreached))
    ended = statuses.Status.NOT_DONE if is_short else statuses.Status.DONE
    return Shown(view=view, people=people, id=view.state, status=ended)


def _print(app: App, view: StatusView) -> None:
    show.console().print(_table(app, view))


def current(app: App, name: str) -> Status:
    """Return where a mailout stands at this moment."""
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        return status_of(
            session,
            found,
            rates=app.settings.rates,
            sender=app.sender,
            ways=app.ways_in,
            now=app.clock(),
        )


def _watch(app: App, view: StatusView) -> StatusView:
    """Show how far it is until it has ended; return how it ended."""
    shown = _table(app, view)
    with (
        Live(shown, console=show.console(), auto_refresh=False) as live,
        closing(watching.looks(app.sessions)) as looks,
    ):
        looked_at = time.monotonic()
        while view.state not in SENDING_OVER:
            if next(looks) or time.monotonic() - looked_at > OLDEST_SECONDS:
                looked_at = time.monotonic()
                view = status_view(current(app, view.name))
                live.update(_table(app, view), refresh=True)
    return view


def _table(app: App, view: StatusView) -> Table:
    rows: list[tuple[str, object]] = [("warning", each.lines) for each in view.warnings]
    rows += facts(view, has_staff=bool(app.settings.office))
    rows.append(("Sent folder", _copies(app, view)))
    rows.append(("mode", app.settings.in_mode))
    if app.settings.clock_offset:
        rows.append(("time", f"shifted: it is taken to be {show.when(view.at)}"))
    return show.facts(view.title, [row for row in rows if row[1]])


def _copies(app: App, view: StatusView) -> str | None:
    """Say how many letters have a copy in the Sent folder, if one gets any."""
    if (folder := app.sent_folder) is None:
        return None
    from dispatch.sending.sent_copies import standing
    from dispatch.views.sent_copies import in_words

    with app.sessions.read() as session:
        found = standing(session, mailout_named(session, view.name), folder.name)
    return in_words(found, view.at)


@click.command()
@click.argument("name")
@show.after_option
@show.limit_option
@results.listing(UnreachedRow)
@click.pass_obj
def unreached(app: App, name: str, after: str | None, limit: int | None) -> Listed[UnreachedRow]:
    """List who is not reached, and what to do.

    All authorities of mailout NAME that are not surely reached. Of a letter that was resent, the
    last delivery counts.
    """
    stands = current(ready(app), name)
    with app.sessions.read() as session:
        found = find_unreached(session, mailout_named(session, name))
    view = unreached_view(stands, found)
    for warning in (*remedies.cautions(stands.concerns), *undecided_cautions(stands)):
        show.echo(f"Warning: {warning}.")
    rows = results.following(view.unreached, _code, after)
    return Listed(
        rows=rows,
        id=_code,
        table=partial(_unreached, stands, len(view.unreached)),
        empty=f"All {view.reached} are reached. The upload: {_upload(stands)}.",
        whole=replace(view, unreached=tuple(rows[:limit])),
        limit=limit,
        is_long=True,
    )


def _code(row: UnreachedRow) -> str:
    return row.authority


def _unreached(stands: Status, count: int, found: Sequence[UnreachedRow]) -> None:
    total = stands.reached + len(stands.unreached)
    are = "is" if count == 1 else "are"
    show.echo(f"{count} of {total} {are} not surely reached. The upload: {_upload(stands)}.")
    rows = ((each.authority, each.why, each.age(stands.at), _next(each)) for each in found)
    show.table(stands.name, ("authority", "why", "for", "next"), rows)


def _upload(stands: Status) -> str:
    return f"{day_in_words(stands.upload_date)}, {until_upload(stands)}"


def _next(row: UnreachedRow) -> str:
    """Say what to do about an authority, and what the mail server's reply means if it gave one."""
    words = remedies.in_words(row.next)
    return "\n".join(filter(None, (words, row.means, row.by_post)))
