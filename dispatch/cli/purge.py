"""`dispatch audit purge`: what is past the time that it is kept for goes for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.domain.calendar import day_in_words
from dispatch.proof.seal import catch_up
from dispatch.upkeep import purge as purging
from dispatch.upkeep.purge import Past

COLUMNS: Final = ("kind", "what", "how many", "from before")

LEFT: Final = """\
What this does not reach: backups, copies of the database, exports and packs,
the public upload, the mail that servers and recipients have, and the pages that
PostgreSQL has not written anew yet (VACUUM does)."""


@click.command()
@show.person_option
@show.yes_option
@show.json_option
@click.pass_obj
def purge(app: App, person: str | None, *, yes: bool, is_json: bool) -> None:
    """Show what DISPATCH_KEEP lets go by now, and take it away for good.

    Of what is taken away the ledger keeps the digests: `dispatch audit verify` holds afterwards.
    """
    kept = ready(app).settings.keep
    if not kept:
        raise click.ClickException(
            "everything is kept for ever: say in DISPATCH_KEEP for how long, such as "
            "mail=2y addresses=7y letters=10y"
        )
    now = app.clock()
    with app.sessions.read() as session:
        found = purging.propose(session, kept, now=now)
        held_up = purging.held_up(session, kept, now=now)
    if is_json:
        return show.as_json(_as_data(_take(app, person, now) if found and yes else found))
    for name in held_up:
        click.echo(f"{name} is kept: something of it is not settled, or it is not over.")
    if not found:
        return click.echo("Nothing else is due." if held_up else "Nothing is past its time.")
    show.table("Past its time", COLUMNS, map(_row, found))
    show.agreed("Take it away for good?", is_agreed=yes)
    for each in _take(app, person, now):
        click.echo(f"Gone: {each.sort.what}, {each.count}.")
    return click.echo(LEFT)


def _take(app: App, person: str | None, now: datetime) -> list[Past]:
    catch_up(app.sessions, app.clock)
    try:
        return purging.purge(
            app.sessions,
            app.settings.keep,
            person=person or app.person,
            at_keyboard=app.person,
            now=now,
        )
    finally:  # where it was stopped, some is gone as well
        catch_up(app.sessions, app.clock)
        if not app.sessions.compact():
            click.echo(BUSY, err=True)


BUSY: Final = """\
Others read the database, whose log still has some of it: stop `dispatch run` once,
and it goes."""


def _row(past: Past) -> Sequence[object]:
    return past.sort.kind.value, past.sort.what, past.count, day_in_words(past.limit.day)


def _as_data(found: Sequence[Past]) -> list[dict[str, object]]:
    return [
        {
            "kind": each.sort.kind.value,
            "what": each.sort.what,
            "count": each.count,
            "before": each.limit.day,
        }
        for each in found
    ]
