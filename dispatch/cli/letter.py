"""`dispatch letter`: look at one authority's letter in any of its forms."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.files import disk
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.views.form import as_data
from dispatch.views.letters import Form, content, letter_view


@click.group()
def letter() -> None:
    """Look at one authority's letter."""


@letter.command("show")
@click.argument("name")
@click.argument("code")
@click.option("--text", "form", flag_value="text", help="The letter as plain text (the default).")
@click.option("--html", "form", flag_value="html", help="The letter as a page.")
@click.option("--pdf", "form", flag_value="pdf", help="The letter as it is attached.")
@click.option("--eml", "form", flag_value="eml", help="The whole message to its first recipient.")
@click.option("--version", type=int, metavar="N", help="This version; else the one in force.")
@show.json_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def show_(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    code: str,
    form: str | None,
    version: int | None,
    out: Path | None,
    *,
    is_json: bool,
) -> None:
    """Show the letter of mailout NAME to authority CODE.

    It is shown byte for byte as it is stored. Once it has been sent, --eml shows the message that
    its first recipient got.
    """
    with ready(app).sessions.read() as session:
        found = letters.letter_of(session, mailout_named(session, name), code, version=version)
        if is_json:
            show.as_json(as_data(letter_view(found)))
            return
        which = Form(form or "text")
        shown = content(session, found, which, sender=app.sender, now=app.clock())
    if out:
        _write(out, shown)
    elif which is Form.PDF and sys.stdout.isatty():
        raise click.UsageError("a terminal cannot show a PDF: give --out FILE")
    else:
        sys.stdout.buffer.write(shown)


def _write(out: Path, content: bytes) -> None:
    try:
        disk.hand_out(out, content)
    except OSError as error:
        why = f"{out}: {error.strerror}"
        raise click.ClickException(f"the letter cannot be written: {why}") from error
    show.echo(f"{out}: {len(content)} bytes")
