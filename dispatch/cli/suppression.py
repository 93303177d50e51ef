"""`dispatch suppression`: addresses that are not to be written to."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli import returns, show
from dispatch.database.tables import Delivery, Suppression
from dispatch.register import suppressions as bar
from dispatch.register.store import suppressions


@click.group(cls=show.InOrder)
def suppression() -> None:
    """See, add and lift addresses that are not to be written to."""


@suppression.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that were lifted.")
@show.json_option
@click.pass_obj
def list_(app: App, *, is_all: bool, is_json: bool) -> None:
    """List the addresses, with the reason and who says so."""
    with ready(app).sessions.read() as session:
        found = suppressions.listed(session, is_all=is_all)
    if is_json:
        return show.as_json([_as_data(each) for each in found])
    if not found:
        return click.echo("No address is suppressed.")
    count = f"{len(found)} suppressions" if len(found) > 1 else "1 suppression"
    return show.table(
        count,
        ("address", "why", "since", "by", *(["lifted"] if is_all else [])),
        (
            (
                each.address or returns.TAKEN_AWAY,
                each.reason,
                each.added_at,
                each.added_by,
                *_ends(each, is_all=is_all),
            )
            for each in found
        ),
    )


def _ends(each: Suppression, *, is_all: bool) -> tuple[str, ...]:
    if not is_all:
        return ()
    if each.lifted_at is None:
        return ("",)
    return (f"{show.when(each.lifted_at)}, {each.lifted_by}: {each.lifted_because}",)


@suppression.command()
@click.argument("address")
@show.because_option
@show.person_option
@click.pass_obj
def add(app: App, address: str, because: str, person: str | None) -> None:
    """Have ADDRESS left alone. What waits to go there is not sent."""
    with ready(app).sessions.begin() as session:
        done = bar.bar(
            session,
            address,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        stopped = [_letter(each) for each in done.stopped]
    click.echo(f"{done.address} is suppressed: no letter goes there until that is lifted.")
    for each in stopped:
        click.echo(f"Not sent: {each}.")
    if done.held:
        click.echo(f"{done.held} on its way at this moment may still leave.")


@suppression.command()
@click.argument("address")
@show.because_option
@show.person_option
@click.pass_obj
def lift(app: App, address: str, because: str, person: str | None) -> None:
    """Let ADDRESS be written to again. Nothing is sent by that."""
    with ready(app).sessions.begin() as session:
        done = bar.lift(
            session,
            address,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        unsent = [f"{_letter(each)} ({name})" for name, each in done.unsent]
    click.echo(f"Letters may go to {done.address} again; what is released from now on does.")
    for each in unsent:
        click.echo(f"Was not sent, and can be resent: {each}.")


def _letter(delivery: Delivery) -> str:
    return f"the letter of {delivery.authority_code} to its {delivery.role}"


def _as_data(each: Suppression) -> dict[str, object]:
    return {
        "id": str(each.id),
        "address": each.address,
        "reason": each.reason,
        "added_at": each.added_at,
        "added_by": each.added_by,
        "lifted_at": each.lifted_at,
        "lifted_by": each.lifted_by,
        "lifted_because": each.lifted_because,
    }
