"""`dispatch letter`: look at one authority's letter in any of its forms."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.database import Session
from dispatch.database.tables import Letter
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letter import STORED
from dispatch.letters.store import documents, letters
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries


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
    """Show the letter of mailout NAME to authority CODE, byte for byte as it is kept.

    Once it has been sent, --eml shows the message that its first recipient got.
    """
    with ready(app).sessions.read() as session:
        found = letters.letter_of(session, mailout_named(session, name), code, version=version)
        if is_json:
            return show.as_json(_known(found))
        content = _content(app, session, found, form or "text")
    if out:
        _write(out, content)
    elif form == "pdf" and sys.stdout.isatty():
        raise click.UsageError("a PDF is no text for a terminal: give --out FILE")
    else:
        sys.stdout.buffer.write(content)
    return None


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"the letter cannot be written: {error}") from error
    click.echo(f"{out}: {len(content)} bytes")


def _known(letter: Letter) -> dict[str, object]:
    return {
        "id": str(letter.id),
        "authority": letter.authority_code,
        "version": letter.version,
        "state": letter.state,
        "subject": letter.subject,
        "digest": letter.digest,
        "parts": letter.parts,
        "recipients": letter.draft.recipients,
        "attachments": letter.draft.attachments,
        "error": letter.error,
    }


def _content(app: App, session: Session, letter: Letter, form: str) -> bytes:
    """Return one form of a letter. Raises `RuleBroken` if it is not rendered."""
    if letter.state not in STORED:
        why = letter.error or "it still waits for a worker: is `dispatch run` running?"
        raise RuleBroken(f"the letter of {letter.authority_code} is not rendered: {why}")
    part = "mail" if form == "eml" else form
    [content] = documents.load(session, [letter.parts[part]]).values()
    if form != "eml":
        return content
    if not all(each.address for each in letter.draft.recipients):
        raise RuleBroken(
            f"whom the letter of {letter.authority_code} went to was taken away (`dispatch audit "
            f"purge`): without that there is no message, but --text, --html and --pdf"
        )
    first = deliveries.first_delivery(session, letter)
    headers = letter_headers(
        app.sender,
        letter.draft.recipients,
        letter.subject or "",
        at=first.created_at if first else app.clock(),
        id_=first.id if first else letter.id,
    )
    return message(headers, content)
