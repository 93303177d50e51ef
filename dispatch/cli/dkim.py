"""`dispatch keys`: what others must have of our keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click

from dispatch.app import App, dkim_key
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.domain.errors import RuleBroken
from dispatch.mail.outgoing.dkim import DkimKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record that the DNS must have."""

    host: str
    type: str
    record: str


@click.group(cls=LazyGroup)
def keys() -> None:
    """See what others must have of our keys."""


@keys.command()
@results.showing(RecordView)
@click.pass_obj
def dkim(app: App) -> Shown:
    """Show the TXT record by which others check our signatures (DKIM)."""
    key = dkim_key(app.settings)
    if key is None:
        raise RuleBroken(
            "this home signs no messages: set DISPATCH_DKIM_KEY and DISPATCH_DKIM_SELECTOR, or let "
            "the mail server sign"
        )
    view = RecordView(host=key.host, type="TXT", record=key.record)
    return Shown(view=view, people=partial(_tell, key), id=key.record)


def _tell(key: DkimKey) -> None:
    show.echo(f"Name:    {key.host}")
    show.echo("Type:    TXT")
    show.echo(f"Content: {key.record}")
    show.echo()
    show.echo("In a zone file, where one string has 255 characters at most:")
    strings = " ".join(f'"{each}"' for each in key.strings)
    show.echo(f"{key.host}. IN TXT ( {strings} )")
