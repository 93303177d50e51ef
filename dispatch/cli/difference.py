"""`dispatch contacts import`: what a file of contacts changes is shown before it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.cli.appoint import reopened
from dispatch.cli.imports import bring_in
from dispatch.cli.people import as_data, who
from dispatch.domain.authority import Contact
from dispatch.domain.word import named
from dispatch.register.imports import Intake
from dispatch.register.store.differences import Difference

SHOWN: Final = 20
"""How many new contacts are listed before the rest are only counted: a first file is all new."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--complete", is_flag=True, help="Whoever is in its roles and not in it is out.")
@click.option("--dry-run", is_flag=True, help="Show the difference, and write nothing.")
@click.option("--as", "person", metavar="PERSON", help="Who brings it; you, if left out.")
@show.yes_option
@show.json_option
@click.pass_obj
def import_(  # noqa: PLR0913 - one for each option
    app: App,
    file: Path,
    *,
    complete: bool,
    dry_run: bool,
    person: str | None,
    yes: bool,
    is_json: bool,
) -> None:
    """Take in a file of contacts, once a person has seen what it changes.

    It is the file of `dispatch import contacts`. Who is not in it stays in post, unless it is
    complete: then whoever holds one of the roles that it names, and is not in it, is out.
    """
    if is_json and not (yes or dry_run):
        raise click.UsageError("with --json give --dry-run to look, or --yes to take it in")
    app = replace(ready(app), person=named(person or app.person))
    shown = bring_in(app, "contacts", file, is_dry_run=True, is_complete=complete)
    difference = shown.difference
    assert isinstance(difference, Difference)  # noqa: S101 - as the kind has it
    if not is_json:
        _show(file.name, shown, difference)
    is_anything = bool(difference.touched)
    if is_anything and not dry_run:
        if not is_json:
            show.agreed("Take it in?", is_agreed=yes)
        bring_in(app, "contacts", file, is_complete=complete, agreed=shown)
    is_done = is_anything and not dry_run
    if is_json:
        return show.as_json({**_as_data(shown, difference), "taken_in": is_done})
    return click.echo("It is taken in." if is_done else "Nothing was written.")


def _show(name: str, shown: Intake, difference: Difference) -> None:
    click.echo(
        f"{name}: {shown.new} new, {shown.changed} changed, {len(difference.ended)} ended, "
        f"{shown.unchanged} unchanged."
    )
    if shown.new:
        more = f", the first {SHOWN}" if shown.new > SHOWN else ""
        _table(f"New{more}", ("who",), ((each, [who(each)]) for each in difference.new[:SHOWN]))
    if difference.changed:
        changes = (
            (each.after, [who(each.before), who(each.after), _fields(each.fields)])
            for each in difference.changed
        )
        _table("Changed", ("from", "to", "what differs"), changes)
    if difference.ended:
        ended = ((each.value, [who(each.value)]) for each in difference.ended)
        _table("Ended: out of post, and nobody comes after", ("who",), ended)
    for line in _warnings(shown, difference):
        click.echo(line)


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[Contact, list[str]]]) -> None:
    show.table(
        title,
        ("authority", "role", *columns),
        ([contact.authority, contact.role, *cells] for contact, cells in rows),
    )


def _fields(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _warnings(shown: Intake, difference: Difference) -> Iterator[str]:
    """Say what may be a slip, and what follows."""
    for each in difference.shared:
        yield f"{each.address} now serves {' and '.join(each.authorities)}: is that right?"
    if codes := _without_chief(difference):
        yield f"No chief executive is left to write to at {', '.join(codes)}."
    if count := len(difference.staying):
        yield f"{count} others in these roles are not in the file and stay; --complete ends them."
    yield from (reopened(name, is_done=False) for name in shown.reopened)


def _without_chief(difference: Difference) -> list[str]:
    ended = (each.value for each in difference.ended)
    return [each.authority for each in ended if each.role == CHIEF]


CHIEF: Final = "chief executive"


def _as_data(shown: Intake, difference: Difference) -> dict[str, object]:
    return {
        "new": [as_data(each) for each in difference.new],
        "changed": [
            {"before": as_data(each.before), "after": as_data(each.after), "fields": each.fields}
            for each in difference.changed
        ],
        "ended": [as_data(each.value) for each in difference.ended],
        "unchanged": shown.unchanged,
        "staying": [as_data(each) for each in difference.staying],
        "shared": difference.shared,
        "without_chief_executive": _without_chief(difference),
        "reopened": shown.reopened,
    }
