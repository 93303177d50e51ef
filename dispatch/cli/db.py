"""`dispatch db`: look after the database."""

from __future__ import annotations

import click

from dispatch.app import App
from dispatch.cli.backup import backup
from dispatch.cli.output import show
from dispatch.cli.restore import restore
from dispatch.database import schema


@click.group(cls=show.InOrder)
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_obj
def upgrade(app: App) -> None:
    """Bring the tables up to date. Safe to run again; back up first where it matters."""
    with app.sessions.begin() as session:
        before = schema.age(session)
        if before is schema.Age.NEWER:
            raise click.ClickException("the database was made by a newer dispatch")
        schema.upgrade(session)
    click.echo(
        "The database is up to date." if before is not schema.Age.CURRENT else "Nothing to do."
    )


for command in (backup, restore):
    db.add_command(command)
