"""`dispatch contacts`: who holds which role at an authority, and changes of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import click

from dispatch.app import App, ready
from dispatch.cli import imports
from dispatch.cli.lazy import Later, LazyGroup
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.domain import calendar
from dispatch.domain.person import parts_of
from dispatch.domain.register.authority import ROLES
from dispatch.files import contacts as contact_files
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong
from dispatch.register import appointments
from dispatch.register.appointments import Appointment, Wanted
from dispatch.register.register import schemes
from dispatch.register.store.authorities import authority_code
from dispatch.register.store.contacts import history
from dispatch.views.contacts import (
    TenureView,
    appointment_warnings,
    how_known,
    name_and_address,
    posted_to,
    tenure,
)


class ContactsGroup(LazyGroup):
    """The commands here, and the question to all contacts of a mailout."""

    later: ClassVar = {
        "confirm": Later("confirmations:confirm", "Ask contacts whether they are the person."),
    }


@click.group(cls=ContactsGroup)
def contacts() -> None:
    """See and change who is in post. A contact is replaced, never edited."""


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return fields.day(value) if value else None
    except Wrong as rule:
        raise click.BadParameter(f"{value!r} {rule}") from None


def _role(context: click.Context, __: click.Parameter, value: str) -> str:
    """Read a role; it may have hyphens, which need no quotes in a shell."""
    try:
        is_usual = fields.spelt_role(value) in ROLES
        return contact_files.role(ROLES if is_usual else _planned_roles(context.obj))(value)
    except Wrong as rule:
        raise click.BadParameter(f"{value!r} {rule}") from None


def _planned_roles(app: App) -> Sequence[str]:
    """Return the roles that there are, with those of the mailouts that are planned."""
    with ready(app).sessions.read() as session:
        return schemes(session).roles


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _day_option(name: str, **options: Any) -> Decorator:  # noqa: ANN401 - click's own options
    """Return an option that is a day, passed on as `day`."""
    return click.option(name, "day", callback=_day, metavar="DATE", **options)


_code: Final = click.argument("code")
_role_argument: Final = click.argument("role", callback=_role)
_since: Final = _day_option(
    "--from", help="The first day of the change, at the latest today; today, if left out."
)
_because: Final = click.option(
    "--because", required=True, metavar="TEXT", help="How that is known."
)


@contacts.command("show")
@_code
@_day_option("--on", help="Only who was in post on this day.")
@results.listing(TenureView)
@click.pass_obj
def show_(app: App, code: str, day: date | None) -> Listed[TenureView]:
    """Show who holds each role at authority CODE, and who held it."""
    with ready(app).sessions.read() as session:
        code = authority_code(session, code)
        found = [
            tenure(each) for each in history(session, code) if day is None or each.holds_on(day)
        ]
    when = f" on {calendar.day_in_words(day)}" if day else ""
    return Listed(
        rows=found,
        id=lambda each: each.contact.address,
        table=partial(_tell, f"Who held which role at {code}{when}"),
        empty=f"Nobody is known to have been in post at {code}{when}.",
    )


def _tell(title: str, found: Sequence[TenureView]) -> None:
    show.echo(title)
    for each in found:
        until = f"until {each.until}" if each.until else "on"
        show.echo(f"  {each.role}, from {each.since} {until}")
        show.echo(f"    {name_and_address(each.contact)}")
        if each.contact.postal_address:
            show.echo(f"    by post: {each.contact.postal_address}")
        show.echo("".join(f"    {line}\n" for line in how_known(each)), nl=False)


@contacts.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@imports.options
@click.pass_obj
def import_(app: App, /, file: Path, **given: Any) -> Shown:  # noqa: ANN401 - the options of an import
    """Take in a file of contacts, as `import contacts` does."""
    return imports.run(app, "contacts", file, **given)


@contacts.command("set")
@_code
@_role_argument
@click.option("--address", metavar="ADDRESS", help="Their email address.")
@click.option("--name", metavar="NAME", help='The whole name, such as "Ms Jo Smith".')
@click.option("--honorific", metavar="TEXT", help="Mr, Ms, Dr, Cllr; or the parts of the name.")
@click.option("--given-name", metavar="TEXT")
@click.option("--surname", metavar="TEXT")
@click.option("--job-title", metavar="TEXT", help="What the letter calls them, if not the role.")
@click.option("--language", metavar="LANGUAGE", help="In which they want letters: Welsh, or cy.")
@click.option(
    "--postal-address", metavar="TEXT", help="Where post reaches them, its lines joined by commas."
)
@click.option("--same-person", is_flag=True, help="They keep the post: what is not given stays.")
@_since
@_because
@show.person_option
@show.yes_option
@click.pass_obj
def set_(  # noqa: PLR0913 - one for each option
    app: App,
    code: str,
    role: str,
    *,
    address: str | None,
    name: str | None,
    honorific: str | None,
    given_name: str | None,
    surname: str | None,
    job_title: str | None,
    language: str | None,
    postal_address: str | None,
    same_person: bool,
    day: date | None,
    because: str,
    person: str | None,
    yes: bool,
) -> None:
    """Put a contact in post as ROLE of authority CODE.

    The one before is kept on record. Roles are as in the file, and may be written with hyphens:
    chief-executive. The change is shown before you are asked to agree.
    """
    parts = {"honorific": honorific, "given_name": given_name, "surname": surname}
    given = {key: value for key, value in parts.items() if value}
    if name:
        given = _split(name, given)
    if job_title:
        given["job_title"] = job_title
    if language:
        given["language"] = language
    if postal_address:
        given["postal_address"] = postal_address
    if not address and not same_person:
        raise click.UsageError("give --address, or --same-person if it stays as it is")
    cells = {"address": address or "", **given}
    wanted = Wanted(code=code, role=role, cells=cells, since=day, is_same_person=same_person)
    _carry_out(app, wanted, because, person, is_agreed=yes)


def _split(name: str, given: dict[str, str]) -> dict[str, str]:
    """Return the parts of a whole name, if no part was given beside it."""
    if given:
        raise click.UsageError("give either --name or the parts of it")
    honorific, given_name, surname = parts_of(name)
    if not surname:
        raise click.UsageError(f"which part of {name!r} is the surname? Give it as --surname")
    parts = {"honorific": honorific, "given_name": given_name, "surname": surname}
    return {key: value for key, value in parts.items() if value}


@contacts.command()
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
    *,
    day: date | None,
    because: str,
    person: str | None,
    yes: bool,
) -> None:
    """Leave the post of ROLE at authority CODE vacant. The last contact is kept on record."""
    wanted = Wanted(code=code, role=role, cells=None, since=day)
    _carry_out(app, wanted, because, person, is_agreed=yes)


def _carry_out(
    app: App, wanted: Wanted, because: str, person: str | None, *, is_agreed: bool
) -> None:
    """Show a change, ask, and carry it out if it is still what was shown."""
    drawable = app.templates.drawable if wanted.cells else None
    with ready(app).sessions.begin() as session:
        change = appointments.propose(session, wanted, now=app.clock(), drawable=drawable)
    _show_change(change)
    show.agreed("Record it?", is_agreed=is_agreed)
    word = show.word(app, person, because)
    with app.sessions.begin() as session:
        appointments.appoint(session, change, word)
    show.echo("It is recorded. Nothing was sent: to resend a letter is a separate step.")


def _show_change(change: Appointment) -> None:
    """Show who goes and who comes, what may be a slip, and what follows."""
    title = f"The {change.role} of {change.code}, from {calendar.day_in_words(change.since)} on"
    rows = (("until then", change.before), ("from then on", change.after))
    facts = [(label, name_and_address(contact) if contact else "nobody") for label, contact in rows]
    facts += [("by post, " + label, where) for label, where in posted_to(change)]
    show.known(title, facts)
    for line in appointment_warnings(change):
        show.echo(line)
