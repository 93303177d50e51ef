"""`dispatch notice suggestions` and `suggestion accept|decline`: contacts in place of leavers."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import show
from dispatch.domain.incoming.message import SuggestionState
from dispatch.incoming import suggestions
from dispatch.incoming.store.suggestions import Found, id_of, listed
from dispatch.incoming.suggestions import Accepted
from dispatch.mailouts.store import mailout_named
from dispatch.views.form import as_data
from dispatch.views.names import short
from dispatch.views.notices import about, belief
from dispatch.views.suggestions import suggestion_view


@click.command("suggestions")
@click.argument("name", required=False)
@click.option("--all", "is_all", is_flag=True, help="Also those that are decided.")
@show.json_option
@click.pass_obj
def list_suggestions(app: App, name: str | None, *, is_all: bool, is_json: bool) -> None:
    """List the contacts that autoreplies suggest.

    All that are open, or those of mailout NAME. None acts by itself: `dispatch notice suggestion
    accept ID` replaces the contact.
    """
    states = () if is_all else (SuggestionState.OPEN,)
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        found = listed(session, mailout, *states)
    if is_json:
        show.as_json(as_data([suggestion_view(*each) for each in found]))
    elif not found:
        show.echo("Nobody is suggested.")
    else:
        columns = ("id", "in the place of", "suggested", "as it says", "belief")
        show.table(
            show.counted(len(found), "contact is suggested", "contacts are suggested"),
            columns,
            map(_row, found),
        )


def _row(found: Found) -> list[str]:
    each, delivery, notice = found
    return [
        short(each.id),
        about(delivery),
        f"{each.name} {each.address}".strip(),
        each.sentence,
        f"{belief(notice)}, {each.state.value}",
    ]


@click.group(cls=LazyGroup)
def suggestion() -> None:
    """Accept or decline a suggested contact."""


because_option = click.option("--because", default="", metavar="TEXT", help="Why.")


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@show.yes_option
@click.pass_obj
def accept(app: App, beginning: str, person: str | None, because: str, *, yes: bool) -> None:
    """Replace a contact with the one of suggestion ID. The old one stays on record.

    Nothing is sent.
    """
    with ready(app).sessions.read() as session:
        suggestion_id = id_of(session, beginning)
        chosen = [each for each in listed(session) if each[0].id == suggestion_id]
    for each in chosen:
        show.agreed(_question(each), is_agreed=yes)
    with app.sessions.begin() as session:
        accepted = suggestions.accept(session, suggestion_id, show.word(app, person, because))
    _tell(accepted)


def _question(found: Found) -> str:
    each, delivery, _ = found
    who = f"{each.name or 'nobody by name'} <{each.address}>"
    post = f"{delivery.role} of {delivery.authority_code}"
    return f"Put {who} in post as {post}, in the place of {delivery.address}?"


def _tell(accepted: Accepted) -> None:
    contact = accepted.contact
    show.echo(f"The {contact.role} of {contact.authority} is {contact.address} from today on.")
    for name in accepted.reopened:
        show.echo(f"{name} goes back to draft: its letters must be rendered and approved again.")
    who = f"--authority {accepted.authority} --role '{accepted.role}'"
    show.echo("Nothing was sent. To send the letter there:")
    show.echo(f"  dispatch resend {accepted.mailout} {who} --because TEXT")


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@click.pass_obj
def decline(app: App, beginning: str, person: str | None, because: str) -> None:
    """Keep the contact as it is.

    Suggestion ID is not made again for that letter.
    """
    with ready(app).sessions.read() as session:
        suggestion_id = id_of(session, beginning)
    with app.sessions.begin() as session:
        delivery = suggestions.decline(session, suggestion_id, show.word(app, person, because))
        told = f"The {delivery.role} of {delivery.authority_code} stays {delivery.address}."
    show.echo(told)
