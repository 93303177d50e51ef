"""`dispatch import`: files of authorities, contacts and figures come in."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.files import load
from dispatch.register.imports import KINDS, File, Import, propose, take_in
from dispatch.views.contacts import reopened


@click.command(name="import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and count, but write nothing.")
@click.pass_obj
def imports(app: App, kind: str, file: Path, *, dry_run: bool) -> None:
    """Take in a CSV or XLSX file.

    It holds authorities, contacts or figures, whose columns are found by their names.
    Every row is checked before one is written; if one is wrong, nothing is. To see what a file
    of contacts changes before it does, use `dispatch contacts import`.
    """
    done = (looked_at if dry_run else bring_in)(ready(app), kind, file)
    verb = "would be" if dry_run else "are"
    found = done.comparison
    click.echo(
        f"{file.name}: {len(found.new)} {kind} {verb} new, {len(found.changed)} changed, "
        f"{found.unchanged} as before."
    )
    for name in done.reopens:
        click.echo(reopened(name, is_done=not dry_run))


def looked_at(app: App, kind: str, path: Path) -> Import:
    """Return what a file would change."""
    file = File(kind, *load(path))
    with app.sessions.begin() as session:
        return propose(session, file, drawable=app.templates.drawable)


def bring_in(app: App, kind: str, path: Path) -> Import:
    """Take in a file, on the word of who is at the keyboard."""
    file = File(kind, *load(path))
    with app.sessions.begin() as session:
        return take_in(session, file, show.word(app), drawable=app.templates.drawable)
