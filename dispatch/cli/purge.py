"""`dispatch audit purge`: delete what is past the time that it is kept for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.cli.output.statuses import nothing_to_do
from dispatch.domain.calendar import day_in_words
from dispatch.domain.word import Word
from dispatch.upkeep import purge
from dispatch.upkeep.purge import Past, Purged, PurgeProposal

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
@results.listing(Past)
@click.pass_obj
def purge_(app: App, person: str | None, *, yes: bool) -> Listed[Past] | None:
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
    if asked.is_for_program():
        is_wanted = proposal.past and yes and not asked.is_dry()
        return _listed(_delete(app, proposal, word).past if is_wanted else proposal.past)
    for name in proposal.held_up:
        show.echo(f"{name} is kept: something of it is not settled, or it is not over.")
    if not (found := proposal.past):
        nothing_to_do("Nothing else is due." if proposal.held_up else "Nothing is past its time.")
    rows = ((each.kind, each.in_words, each.count, day_in_words(each.before)) for each in found)
    show.table("Past its time", COLUMNS, rows)
    show.agreed("Delete permanently?", is_agreed=yes)
    for each in _delete(app, proposal, word).past:
        show.echo(f"Deleted: {each.count} {each.in_words}.")
    show.echo(LEFT)
    return None


def _listed(past: Sequence[Past]) -> Listed[Past]:
    return Listed(rows=past, id=lambda each: each.kind, table=len, empty="")


def _delete(app: App, proposal: PurgeProposal, word: Word) -> Purged:
    """Delete it; raise what stopped some of it, as well."""
    done = purge.purge(app.sessions, app.settings.keep, proposal.digest, word, clock=app.clock)
    if not done.is_compact:
        show.echo(BUSY, err=True)
    if done.trouble:
        raise done.trouble
    return done
