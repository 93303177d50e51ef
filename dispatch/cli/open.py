"""`dispatch open`: the pages, in a browser."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.domain.errors import RuleBroken
from dispatch.mailouts.store import mailout_named


@click.command("open")
@click.argument("name", required=False)
@click.pass_obj
def open_(app: App, name: str | None) -> None:
    """Open the pages in a browser.

    With NAME the page of that mailout. Prints the address, too. The pages run as part of
    `dispatch run`.
    """
    address = app.settings.address
    if not address:
        raise RuleBroken(
            "the pages have no address that a browser knows: DISPATCH_WEB_URL says where people "
            "reach them"
        )
    if name is not None:
        with ready(app).sessions.read() as session:
            address = f"{address}/mailouts/{mailout_named(session, name).name}"
    show.data(address)
    click.launch(address)
