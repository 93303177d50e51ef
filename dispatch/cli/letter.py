"""`dispatch letter`: look at one authority's letter in any of its forms."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from uuid import uuid4

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Shown
from dispatch.domain.reply import Verdict
from dispatch.files import disk
from dispatch.files.contacts import checked_address
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import own_tests
from dispatch.views.letters import Form, LetterView, content, letter_view


@click.group(cls=LazyGroup)
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
@results.showing(LetterView)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def show_(
    app: App,
    name: str,
    code: str,
    form: str | None,
    version: int | None,
    out: Path | None,
) -> Shown | None:
    """Show the letter of mailout NAME to authority CODE.

    It is shown byte for byte as it is stored. Once it has been sent, --eml shows the message that
    its first recipient got.
    """
    with ready(app).sessions.read() as session:
        found = letters.letter_of(session, mailout_named(session, name), code, version=version)
        if asked.is_for_program():
            return Shown(view=letter_view(found))
        which = Form(form or "text")
        shown = content(session, found, which, sender=app.sender, now=app.clock())
    if out:
        _write(out, shown)
    elif which is Form.PDF and sys.stdout.isatty():
        raise click.UsageError("a terminal cannot show a PDF: give --out FILE")
    else:
        sys.stdout.buffer.write(shown)
    return None


@letter.command("send-test")
@click.argument("name")
@click.argument("code")
@click.option("--to", required=True, metavar="ADDRESS", help="The colleague who gets it.")
@click.option("--version", type=int, metavar="N", help="This version; else the one in force.")
@click.option("--because", metavar="TEXT", default="", help="Why it goes outside the office.")
@asked.dry_run_option
@click.pass_obj
def send_test(
    app: App, name: str, code: str, *, to: str, version: int | None, because: str
) -> None:
    """Send one letter to a colleague as it would leave.

    The letter of mailout NAME to authority CODE goes by the same mail server, at the same pace and
    with the same bytes as to its recipients, but for marks in the subject, a header and the first
    line of the covering note. It counts as nothing. An address outside the office's own domain and
    DISPATCH_ALLOWED_RECIPIENTS needs a reason. Exits 1 unless the mail server accepted it.
    """
    settings = ready(app).settings
    way = own_tests.Way(
        app.sessions,
        app.staff_transport(),
        app.sender,
        app.clock,
        settings.rates,
        settings.allow_list,
        time.sleep,
    )
    word = show.word(app, because=because)
    address = checked_address(to)
    order = own_tests.Order(mailout=name, code=code, to=address, word=word, version=version)
    if asked.is_dry():
        found = own_tests.prepared(way, order, uuid4())
        show.echo(f"Would send the letter of {found.code}, version {found.version}, to {address}.")
        show.echo("Nothing was sent.")
        return
    test = own_tests.send(way, order)
    show.echo(f"A test of the letter of {test.code} to {address}: {test.outcome.verdict.value}.")
    show.echo(f"The mail server said: {test.outcome}")
    if test.outcome.verdict is not Verdict.ACCEPTED:
        raise click.exceptions.Exit(1)


def _write(out: Path, content: bytes) -> None:
    try:
        disk.hand_out(out, content)
    except OSError as error:
        why = f"{out}: {error.strerror}"
        raise click.ClickException(f"the letter cannot be written: {why}") from error
    show.echo(f"{out}: {len(content)} bytes")
