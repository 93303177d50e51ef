"""`dispatch clock`: what time it is held to be, and a person's word that the clock is right."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, show
from dispatch.domain.errors import RuleBroken
from dispatch.tracking import timekeeping
from dispatch.views.status import until_trusted


@click.command()
@click.option("--right", "is_right", is_flag=True, help="Say that the clock is right.")
@show.person_option
@click.option("--because", default="", metavar="TEXT", help="How you know; needed with --right.")
@asked.dry_run_option
@click.pass_obj
def clock(app: App, person: str | None, because: str, *, is_right: bool) -> None:
    """Show what time it is, and say that the clock is right.

    If the clock was set by a minute or more, nothing is released and nothing expires until it is
    right again, you say that it is right, or it has gone evenly for an hour.
    """
    ready(app)
    if is_right:
        _confirm(app, person, because)
        return
    with app.sessions.read() as session:
        held = timekeeping.held(session)
    caution = until_trusted(held, app.clock()) if held else None
    rows = [("time", show.when(app.clock())), ("warning", caution)]
    show.known("Clock", [row for row in rows if row[1]])


def _confirm(app: App, person: str | None, because: str) -> None:
    word = show.word(app, person, because)
    word.needed_reason()
    with show.changing(app, "take the clock to be right") as session:
        if timekeeping.confirm(session, word) is None:
            raise RuleBroken("nothing is held back: the clock is trusted as it is")
    show.echo("The clock is taken to be right: letters are released and expire by it.")
