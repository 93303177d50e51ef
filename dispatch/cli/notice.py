"""`dispatch notice`: what came back, and what people decide about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.parser import BytesHeaderParser
from email.policy import compat32
from functools import partial
from typing import ClassVar, Final

import click

from dispatch.app import App, processor, ready
from dispatch.cli.lazy import Later, LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.database.tables import IncomingMail
from dispatch.domain.notice import Category
from dispatch.incoming.store import messages, notices
from dispatch.incoming.store.notices import Found
from dispatch.incoming.undecided import undecided
from dispatch.mailouts.store import mailout_named
from dispatch.views.names import short
from dispatch.views.notices import (
    NoticeView,
    QuarantineView,
    about,
    belief,
    notice_view,
    quarantine_view,
    said,
)

HEADER_BYTES: Final = 64 * 1024
"""How much of a message is searched for the headers that are shown."""


class NoticeGroup(LazyGroup):
    """The commands here, those about suggested contacts, and the one that needs no database."""

    later: ClassVar = {
        "suggestions": Later(
            "suggestions:list_suggestions", "List the contacts that autoreplies suggest."
        ),
        "suggestion": Later("suggestions:suggestion", "Accept or decline a suggested contact."),
        "classify": Later(
            "classify:classify", "Say what kind of message each file is, and who it is about."
        ),
    }


@click.group(cls=NoticeGroup)
def notice() -> None:
    """Look at what came back: bounces, autoreplies, complaints."""


@click.command("list")
@click.argument("name", required=False)
@click.option(
    "--category",
    type=click.Choice([each.value for each in Category]),
    metavar="CATEGORY",
    help="Only those of this kind, such as bounce or autoreply.",
)
@click.option(
    "--undecided",
    "is_undecided",
    is_flag=True,
    help="Only those that nothing proves, until somebody confirms or dismisses each.",
)
@results.listing(NoticeView)
@click.pass_obj
def list_(app: App, name: str | None, category: str | None, *, is_undecided: bool) -> Listed[Found]:
    """List what came back.

    All of it, or only what is about mailout NAME.
    """
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        wanted = Category(category) if category else None
        found = notices.listed(session, mailout, category=wanted)
        if is_undecided:
            waiting = {each.mail_id for each in undecided(session, mailout)}
            found = [each for each in found if each[1].id in waiting]
    return _listed(
        found,
        partial(_table, is_undecided=is_undecided),
        "Nothing waits." if is_undecided else "Nothing has come back.",
    )


def _listed(
    found: Sequence[Found], table: Callable[[Sequence[Found]], object], empty: str
) -> Listed[Found]:
    return Listed(
        rows=found,
        view=lambda each: notice_view(*each),
        id=lambda each: each[1].id,
        table=table,
        empty=empty,
    )


def _table(found: Sequence[Found], *, is_undecided: bool) -> None:
    columns = ("id", "came", "delivery", "what it says", "belief")
    show.table(show.counted(len(found), "notice", "notices"), columns, map(_row, found))
    if is_undecided:
        show.echo("Decide about each: `dispatch notice confirm|dismiss ID --because TEXT`.")


def _row(found: Found) -> list[str]:
    row, mail, delivery = found
    return [
        short(mail.id),
        show.when(mail.received_at),
        about(delivery, row.clue),
        said(row),
        belief(row),
    ]


@click.command("show")
@click.argument("beginning", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the message as it arrived, and nothing else.")
@results.listing(NoticeView)
@click.pass_obj
def show_(app: App, beginning: str, *, raw: bool) -> Listed[Found] | None:
    """Show one message that came back. The beginning of the ID will do."""
    with ready(app).sessions.read() as session:
        mail_id = notices.mail_id_of(session, beginning)
        mail = messages.with_content(session, mail_id)
        found = notices.listed(session, mail_id=mail_id)
        is_waiting = any(each.mail_id == mail_id for each in undecided(session, None))
    if raw:
        _print_raw(mail)
        return None
    if not asked.is_for_people():
        return _listed(found, len, "")
    rows = _of_message(mail)
    for each in found:
        rows += _of_notice(each)
    show.known("A message that came back", [(label, value) for label, value in rows if value])
    if is_waiting:
        show.echo(WAITING.format(short(mail_id)))
    return None


WAITING: Final = """
Nothing proves who wrote it, so it waits for you. The surest is to telephone the authority. Then:
  dispatch notice confirm {0} --because TEXT   if it is genuine
  dispatch notice dismiss {0} --because TEXT   if it is not"""


def _print_raw(mail: IncomingMail) -> None:
    if not mail.content:
        raise click.ClickException(f"message {mail.id} was purged: see `dispatch audit purge`")
    click.echo(mail.content, nl=False)  # noqa: TID251 - the octets as they came, for a file


def _of_message(mail: IncomingMail) -> list[tuple[str, object]]:
    headers = BytesHeaderParser(policy=compat32).parsebytes(mail.content[:HEADER_BYTES])
    return [
        ("id", mail.id),
        ("came", mail.received_at),
        ("from", _shown(headers.get("From"))),
        ("subject", _shown(headers.get("Subject"))),
        ("sha256", mail.sha256),
        ("state", mail.state),
        ("why", mail.trouble),
        ("content", "" if mail.content else "purged, as DISPATCH_KEEP says"),
    ]


def _shown(value: object) -> str:
    """Return a header's value on one line, without characters that control a terminal."""
    return "".join(filter(str.isprintable, " ".join(str(value or "").split())))


def _of_notice(found: Found) -> list[tuple[str, object]]:
    row, _, delivery = found
    return [
        ("what it says", said(row)),
        ("in the words", "; ".join(fate.text for fate in row.notice.fates if fate.text)),
        ("delivery", about(delivery, row.clue)),
        ("tied by", row.clue),
        ("belief", belief(row)),
        ("because", row.confirmed_because or row.dismissed_because),
        ("state", delivery and delivery.state),
    ]


@click.command()
@click.argument("beginning", metavar="ID")
@click.option("--because", required=True, metavar="TEXT", help="What shows that it is genuine.")
@show.person_option
@show.yes_option
@click.pass_obj
def confirm(app: App, beginning: str, because: str, person: str | None, *, yes: bool) -> None:
    """Treat notice ID as genuine, though it is unverified.

    What it says then changes its delivery.
    """
    from dispatch.incoming.confirm import confirm_and_conclude

    with ready(app).sessions.read() as session:
        mail_id = notices.mail_id_of(session, beginning)
        found = notices.listed(session, mail_id=mail_id)
    for row, _, delivery in found:
        question = f"Treat this notice about {about(delivery)} as genuine: {said(row)}?"
        show.agreed(question, is_agreed=yes)
    word = show.word(app, person, because)
    changes = confirm_and_conclude(processor(app), mail_id, word)
    show.echo(f"{'; '.join(changes)}." if changes else "No change.")


@click.command()
@click.argument("beginning", metavar="ID")
@click.option("--because", required=True, metavar="TEXT", help="What shows that it is not genuine.")
@show.person_option
@asked.dry_run_option
@click.pass_obj
def dismiss(app: App, beginning: str, because: str, person: str | None) -> None:
    """Dismiss notice ID, which nothing proves.

    It changes nothing then, and waits no longer. Its authority counts as reached again. It can
    still be confirmed.
    """
    from dispatch.incoming.confirm import dismiss as dismiss_notice

    word = show.word(app, person, because)
    with show.changing(app, "dismiss it") as session:
        dismiss_notice(session, notices.mail_id_of(session, beginning), word)
    show.echo("Dismissed.")


@click.command()
@click.argument("beginning", metavar="[ID]", required=False)
@click.option("--again", is_flag=True, help="Read it again, or all of them.")
@results.listing(QuarantineView)
@click.pass_obj
def quarantine(app: App, beginning: str | None, *, again: bool) -> Listed[IncomingMail] | None:
    """List the messages that could not be read, with the reason.

    With ID, show that message alone. See one with `dispatch notice show ID --raw`.
    """
    from dispatch.incoming import process

    with ready(app).sessions.read() as session:
        found = notices.quarantined(session)
        if beginning:
            mail_id = notices.mail_id_of(session, beginning)
            found = [mail for mail in found if mail.id == mail_id]
    if again:
        count = process.retry(processor(app), [mail.id for mail in found])
        show.echo(f"{count} of {len(found)} could be read.")
        return None
    return Listed(
        rows=found,
        view=quarantine_view,
        id=lambda mail: mail.id,
        table=_list_quarantined,
        empty="Nothing is in quarantine.",
    )


def _list_quarantined(found: Sequence[IncomingMail]) -> None:
    show.table(
        show.counted(len(found), "message in quarantine", "messages in quarantine"),
        ("id", "came", "why"),
        ([short(mail.id), show.when(mail.received_at), mail.trouble] for mail in found),
    )


for command in (list_, show_, confirm, dismiss, quarantine):
    notice.add_command(command)
