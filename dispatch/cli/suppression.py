"""`dispatch suppression`: addresses that must not be written to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.database.tables import Delivery
from dispatch.register import suppressions
from dispatch.register.store.suppressions import listed
from dispatch.views.names import address_shown
from dispatch.views.suppressions import SuppressionView
from dispatch.views.suppressions import suppression as view_of


@click.group(cls=LazyGroup)
def suppression() -> None:
    """See and change which addresses must not be written to."""


@suppression.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that were lifted.")
@results.listing(SuppressionView)
@click.pass_obj
def list_(app: App, *, is_all: bool) -> Listed[SuppressionView]:
    """List the addresses, with the reason and who suppressed them."""
    with ready(app).sessions.read() as session:
        found = [view_of(row) for row in listed(session, is_all=is_all)]
    return Listed(
        rows=found,
        id=lambda each: each.address,
        table=partial(_table, is_all=is_all),
        empty="No address is suppressed.",
    )


def _table(found: Sequence[SuppressionView], *, is_all: bool) -> None:
    count = f"{len(found)} suppressions" if len(found) > 1 else "1 suppression"
    columns = ("address", "why", "since", "by", "lifted")
    rows = [
        (address_shown(each.address), each.reason, each.added_at, each.added_by, _lifted(each))
        for each in found
    ]
    width = len(columns) if is_all else len(columns) - 1
    show.table(count, columns[:width], (row[:width] for row in rows))


def _lifted(each: SuppressionView) -> str:
    if each.lifted_at is None:
        return ""
    return f"{show.when(each.lifted_at)}, {each.lifted_by}: {each.lifted_because}"


@suppression.command()
@click.argument("address")
@show.because_option
@show.person_option
@asked.dry_run_option
@click.pass_obj
def add(app: App, address: str, because: str, person: str | None) -> None:
    """Suppress ADDRESS. Letters that wait to go there are not sent."""
    with show.changing(app, f"suppress {address}") as session:
        done = suppressions.suppress(session, address, show.word(app, person, because))
        stopped = [f"Not sent: {_letter(each)}." for each in done.stops]
        show.if_dry(stopped)
    show.echo(f"{done.address} is suppressed: no letter goes there until that is lifted.")
    for each in stopped:
        show.echo(each)
    if done.held:
        letters = "1 letter is" if done.held == 1 else f"{done.held} letters are"
        show.echo(f"{letters} being sent right now and may still go out.")


@suppression.command()
@click.argument("address")
@show.because_option
@show.person_option
@asked.dry_run_option
@click.pass_obj
def lift(app: App, address: str, because: str, person: str | None) -> None:
    """Let ADDRESS be written to again. This sends nothing."""
    with show.changing(app, f"let {address} be written to again") as session:
        done = suppressions.lift(session, address, show.word(app, person, because))
        unsent = [
            f"Was not sent, and can be resent: {_letter(each)} ({name})."
            for name, each in done.unsent
        ]
        show.if_dry(unsent)
    show.echo(f"Letters may go to {done.address} again, from the next release on.")
    for each in unsent:
        show.echo(each)


def _letter(delivery: Delivery) -> str:
    return f"the letter of {delivery.authority_code} to its {delivery.role}"
