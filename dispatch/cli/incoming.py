"""`dispatch notice list|show|confirm`: what came back, as it was read."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import returns
from dispatch.cli.mailroom import conclusions
from dispatch.cli.output import show
from dispatch.database.tables import IncomingMail
from dispatch.domain.notice import Category
from dispatch.incoming import decide
from dispatch.incoming.store import mail as incoming
from dispatch.incoming.store import notices
from dispatch.incoming.store.notices import Found
from dispatch.mailouts.store import mailout_named

HEADER_BYTES: Final = 64 * 1024
"""What is looked at for the headers that are shown."""


@click.command("list")
@click.argument("name", required=False)
@click.option(
    "--category",
    type=click.Choice([each.value for each in Category]),
    metavar="CATEGORY",
    help="Only those of this kind, such as bounce or autoreply.",
)
@show.json_option
@click.pass_obj
def list_(app: App, name: str | None, category: str | None, *, is_json: bool) -> None:
    """List what came back: all of it, or what is about mailout NAME."""
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        wanted = Category(category) if category else None
        found = notices.listed(session, mailout, category=wanted)
    if is_json:
        return show.as_json([returns.as_data(*each) for each in found])
    if not found:
        return click.echo("Nothing came back.")
    return show.table(
        f"{len(found)} notices",
        ("id", "came", "delivery", "what it says", "belief"),
        (
            [
                returns.short(mail),
                show.when(mail.received_at),
                returns.about(delivery),
                returns.said(row),
                returns.belief(row),
            ]
            for row, mail, delivery in found
        ),
    )


@click.command("show")
@click.argument("beginning", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the mail as it came, and nothing else.")
@show.json_option
@click.pass_obj
def show_(app: App, beginning: str, *, raw: bool, is_json: bool) -> None:
    """Show one mail that came back. The beginning of the ID will do."""
    with ready(app).sessions.read() as session:
        mail_id = notices.mail_id_of(session, beginning)
        mail = incoming.with_content(session, mail_id)
        found = notices.listed(session, mail_id=mail_id)
    if raw:
        if not mail.content:
            raise click.ClickException(f"mail {beginning} was taken away: `dispatch audit purge`")
        return click.echo(mail.content, nl=False)
    if is_json:
        return show.as_json([returns.as_data(*each) for each in found])
    rows = _of_mail(mail)
    for each in found:
        rows += _of_notice(each)
    known = [(label, value) for label, value in rows if value]
    return show.console().print(show.facts("A mail that came back", known))


def _of_mail(mail: IncomingMail) -> list[tuple[str, object]]:
    headers = BytesHeaderParser(policy=compat32).parsebytes(mail.content[:HEADER_BYTES])
    return [
        ("id", mail.id),
        ("came", mail.received_at),
        ("from", _shown(headers.get("From"))),
        ("subject", _shown(headers.get("Subject"))),
        ("sha256", mail.sha256),
        ("state", mail.state),
        ("why", mail.trouble),
        ("content", "" if mail.content else "taken away, as DISPATCH_KEEP has it"),
    ]


def _shown(value: object) -> str:
    """Return a header's value on one line, without what a terminal would obey."""
    return "".join(filter(str.isprintable, " ".join(str(value or "").split())))


def _of_notice(found: Found) -> list[tuple[str, object]]:
    row, _, delivery = found
    return [
        ("what it says", returns.said(row)),
        ("in the words", "; ".join(fate.text for fate in row.notice.fates if fate.text)),
        ("delivery", returns.about(delivery)),
        ("tied by", row.clue),
        ("belief", returns.belief(row)),
        ("because", row.confirmed_because),
        ("state", delivery and delivery.state),
    ]


@click.command()
@click.argument("beginning", metavar="ID")
@click.option("--because", required=True, metavar="TEXT", help="What shows that it is genuine.")
@show.person_option
@show.yes_option
@click.pass_obj
def confirm(app: App, beginning: str, because: str, person: str | None, *, yes: bool) -> None:
    """Vouch for notice ID, which is not verified, so that it may change its delivery."""
    with ready(app).sessions.read() as session:
        mail_id = notices.mail_id_of(session, beginning)
        found = notices.listed(session, mail_id=mail_id)
    for row, _, delivery in found:
        show.agreed(
            f"Believe that this is about {returns.about(delivery)}: {returns.said(row)}?",
            is_agreed=yes,
        )
    with app.sessions.begin() as session:
        decide.confirm(
            session,
            mail_id,
            person=person or app.person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
    changes = [each.changes for each in conclusions(app) if each.mail_id == mail_id]
    click.echo("; ".join(changes[0]) + "." if changes and changes[0] else "Nothing changes by it.")
