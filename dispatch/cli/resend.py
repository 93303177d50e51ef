"""`dispatch resend`: the same letter again, to who is in post by now or to an address given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.cli.proposal import as_data, question, show_proposal
from dispatch.cli.reissue import propose, rendered, show_versions
from dispatch.corrections import reissue as reissuing
from dispatch.corrections import resend as resending
from dispatch.corrections.resend import Proposal
from dispatch.domain.errors import RuleBroken
from dispatch.domain.resending import Choice, ResendRequest
from dispatch.mailouts.store import mailout_named


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
@click.option("--readdress", is_flag=True, help="In the name of whoever is in post, once approved.")
@click.option("--because", required=True, metavar="TEXT", help="Why they are sent again.")
@show.person_option
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
    readdress: bool,
    yes: bool,
    is_json: bool,
) -> None:
    """Send letters of mailout NAME again, once you have seen who gets what.

    The letter stays as it was approved; a covering note says when and to which post it first
    went. With --readdress it is made anew in the name of the contact in post, and somebody else
    has to approve that. With --json nothing leaves unless --yes is there, too.
    """
    if choice is None and not codes:
        raise click.UsageError("say which: --changed, --unreached, --bounced or --authority CODE")
    if readdress and (to or role):
        raise click.UsageError("--readdress is for the contact in post: leave --to and --role out")
    kind = Choice(choice) if choice else Choice.NAMED
    wish = ResendRequest(choice=kind, codes=codes, role=role, to=to, is_again=again or readdress)
    way = _readdress if readdress else _as_it_is
    way(ready(app), name, wish, (person or app.person, because), is_agreed=yes, is_json=is_json)


def _as_it_is(
    app: App,
    name: str,
    wish: ResendRequest,
    word: tuple[str, str],
    *,
    is_agreed: bool,
    is_json: bool,
) -> None:
    proposal, bodies = _prepared(app, name, wish)
    if not is_json:
        show_proposal(name, proposal)
        _refuse_nothing(proposal)
        if proposal.going:
            show.agreed(question(proposal), is_agreed=is_agreed)
    rows: dict[UUID | None, str] = {}
    if proposal.going and (is_agreed or not is_json):
        rows = _queue(app, name, proposal, bodies, word)
    if is_json:
        show.as_json(as_data(proposal, rows))
    elif rows:
        click.echo(f"{len(rows)} queued. See how it goes: dispatch mailout unreached {name}")


def _refuse_nothing(proposal: Proposal) -> None:
    if proposal.staying and not proposal.going:
        raise RuleBroken("none of these is sent again; the last column says what to do")


def _prepared(app: App, name: str, wish: ResendRequest) -> tuple[Proposal, dict[UUID, bytes]]:
    """Work out what would go, and make the messages: what they lack is to show first."""
    with app.sessions.read() as session:
        found = mailout_named(session, name)
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
            mailout_named(session, name, is_locked=True),
            proposal,
            bodies,
            person=person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        return {row.replaces_id: str(row.id) for row in rows}


def _readdress(
    app: App,
    name: str,
    wish: ResendRequest,
    word: tuple[str, str],
    *,
    is_agreed: bool,
    is_json: bool,
) -> None:
    """Make letters in the names of those in post, and leave them for somebody else to approve."""
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        first = replace(wish, role=found.plan.to_roles[0])
        proposal = resending.propose(session, found, first, now=app.clock())
        meant = [(each.chain.last.letter_id, each.recipient) for each in proposal.going]
        versions = reissuing.readdress(session, found, meant)
        template_digest = app.templates.digest(found.plan.template)
    made = rendered(app, versions, template_digest)
    if is_json:
        show.as_json(as_data(proposal, {}))
    else:
        show_proposal(name, proposal)
        _refuse_nothing(proposal)
        show_versions(name, made)
    if made and (is_agreed or not is_json):
        propose(app, name, made, template_digest, word, is_agreed=is_agreed)
