"""`dispatch settings`: each setting, where it comes from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dispatch.cli.output import results, show
from dispatch.cli.output.results import Listed
from dispatch.cli.output.statuses import Status
from dispatch.configured import SettingView, configured


@click.command("settings")
@click.option("--set", "is_set", is_flag=True, help="Only those that are set somewhere.")
@results.listing(SettingView)
def settings_(*, is_set: bool) -> Listed[SettingView]:
    """Show each setting, and where it comes from.

    From the environment, from the file .env of this folder, from a file in the folder that
    DISPATCH_SECRETS names, or by default. Passwords and keys are hidden. What is wrong with a
    setting stands below it, with what to do; it works as well where the settings cannot be used.
    Exits 1 if something is wrong.
    """
    found = configured()
    is_wrong = any(each.trouble for each in found)
    return Listed(
        rows=[each for each in found if each.source != "default" or not is_set],
        id=lambda each: each.name,
        table=_table,
        empty="No setting is set: all are as they are by default.",
        status=lambda: Status.NOT_DONE if is_wrong else Status.DONE,
    )


def _table(found: Sequence[SettingView]) -> None:
    show.table("Settings", ("setting", "value", "from"), map(_row, found))
    for each in found:
        if each.trouble:
            show.echo(show.paragraph(f"{each.name}: ", each.trouble))
            show.echo(show.paragraph("  To do: ", each.remedy))


def _row(each: SettingView) -> Sequence[object]:
    source = each.source.rpartition("/")[2] if "/" in each.source else each.source
    return each.name, each.value, source
