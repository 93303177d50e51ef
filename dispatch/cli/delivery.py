"""`dispatch delivery`: who was sent what, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.doubts import doubtful, reconcile, settle
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.database.tables import Attempt
from dispatch.domain.delivery import DeliveryState
from dispatch.incoming.store.notices import Found
from dispatch.views.deliveries import (
    DeliveryRow,
    DeliveryView,
    Story,
    delivery_list,
    delivery_view,
    means,
    story,
)
from dispatch.views.names import PURGED, address_shown, short
from dispatch.views.notices import belief, said


@click.group(cls=LazyGroup)
def delivery() -> None:
    """See who was sent what, and settle deliveries in doubt."""


@delivery.command("list")
@click.argument("name")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in DeliveryState]),
    metavar="STATE",
    help="Only those in this state, such as refused or in_doubt; repeatable.",
)
@show.after_option
@show.limit_option
@results.listing(DeliveryRow)
@click.pass_obj
def list_(
    app: App, name: str, states: tuple[str, ...], after: str | None, limit: int | None
) -> Listed[DeliveryRow]:
    """List the deliveries of mailout NAME, with the last reply to each."""
    chosen = list(map(DeliveryState, states))

    def found() -> Iterator[DeliveryRow]:
        with ready(app).sessions.read() as session:
            most = results.wanted(limit)
            yield from delivery_list(session, name, chosen, after=after, limit=most)

    return Listed(
        rows=found(),
        id=lambda row: row.id,
        table=partial(_table, name),
        empty="No such deliveries.",
        limit=limit,
        is_long=True,
    )


def _table(name: str, rows: Sequence[DeliveryRow]) -> None:
    title = show.counted(len(rows), f"delivery of {name}", f"deliveries of {name}")
    show.table(title, LISTED, map(_listed, rows))


LISTED: Final = ("id", "of", "as", "state", "address and last reply")


def _listed(row: DeliveryRow) -> Sequence[object]:
    lines = [address_shown(row.address), row.last_reply or "", row.means or ""]
    if row.replaces:
        lines.append(f"replaces {short(row.replaces)}")
    known = "\n".join(line for line in lines if line)
    return short(row.id), row.authority, row.kind, row.state, known


@delivery.command("show")
@click.argument("beginning", metavar="ID")
@results.showing(DeliveryView)
@click.pass_obj
def show_(app: App, beginning: str) -> Shown:
    """Show delivery ID: each attempt at it, and what came back.

    The beginning of the ID is enough.
    """
    with ready(app).sessions.read() as session:
        known = story(session, beginning)
    return Shown(view=delivery_view(known), people=partial(_show, known), id=known.delivery.id)


ATTEMPT: Final = ("no.", "started", "server", "result")
BACK: Final = ("id", "received", "what it says", "linked by", "trust")


def _show(known: Story) -> None:
    delivery = known.delivery
    to = f"{delivery.name} <{delivery.address}>" if delivery.address else PURGED
    rows: list[tuple[str, object]] = [
        ("id", delivery.id),
        ("mailout", known.mailout.name),
        ("letter of", delivery.authority_code),
        ("to", f"{to}, {delivery.role}"),
        ("state", delivery.state),
        ("since", delivery.state_at),
        *([("replaces", delivery.replaces_id)] if delivery.replaces_id else []),
        *([("sent again", f"as {known.replaced_by}")] if known.replaced_by else []),
        *(("sign", sign) for sign in known.signs),
    ]
    show.known("A delivery", rows)
    if known.attempts:
        show.table("Attempts", ATTEMPT, map(_attempt, known.attempts))
    if known.notices:
        show.table("What came back", BACK, map(_back, known.notices))


def _attempt(attempt: Attempt) -> Sequence[object]:
    lines = [attempt.answer or attempt.verdict or "", means(attempt) or ""]
    result = "\n".join(line for line in lines if line)
    return attempt.number, attempt.started_at, attempt.server, result


def _back(found: Found) -> Sequence[object]:
    row, mail, _ = found
    return short(mail.id), mail.received_at, said(row), row.clue, belief(row)


for command in (doubtful, settle, reconcile):
    delivery.add_command(command)
