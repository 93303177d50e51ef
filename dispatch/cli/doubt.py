"""`dispatch delivery doubtful|settle`: what a mail server may or may not have taken."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mail.outgoing.headers import message_id
from dispatch.mailouts.store import mailout_named
from dispatch.sending import doubts
from dispatch.sending.doubts import Decision, Doubt
from dispatch.sending.store import deliveries
from dispatch.views.names import SHORT_ID


@click.command()
@click.argument("name")
@show.json_option
@click.pass_obj
def doubtful(app: App, name: str, *, is_json: bool) -> None:
    """List what is in doubt in mailout NAME, with the evidence so far.

    The mail server may or may not have these letters. None is sent again by itself.
    """
    with ready(app).sessions.read() as session:
        found = doubts.doubtful(session, mailout_named(session, name))
    if is_json:
        return show.as_json([row(app, each) for each in found])
    if not found:
        return click.echo("Nothing is in doubt.")
    show.table(
        f"{len(found)} deliveries of {name} are in doubt",
        ("id", "authority", "address", "since", "what happened to the line"),
        ([*who(each.delivery), each.delivery.state_at, each.trouble] for each in found),
    )
    return click.echo(
        "Settle them by the server's log with `dispatch delivery reconcile`, or one with\n"
        "`dispatch delivery settle ID accepted|not-sent --because TEXT --as PERSON`."
    )


def row(app: App, doubt: Doubt) -> dict[str, object]:
    """Return what is known of a delivery in doubt, for a program."""
    delivery, attempt = doubt.delivery, doubt.attempt
    return {
        "id": str(delivery.id),
        "authority": delivery.authority_code,
        "kind": delivery.kind,
        "role": delivery.role,
        "address": delivery.address,
        "since": delivery.state_at,
        "message_id": message_id(delivery.id, app.sender.domain),
        "attempt": delivery.attempts,
        "envid": doubt.envid,
        "server": attempt.server if attempt else "",
        "tls": attempt.tls if attempt else None,
        "offered_at": doubt.offered_at,
        "ended_at": doubt.ended_at,
        "trouble": doubt.trouble,
    }


def who(delivery: Delivery) -> list[str]:
    """Return which delivery it is, in three cells of a table."""
    return [str(delivery.id)[:SHORT_ID], delivery.authority_code, delivery.address]


@click.command()
@click.argument("beginning", metavar="ID")
@click.argument(
    "word", metavar="accepted|not-sent", type=click.Choice([each.value for each in Decision])
)
@click.option("--because", required=True, metavar="TEXT", help="What shows that it is so.")
@show.person_option
@show.yes_option
@click.pass_obj
def settle(
    app: App, beginning: str, word: str, because: str, person: str | None, *, yes: bool
) -> None:
    """Say whether the mail server has delivery ID, which is in doubt.

    The beginning of the ID will do. What was not sent goes out again, if it still may.
    """
    decision = Decision(word)
    with ready(app).sessions.read() as session:
        delivery_id = deliveries.id_starting_with(session, beginning)
        delivery, mailout = deliveries.with_mailout(session, delivery_id)
        state = doubts.leads_to(session, delivery, mailout, decision, now=app.clock())
    show.agreed(_question(delivery, mailout, state), is_agreed=yes)
    with app.sessions.begin() as session:
        state = doubts.settle(session, delivery_id, decision, show.word(app, person, because))
    click.echo(f"The letter of {delivery.authority_code} to {delivery.address} is {state.value}.")


def _question(delivery: Delivery, mailout: Mailout, state: DeliveryState) -> str:
    letter = f"the letter of {delivery.authority_code} to {delivery.address}"
    if state is DeliveryState.ACCEPTED:
        return f"Record that a server has {letter}? It is not sent again."
    if state is DeliveryState.QUEUED:
        is_paused = mailout.state is MailoutState.PAUSED
        when = f" as soon as {mailout.name}, which is paused, goes on" if is_paused else " now"
        return f"Send {letter} again{when}?"
    why = {
        DeliveryState.CANCELLED: f"{mailout.name} is {mailout.state.value}",
        DeliveryState.SUPPRESSED: "the address is suppressed",
        DeliveryState.EXPIRED: "its not-after time has passed",
    }
    return f"Record that {letter} was not sent? It stays unsent, since {why[state]}."
