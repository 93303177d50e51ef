"""`dispatch explain`: what a reply of a mail server means, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import click

from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.domain.reply import Reply
from dispatch.views.replies import (
    LONGEST,
    VERBS,
    ReplyView,
    explanation_rows,
    reply_of,
    reply_view,
)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="REPLY")
@click.option(
    "--at",
    type=click.Choice(list(VERBS), case_sensitive=False),
    metavar="WHAT",
    help="What it answers: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT, TOKEN, LOGIN or "
    "SELECT. Without it, what it most likely answers.",
)
@results.showing(ReplyView)
def explain(words: Sequence[str], at: str | None) -> Shown:
    """Say what a reply means: whose trouble it is, and what to do.

    REPLY is what a mail server said, such as "550 5.7.60 Client does not have permissions", an
    answer of a token endpoint (AADSTS…), or one of the mailbox (NO, BAD); - reads it from standard
    input. Needs no database.
    """
    pasted = " ".join(words)
    if pasted == "-":
        pasted = sys.stdin.buffer.read(LONGEST).decode(errors="replace")
    reply = reply_of(pasted, at)
    return Shown(view=reply_view(reply), people=partial(_tell, reply))


def _tell(reply: Reply) -> None:
    for label, text in explanation_rows(reply):
        show.echo(show.paragraph(f"{label:9}", text))
