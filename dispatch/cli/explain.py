"""`dispatch explain`: what a reply of a mail server means, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from dispatch.cli.output import show
from dispatch.views.form import as_data
from dispatch.views.replies import LONGEST, VERBS, explanation_rows, reply_of, reply_view


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="REPLY")
@click.option(
    "--at",
    type=click.Choice(list(VERBS), case_sensitive=False),
    metavar="WHAT",
    help="What it answers: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT, TOKEN, LOGIN or "
    "SELECT. Without it, what it most likely answers.",
)
@show.json_option
def explain(words: Sequence[str], at: str | None, *, is_json: bool) -> None:
    """Say what a reply means: whose trouble it is, and what to do.

    REPLY is what a mail server said, such as "550 5.7.60 Client does not have permissions", an
    answer of a token endpoint (AADSTS…), or one of the mailbox (NO, BAD); - reads it from standard
    input. Needs no database.
    """
    pasted = " ".join(words)
    if pasted == "-":
        pasted = sys.stdin.buffer.read(LONGEST).decode(errors="replace")
    reply = reply_of(pasted, at)
    if is_json:
        show.as_json(as_data(reply_view(reply)))
        return
    for label, text in explanation_rows(reply):
        show.echo(show.paragraph(f"{label:9}", text))
