"""`dispatch contacts set|end`: one post changes hands, or is left empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import people, show
from dispatch.domain import calendar
from dispatch.files import contacts
from dispatch.register import appointments
from dispatch.register.appointments import Appointment
from dispatch.register.store import register

_since: Final = people.day_option(
    "--from", help="The day from which it is so, at most today; today, if left out."
)
_code: Final = click.argument("code")
_role_argument: Final = click.argument("role", callback=people.role)
_because: Final = click.option(
    "--because", required=True, metavar="TEXT", help="How that is known."
)


@click.command("set")
@_code
@_role_argument
@click.option("--address", required=True, metavar="ADDRESS", help="Their email address.")
@click.option("--name", metavar="NAME", help='The whole name, such as "Ms Jo Smith".')
@click.option("--honorific", metavar="TEXT", help="Mr, Ms, Dr, Cllr; or the parts of the name.")
@click.option("--given-name", metavar="TEXT")
@click.option("--surname", metavar="TEXT")
@click.option("--job-title", metavar="TEXT", help="What the letter calls them, if not the role.")
@click.option("--same-person", is_flag=True, help="Only the address differs: keep the name.")
@_since
@_because
@show.person_option
@show.yes_option
@click.pass_obj
def set_(  # noqa: PLR0913 - what a person may say of a contact
    app: App,
    /,
    code: str,
    role: str,
    day: date | None,
    person: str | None,
    because: str,
    *,
    same_person: bool,
    yes: bool,
    **spelt: str | None,
) -> None:
    """Put a contact in post as ROLE of authority CODE, in the place of any other.

    The one before stays on record. Roles are as in the file, and may be written with hyphens:
    chief-executive. It shows what changes, and asks.
    """
    given = people.names(spelt, is_same_person=same_person)
    with ready(app).sessions.begin() as session:
        known = register.authority_code(session, code)
        kept = people.kept(session, known, role) if same_person else {}
        contact = contacts.one(
            {"authority": known, "role": role, **given, **kept},
            known=(known,),
            drawable=app.templates.drawable,
        )
        change = appointments.appointment(session, contact, since=day, now=app.clock())
    _carry_out(app, change, person, because, is_agreed=yes)


@click.command()
@_code
@_role_argument
@_since
@_because
@show.person_option
@show.yes_option
@click.pass_obj
def end(  # noqa: PLR0913 - one for each option
    app: App,
    code: str,
    role: str,
    day: date | None,
    person: str | None,
    because: str,
    *,
    yes: bool,
) -> None:
    """Leave the post of ROLE at authority CODE empty. Who held it stays on record."""
    with ready(app).sessions.begin() as session:
        known = register.authority_code(session, code)
        change = appointments.vacancy(session, known, role, since=day, now=app.clock())
    _carry_out(app, change, person, because, is_agreed=yes)


def _carry_out(
    app: App, change: Appointment, person: str | None, because: str, *, is_agreed: bool
) -> None:
    """Show a change, ask, and do it if it is still the same."""
    rows = (("until then", change.before), ("from then on", change.after))
    title = f"The {change.role} of {change.code}, from {calendar.day_in_words(change.since)} on"
    facts = [(label, people.who(contact) if contact else "nobody") for label, contact in rows]
    show.console().print(show.facts(title, facts))
    for line in _warnings(change):
        click.echo(line)
    show.agreed("Record it?", is_agreed=is_agreed)
    with app.sessions.begin() as session:
        appointments.appoint(
            session,
            change,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
    click.echo("It is recorded. Nothing was sent: to resend a letter is a separate step.")


def _warnings(change: Appointment) -> Iterator[str]:
    """Say what follows from a change, and what may be a slip."""
    if change.shares_with:
        yield f"The address also serves {', '.join(change.shares_with)}."
    if change.is_suppressed:
        yield "The address is suppressed: nothing is sent there until that is lifted."
    if change.after is None:
        yield f"A mailout to the {change.role} cannot write to {change.code} until somebody is set."
    yield from (reopened(name, is_done=False) for name in change.reopens)


def reopened(name: str, *, is_done: bool = True) -> str:
    """Say that a mailout goes back to draft."""
    verb = "goes" if is_done else "would go"
    return f"{name} {verb} back to draft: its letters must be rendered and approved again."
