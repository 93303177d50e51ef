"""`dispatch keys`: what others must have of our keys."""

from __future__ import annotations

import click

from dispatch.app import App, dkim_key
from dispatch.cli.output import show
from dispatch.domain.errors import RuleBroken


@click.group()
def keys() -> None:
    """See what others must have of our keys."""


@keys.command()
@show.json_option
@click.pass_obj
def dkim(app: App, *, is_json: bool) -> None:
    """Show the TXT record by which others check our signatures (DKIM)."""
    key = dkim_key(app.settings)
    if key is None:
        raise RuleBroken(
            "this home signs no messages: set DISPATCH_DKIM_KEY and DISPATCH_DKIM_SELECTOR, or let "
            "the mail server sign"
        )
    if is_json:
        show.as_json({"host": key.host, "type": "TXT", "record": key.record})
        return
    show.echo(f"Name:    {key.host}")
    show.echo("Type:    TXT")
    show.echo(f"Content: {key.record}")
    show.echo()
    show.echo("In a zone file, where one string has 255 characters at most:")
    strings = " ".join(f'"{each}"' for each in key.strings)
    show.echo(f"{key.host}. IN TXT ( {strings} )")
