"""`dispatch audit purge`: what is past the time that it is kept for goes for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.domain.calendar import day_in_words
from dispatch.stages import purge as purging
from dispatch.stages.purge import Past
from dispatch.stages.seal import catch_up

COLUMNS: Final = ("kind", "what", "how many", "from before")

LEFT: Final = """\
What this does not reach: backups, copies of the database, exports and packs, the
public upload, and the mail that servers and recipients have."""


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
    if is_json and not yes:
        return show.as_json(_as_data(found))
    if not found:
        return click.echo("Nothing is past its time.")
    if not is_json:
        show.table("Past its time", COLUMNS, map(_row, found))
        show.agreed("Take it away for good?", is_agreed=yes)
    catch_up(app.sessions, app.clock)
    taken = purging.purge(
        app.sessions, kept, person=person or app.person, at_keyboard=app.person, now=now
    )
    is_compact = app.sessions.compact()
    if is_json:
        return show.as_json(_as_data(taken))
    for each in taken:
        click.echo(f"Gone: {each.count} {each.sort.what}.")
    click.echo(LEFT if is_compact else f"{LEFT}\n{PAGES}")
    return None


PAGES: Final = """\
PostgreSQL frees the pages by itself in time; VACUUM FULL does it at once."""


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
