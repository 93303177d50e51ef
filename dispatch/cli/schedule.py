"""`dispatch mailout schedule|pause|resume|cancel`: let a mailout go, or hold it."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.letters.store import letters as stored_letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release as releasing


@click.command()
@click.argument("name")
@show.yes_option
@click.pass_obj
def schedule(app: App, name: str, *, yes: bool) -> None:
    """Leave approved mailout NAME to the clock.

    The clock sends it on its date, or on its return if it was off then.
    """
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        letters = stored_letters.in_force(session, found)
        recipients = sum(len(letter.draft.recipients) for letter in letters)
        at = show.when(found.plan.release_at)
    show.agreed(f"Send {len(letters)} letters to {recipients} recipients at {at}?", is_agreed=yes)
    put_down(app, name)
    click.echo(f"Scheduled for {at}. See how it goes: dispatch mailout status {name} --watch")


def put_down(app: App, name: str) -> None:
    """Leave a mailout to the clock."""
    with app.sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        releasing.schedule(session, found, app.templates, actor=app.person, now=app.clock())


@click.command()
@click.argument("name")
@click.pass_obj
def pause(app: App, name: str) -> None:
    """Hold mailout NAME: what has not left waits until `resume`."""
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        releasing.pause(session, found, actor=app.person, now=app.clock())
    click.echo(f"{name} is paused. Go on with: dispatch mailout resume {name}")


@click.command()
@click.argument("name")
@show.yes_option
@click.pass_obj
def resume(app: App, name: str, *, yes: bool) -> None:
    """Let paused mailout NAME go on."""
    show.agreed(f"Go on sending {name}?", is_agreed=yes)
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        releasing.resume(session, found, actor=app.person, now=app.clock())
        state = found.state.value
    click.echo(f"{name} is {state} again.")


@click.command()
@click.argument("name")
@show.yes_option
@click.pass_obj
def cancel(app: App, name: str, *, yes: bool) -> None:
    """Stop mailout NAME for good.

    What has left cannot be called back.
    """
    show.agreed(f"Cancel {name} for good?", is_agreed=yes)
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        stopped = releasing.cancel(session, found, actor=app.person, now=app.clock())
    click.echo(f"{name} is cancelled; {stopped} deliveries will not leave.")
