"""`dispatch delivery`: who was sent what, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.doubt import doubtful, settle
from dispatch.cli.history import show_
from dispatch.cli.output import show
from dispatch.cli.reconcile import reconcile
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import RecipientKind
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.views.names import PURGED, SHORT_ID


@click.group(cls=show.InOrder)
def delivery() -> None:
    """See who was sent what, and what became of it; settle what is in doubt."""


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
@show.json_option
@click.pass_obj
def list_(app: App, name: str, states: tuple[str, ...], *, is_json: bool) -> None:
    """List the deliveries of mailout NAME, with the mail server's last word on each."""
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        replies = deliveries.last_replies(session, found)
        listed = deliveries.of_mailout(session, found, *map(DeliveryState, states))
        rows = [_row(each, replies.get(each.id)) for each in sorted(listed, key=_in_order)]
    if is_json:
        return show.as_json(rows)
    if not rows:
        return click.echo("No deliveries in that state.")
    columns = COLUMNS + (AGAIN if any(row["replaces"] for row in rows) else [])
    return show.table(
        f"{len(rows)} deliveries of {name}",
        [title for title, _ in columns],
        ([cell(row) for _, cell in columns] for row in rows),
    )


Row = dict[str, object]


def _short(key: str) -> Callable[[Row], object]:
    return lambda row: str(row[key] or "")[:SHORT_ID]


COLUMNS: Final[list[tuple[str, Callable[[Row], object]]]] = [
    ("authority", itemgetter("authority")),
    ("", itemgetter("kind")),
    ("address", lambda row: row["address"] or PURGED),
    ("state", itemgetter("state")),
    ("last reply", itemgetter("last_reply")),
]
AGAIN: Final = [("id", _short("id")), ("replaces", _short("replaces"))]


def _in_order(delivery: Delivery) -> tuple[object, ...]:
    """By authority, To before Cc, and what was sent again after what it replaces."""
    is_copy = delivery.kind is RecipientKind.CC
    return delivery.authority_code, is_copy, delivery.role, delivery.created_at


def _row(delivery: Delivery, last_reply: str | None) -> Row:
    return {
        "id": str(delivery.id),
        "authority": delivery.authority_code,
        "kind": delivery.kind,
        "role": delivery.role,
        "name": delivery.name,
        "address": delivery.address,
        "state": delivery.state,
        "since": delivery.state_at,
        "due_at": delivery.due_at,
        "attempts": delivery.attempts,
        "last_reply": last_reply,
        "letter": str(delivery.letter_id),
        "replaces": str(delivery.replaces_id) if delivery.replaces_id else None,
    }


for command in (show_, doubtful, settle, reconcile):
    delivery.add_command(command)
