"""`dispatch receive`: take in messages that came back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from dispatch.app import App, processor, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.database.tables import IncomingMail
from dispatch.domain.incoming.message import FILE, Arrival
from dispatch.incoming import process
from dispatch.incoming.conclude import Conclusion
from dispatch.incoming.store import notices
from dispatch.mail.incoming.maildir import from_file, messages_in, numbered
from dispatch.mail.incoming.reader import LARGEST
from dispatch.views.notices import ReceivedView, UnreadView, received_views

STDIN: Final = "-"

Received = Listed[ReceivedView | UnreadView]


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|-]...")
@click.option("--again", is_flag=True, help="Read what is stored again, by today's rules.")
@click.option("--poll", is_flag=True, help="Empty the mailbox and the Maildir of the settings.")
@results.listing(ReceivedView)
@click.pass_obj
def receive(app: App, files: Sequence[Path], *, again: bool, poll: bool) -> Received | None:
    """Take in messages that came back.

    They come from files of one message, from mailbox files of several, or from standard input
    as `-`. Each is stored as it arrived, read and
    matched to its delivery, which it moves on if it is genuine. Nothing is ever sent in
    answer. A message that is known already is not stored twice.
    """
    if bool(files) + again + poll != 1:
        raise click.UsageError("say what to take in: FILE..., -, --poll or --again")
    ready(app)
    if again:
        return _again(app)
    if not poll:
        return _take_in(app, files)
    _poll(app)
    return None


def _take_in(app: App, files: Sequence[Path]) -> Received:
    given = [each for file in files for each in _messages(file)]
    done = process.take_in(processor(app), [(content, arrival) for _, content, arrival in given])
    names: dict[UUID, str] = {}
    for (name, _, _), mail_id in zip(given, done.mail_ids, strict=True):
        names.setdefault(mail_id, name)
    return _report(app, names, done.conclusions)


def _messages(file: Path) -> list[tuple[str, bytes, Arrival]]:
    """Return each message in a file with a name for it: a mailbox file holds several."""
    if str(file) == STDIN:
        arrival = Arrival(source=FILE, folder=STDIN)
        found = [(each, arrival) for each in messages_in(sys.stdin.buffer.read(LARGEST + 1))]
    else:
        found = from_file(file)
    names = numbered(str(file), len(found))
    return [(name, *each) for name, each in zip(names, found, strict=True)]


def _again(app: App) -> Received | None:
    """Read every message again, and show those that now have another effect."""
    done = process.read_again(processor(app))
    changed = [each for each in done.conclusions if each.changes]
    count = len(done.mail_ids)
    show.echo(
        f"{show.counted(count, 'message is', 'messages are')} read again; "
        f"{len(changed)} changed something."
    )
    if not changed and asked.is_for_people():
        return None
    return _report(app, {each.mail_id: "" for each in changed}, done.conclusions)


def _poll(app: App) -> None:
    if not app.inboxes:
        raise click.UsageError(
            "there is no inbox: set DISPATCH_IMAP_URL or DISPATCH_INCOMING_MAILDIR"
        )
    count = process.poll(processor(app), app.inboxes)
    show.echo(f"{show.counted(count, 'new message', 'new messages')}; see `dispatch notice list`.")


def _report(app: App, names: Mapping[UUID, str], done: Iterable[Conclusion]) -> Received:
    """Show what each message is, which delivery it is about, and what it changed."""
    changes = {each.mail_id: each.changes for each in done}
    with app.sessions.read() as session:
        views = [
            view
            for mail_id, name in names.items()
            for view in received_views(
                name,
                session.get_one(IncomingMail, mail_id),
                notices.listed(session, mail_id=mail_id),
                changes.get(mail_id, ()),
            )
        ]
    return Listed(
        rows=views,
        id=lambda view: view.file,
        table=_table,
        empty="There is no message in it.",
    )


def _table(views: Sequence[ReceivedView | UnreadView]) -> None:
    columns = ("file", "what it is", "delivery", "what changed")
    rows = ([view.file, view.said, view.about, view.changed] for view in views)
    show.table("Messages taken in", columns, rows)
