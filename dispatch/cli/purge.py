"""`dispatch audit purge`: delete what is past the time that it is kept for."""

from __future__ import annotations

from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.domain.calendar import day_in_words
from dispatch.domain.word import Word
from dispatch.upkeep import purge
from dispatch.upkeep.purge import Purged, PurgeProposal
from dispatch.views.form import as_data

COLUMNS: Final = ("kind", "what", "how many", "from before")

LEFT: Final = """\
What this does not reach: backups, copies of the database, exports and packs,
the public upload, the messages that servers and recipients have, and pages that
PostgreSQL has not rewritten yet (VACUUM does)."""

BUSY: Final = """\
Others are reading the database, and its log still holds some of it: stop
`dispatch run` once, and that is deleted too."""


@click.command("purge")
@show.person_option
@show.yes_option
@show.json_option
@click.pass_obj
def purge_(app: App, person: str | None, *, yes: bool, is_json: bool) -> None:
    """Show what is past its time by DISPATCH_KEEP, and delete it.

    The ledger keeps the digests of what is deleted, and `dispatch audit verify` still verifies it.
    """
    kept = ready(app).settings.keep
    if not kept:
        raise click.ClickException(
            "everything is kept for ever: say in DISPATCH_KEEP for how long, such as "
            "mail=2y addresses=7y letters=10y"
        )
    word = show.word(app, person)
    with app.sessions.read() as session:
        proposal = purge.propose(session, kept, now=word.at)
    if is_json:
        past = _delete(app, proposal, word).past if proposal.past and yes else proposal.past
        show.as_json(as_data(past))
        return
    for name in proposal.held_up:
        show.echo(f"{name} is kept: something of it is not settled, or it is not over.")
    if not (found := proposal.past):
        show.echo("Nothing else is due." if proposal.held_up else "Nothing is past its time.")
        return
    rows = ((each.kind, each.in_words, each.count, day_in_words(each.before)) for each in found)
    show.table("Past its time", COLUMNS, rows)
    show.agreed("Delete permanently?", is_agreed=yes)
    for each in _delete(app, proposal, word).past:
        show.echo(f"Deleted: {each.count} {each.in_words}.")
    show.echo(LEFT)


def _delete(app: App, proposal: PurgeProposal, word: Word) -> Purged:
    """Delete it; raise what stopped some of it, as well."""
    done = purge.purge(app.sessions, app.settings.keep, proposal.digest, word, clock=app.clock)
    if not done.is_compact:
        show.echo(BUSY, err=True)
    if done.trouble:
        raise done.trouble
    return done
