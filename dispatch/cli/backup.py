"""`dispatch db backup`: the whole database in one file."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Final

import click

from dispatch.app import App
from dispatch.upkeep.backup import backup as back_up
from dispatch.upkeep.store.dump import Header

KEYS: Final = """\
The keys are not in it: keep DISPATCH_SECRET_KEY (or secret.key) and the signing
key (ledger.pem) elsewhere, with the settings and the templates."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a FILE that is there already.")
@click.pass_obj
def backup(app: App, file: Path, *, force: bool) -> None:
    """Write all that the database holds to FILE, as of one moment.

    The service may go on. Only you can read FILE: it holds names, addresses and every letter. It
    can be restored into SQLite and PostgreSQL alike. The keys are not in it: keep them elsewhere.
    """
    made = back_up(
        app.sessions,
        file,
        version=metadata.version("dispatch"),
        person=app.person,
        clock=app.clock,
        is_forced=force,
    )
    click.echo(f"{file}: {size(made.header)}, {made.bytes:,} bytes.")
    click.echo(f"SHA-256 {made.sha256}")
    click.echo(KEYS)


def size(header: Header) -> str:
    """Return how much there is in a backup, in words."""
    return f"{header.rows:,} rows of {len(header.tables)} tables"
