"""`dispatch notice suggestion accept|decline`: a person decides on a suggested contact."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database import Session
from dispatch.database.tables import Delivery, Mailout
from dispatch.incoming import decide
from dispatch.incoming.store import suggestions as stored


@click.group(cls=show.InOrder)
def suggestion() -> None:
    """Take a suggested contact up, or do not."""


because_option = click.option("--because", default="", metavar="TEXT", help="Why.")


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@show.yes_option
@click.pass_obj
def accept(app: App, beginning: str, person: str | None, because: str, *, yes: bool) -> None:
    """Put the contact of suggestion ID in post. The one before stays on record; nothing is sent."""
    with ready(app).sessions.read() as session:
        suggestion_id = stored.id_of(session, beginning)
        chosen = [each for each in stored.listed(session) if each[0].id == suggestion_id]
    for each, delivery, _ in chosen:
        show.agreed(
            f"Put {each.name or 'nobody by name'} <{each.address}> in post as {delivery.role} of "
            f"{delivery.authority_code}, in the place of {delivery.address}?",
            is_agreed=yes,
        )
    with app.sessions.begin() as session:
        contact, reopened = decide.accept(
            session,
            suggestion_id,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        told = f"The {contact.role} of {contact.authority_code} is {contact.address} from today on."
        names = [_resending(session, delivery) for _, delivery, _ in chosen]
    click.echo(told)
    for name in reopened:
        click.echo(f"{name} goes back to draft: its letters must be rendered and approved again.")
    click.echo("Nothing was sent. To send the letter there:")
    for command in names:
        click.echo(f"  {command}")


def _resending(session: Session, delivery: Delivery) -> str:
    name = session.get_one(Mailout, delivery.mailout_id).name
    who = f"--authority {delivery.authority_code} --role '{delivery.role}'"
    return f"dispatch resend {name} {who} --because TEXT"


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@click.pass_obj
def decline(app: App, beginning: str, person: str | None, because: str) -> None:
    """Leave the contact as it is; suggestion ID is not made again for that letter."""
    with ready(app).sessions.read() as session:
        suggestion_id = stored.id_of(session, beginning)
    with app.sessions.begin() as session:
        delivery = decide.decline(
            session,
            suggestion_id,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        told = f"The {delivery.role} of {delivery.authority_code} stays {delivery.address}."
    click.echo(told)
