"""`dispatch notice quarantine`: mail that could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dispatch.app import App, ready
from dispatch.cli import returns
from dispatch.cli.mailroom import conclusions, mailroom
from dispatch.cli.output import show
from dispatch.database.tables import IncomingMail
from dispatch.domain.incoming import MailState
from dispatch.incoming import receive as receiving
from dispatch.incoming.store import notices, readings
from dispatch.mail.incoming.sandbox.parent import Reader


@click.command()
@click.argument("beginning", metavar="[ID]", required=False)
@click.option("--again", is_flag=True, help="Read it once more, or all of them.")
@show.json_option
@click.pass_obj
def quarantine(app: App, beginning: str | None, *, again: bool, is_json: bool) -> None:
    """List the mail that could not be read, with the reason; or mail ID alone.

    See it with `dispatch notice show ID --raw`.
    """
    with ready(app).sessions.read() as session:
        found = notices.quarantined(session)
        if beginning:
            mail_id = notices.mail_id_of(session, beginning)
            found = [mail for mail in found if mail.id == mail_id]
    if again:
        return _again(app, found)
    if is_json:
        return show.as_json([_as_data(mail) for mail in found])
    if not found:
        return click.echo("Nothing is in quarantine.")
    return show.table(
        f"{len(found)} mails in quarantine",
        ("id", "came", "why"),
        ([returns.short(mail), show.when(mail.received_at), mail.trouble] for mail in found),
    )


def _as_data(mail: IncomingMail) -> dict[str, object]:
    return {
        "id": str(mail.id),
        "received_at": mail.received_at,
        "sha256": mail.sha256,
        "why": mail.trouble,
    }


def _again(app: App, found: Sequence[IncomingMail]) -> None:
    ids = [mail.id for mail in found]
    with app.sessions.begin() as session:
        readings.read_again(session, now=app.clock(), only=ids)
    with Reader() as reader:
        for mail_id in ids:
            receiving.receive(mailroom(app, reader), limit=1, only=mail_id)
    conclusions(app)
    with app.sessions.read() as session:
        states = [session.get_one(IncomingMail, mail_id).state for mail_id in ids]
    click.echo(f"{states.count(MailState.READ)} of {len(ids)} could be read.")
