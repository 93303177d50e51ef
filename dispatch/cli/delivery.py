"""`dispatch delivery`: who was sent what, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.doubts import doubtful, reconcile, settle
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import show
from dispatch.database.tables import Attempt
from dispatch.domain.delivery import DeliveryState
from dispatch.incoming.store.notices import Found
from dispatch.views.deliveries import DeliveryRow, Story, delivery_list, delivery_view, means, story
from dispatch.views.form import as_data
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
@show.json_option
@click.pass_obj
def list_(
    app: App,
    name: str,
    states: tuple[str, ...],
    after: str | None,
    limit: int | None,
    *,
    is_json: bool,
) -> None:
    """List the deliveries of mailout NAME, with the last reply to each."""
    chosen = list(map(DeliveryState, states))
    with ready(app).sessions.read() as session:
        if is_json:
            found = delivery_list(session, name, chosen, after=after, limit=limit)
            show.as_json_list(map(as_data, found))
            return
        wanted = (limit or show.MOST_ROWS) + 1
        found = delivery_list(session, name, chosen, after=after, limit=wanted)
        rows, has_more = show.first(found, limit)
    if not rows:
        show.echo("No such deliveries.")
        return
    title = show.counted(len(rows), f"delivery of {name}", f"deliveries of {name}")
    show.table(title, LISTED, map(_listed, rows))
    if has_more:
        show.echo(f"There are more: give --after {rows[-1].id} for those that follow.")


LISTED: Final = ("id", "of", "as", "state", "address and last reply")


def _listed(row: DeliveryRow) -> Sequence[object]:
    lines = [address_shown(row.address), row.last_reply or "", row.means or ""]
    if row.replaces:
        lines.append(f"replaces {short(row.replaces)}")
    known = "\n".join(line for line in lines if line)
    return short(row.id), row.authority, row.kind, row.state, known


@delivery.command("show")
@click.argument("beginning", metavar="ID")
@show.json_option
@click.pass_obj
def show_(app: App, beginning: str, *, is_json: bool) -> None:
    """Show delivery ID: each attempt at it, and what came back.

    The beginning of the ID is enough.
    """
    with ready(app).sessions.read() as session:
        known = story(session, beginning)
    if is_json:
        show.as_json(as_data(delivery_view(known)))
    else:
        _show(known)


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
    show.console().print(show.facts("A delivery", rows))
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
