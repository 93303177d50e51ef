"""`dispatch delivery`: who was sent what, and what became of it."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.cli.doubt import doubtful, settle
from dispatch.cli.history import show_
from dispatch.cli.reconcile import reconcile
from dispatch.db import Delivery, queries
from dispatch.domain.delivery import DeliveryState


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
    wanted = [DeliveryState(state) for state in states]
    with ready(app).sessions.read() as session:
        found = queries.mailout_named(session, name)
        replies = queries.last_replies(session, found)
        rows = [
            _row(each, replies.get(each.id)) for each in queries.deliveries(session, found, *wanted)
        ]
    if is_json:
        return show.as_json(rows)
    if not rows:
        return click.echo("No deliveries in that state.")
    return show.table(
        f"{len(rows)} deliveries of {name}",
        ("authority", "", "address", "state", "last reply"),
        (
            [row[key] for key in ("authority", "kind", "address", "state", "last_reply")]
            for row in rows
        ),
    )


def _row(delivery: Delivery, last_reply: str | None) -> dict[str, object]:
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
    }


for command in (show_, doubtful, settle, reconcile):
    delivery.add_command(command)
