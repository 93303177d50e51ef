"""`dispatch import`: files of authorities, contacts and figures come in."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.files import load
from dispatch.register.imports import KINDS, Intake, intake


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
    done = bring_in(ready(app), kind, file, is_dry_run=dry_run)
    verb = "would be" if dry_run else "are"
    click.echo(
        f"{file.name}: {done.new} {kind} {verb} new, {done.changed} changed, "
        f"{done.unchanged} as before."
    )
    for name in done.reopened:
        click.echo(f"{name} goes back to draft: its letters must be rendered and approved again.")


def bring_in(
    app: App,
    kind: str,
    file: Path,
    *,
    is_dry_run: bool = False,
    is_complete: bool = False,
    agreed: Intake | None = None,
) -> Intake:
    """Import one file in one transaction, as the person at the keyboard."""
    name, content = load(file)
    with app.sessions.begin() as session:
        return intake(
            session,
            kind,
            name,
            content,
            actor=app.person,
            now=app.clock(),
            is_dry_run=is_dry_run,
            is_complete=is_complete,
            agreed=agreed,
            drawable=app.templates.drawable,
        )
