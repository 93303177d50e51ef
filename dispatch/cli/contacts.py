"""`dispatch contacts`: who holds which role at an authority, and who held it on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.cli.appoint import end, set_
from dispatch.cli.difference import import_
from dispatch.cli.people import as_data, day_option, who
from dispatch.domain import calendar
from dispatch.domain.tenure import Origin, Tenure
from dispatch.register.store import history, register


@click.group(cls=show.InOrder)
def contacts() -> None:
    """See and change who is in post. A contact is replaced, never edited."""


@contacts.command("show")
@click.argument("code")
@day_option("--on", help="Only who was in post on this day.")
@show.json_option
@click.pass_obj
def show_(app: App, code: str, day: date | None, *, is_json: bool) -> None:
    """Show who holds which role at authority CODE, and who held it before them."""
    with ready(app).sessions.read() as session:
        code = register.authority_code(session, code)
        found = [
            each for each in history.history(session, code) if day is None or each.holds_on(day)
        ]
    if is_json:
        return show.as_json([_as_data(each) for each in found])
    when = f" on {calendar.day_in_words(day)}" if day else ""
    if not found:
        return click.echo(f"Nobody is known to have been in post at {code}{when}.")
    return show.table(
        f"Who held which role at {code}{when}",
        ("role", "who", "from", "until", "how that is known"),
        (
            (
                each.contact.role,
                who(each.contact),
                each.valid_from,
                each.valid_until,
                "; ".join(_how(each)),
            )
            for each in found
        ),
    )


def _how(tenure: Tenure) -> Iterator[str]:
    """Say what brought a contact into its post, and what took it out."""
    if tenure.brought:
        yield _said(tenure.brought)
    if tenure.replaced_by:
        yield f"replaced by {tenure.replaced_by.address}"
    if tenure.ended:
        yield f"ended: {_said(tenure.ended)}"


def _said(origin: Origin) -> str:
    told = (origin.file, "suggested by an autoreply" if origin.is_suggested else "", origin.because)
    return ", ".join(filter(None, (*told, origin.by)))


def _as_data(tenure: Tenure) -> dict[str, object]:
    return {
        "role": tenure.contact.role,
        "contact": as_data(tenure.contact),
        "from": tenure.valid_from,
        "until": tenure.valid_until,
        "brought": tenure.brought,
        "replaced_by": as_data(tenure.replaced_by) if tenure.replaced_by else None,
        "ended": tenure.ended,
    }


for command in (import_, set_, end):
    contacts.add_command(command)
