"""`dispatch resend`: the same letter again, to who is in post by now or to an address given."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.cli.proposal import as_data, question, show_proposal
from dispatch.db import queries
from dispatch.domain.errors import RuleBroken
from dispatch.domain.resending import Choice, Wish
from dispatch.stages import resend as resending
from dispatch.stages.resend import Proposal


@click.command()
@click.argument("name")
@click.option(
    "--changed",
    "choice",
    flag_value=Choice.CHANGED.value,
    help="Those whose contact in post has an address that the letter never went to.",
)
@click.option(
    "--unreached",
    "choice",
    flag_value=Choice.UNREACHED.value,
    help="Those whose letter to the chief executive is with nobody.",
)
@click.option(
    "--bounced",
    "choice",
    flag_value=Choice.BOUNCED.value,
    help="Those that came back or were refused.",
)
@click.option("--authority", "codes", multiple=True, metavar="CODE", help="Only these; repeatable.")
@click.option("--to", metavar="ADDRESS", help="Where it goes, if not to the contact in post.")
@click.option("--role", metavar="ROLE", help="Only to this role, such as 'link officer'.")
@click.option("--again", is_flag=True, help="Even to an address that had it or sent it back.")
@click.option("--because", required=True, metavar="TEXT", help="Why they are sent again.")
@click.option("--as", "person", metavar="PERSON", help="Whose word it is; yours, if left out.")
@show.yes_option
@show.json_option
@click.pass_obj
def resend(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    *,
    choice: str | None,
    codes: tuple[str, ...],
    to: str | None,
    role: str | None,
    because: str,
    person: str | None,
    again: bool,
    yes: bool,
    is_json: bool,
) -> None:
    """Send letters of mailout NAME again, once you have seen who gets what.

    The letter stays as it was approved; a covering note says when and to which post it first
    went. With --json nothing leaves unless --yes is there, too.
    """
    if choice is None and not codes:
        raise click.UsageError("say which: --changed, --unreached, --bounced or --authority CODE")
    kind = Choice(choice) if choice else Choice.NAMED
    wish = Wish(choice=kind, codes=codes, role=role, to=to, is_again=again)
    proposal, bodies = _prepared(ready(app), name, wish)
    if not is_json:
        show_proposal(name, proposal)
    if not proposal.going and proposal.staying and not is_json:
        raise RuleBroken("none of these is sent again; the last column says what to do")
    if proposal.going and not is_json:
        show.agreed(question(proposal), is_agreed=yes)
    rows: dict[UUID | None, str] = {}
    if proposal.going and (yes or not is_json):
        rows = _queue(app, name, proposal, bodies, (person or app.person, because))
    if is_json:
        return show.as_json(as_data(proposal, rows))
    if rows:
        click.echo(f"{len(rows)} queued. See how it goes: dispatch mailout unreached {name}")
    return None


def _prepared(app: App, name: str, wish: Wish) -> tuple[Proposal, dict[UUID, bytes]]:
    """Work out what would go, and make the messages: what they lack is to show first."""
    with app.sessions.read() as session:
        found = queries.mailout_named(session, name)
        proposal = resending.propose(session, found, wish, now=app.clock())
        return proposal, resending.pack(session, app.templates, proposal)


def _queue(
    app: App,
    name: str,
    proposal: Proposal,
    bodies: Mapping[UUID, bytes],
    word: tuple[str, str],
) -> dict[UUID | None, str]:
    """Queue what was shown, on somebody's word; return the new ids by those they come after."""
    person, because = word
    with app.sessions.begin() as session:
        rows = resending.resend(
            session,
            queries.mailout_named(session, name, is_locked=True),
            proposal,
            bodies,
            person=person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        return {row.replaces_id: str(row.id) for row in rows}
