"""`dispatch receive`: mail that came back is taken in."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from structlog.stdlib import get_logger

from dispatch.app import App, ready
from dispatch.cli import returns
from dispatch.cli.mailroom import AT_ONCE, conclusions, mailroom
from dispatch.cli.output import show
from dispatch.database.tables import IncomingMail
from dispatch.domain.incoming import FILE, Arrival, MailState
from dispatch.incoming import receive as receiving
from dispatch.incoming.conclude import Conclusion
from dispatch.incoming.store import notices, readings
from dispatch.mail.incoming.maildir import from_file
from dispatch.mail.incoming.sandbox.parent import LARGEST, Reader

STDIN: Final = "-"

logger = get_logger("dispatch.cli")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|-]...")
@click.option("--again", is_flag=True, help="Read what is stored once more, by today's rules.")
@click.option("--poll", is_flag=True, help="Look into the mailbox and the Maildir of the settings.")
@show.json_option
@click.pass_obj
def receive(app: App, files: Sequence[Path], *, again: bool, poll: bool, is_json: bool) -> None:
    """Take in mail that came back: from files, or from standard input as `-`.

    It is stored as it came, read, tied to its delivery, and moves that on if it is genuine.
    Nothing is ever sent in answer. A mail that is known already is not stored twice.
    """
    if bool(files) + again + poll != 1:
        raise click.UsageError("give it mail: FILE..., -, --poll or --again")
    ready(app)
    if again:
        return _again(app, is_json=is_json)
    if poll:
        return _poll(app)
    given = [(str(file), *_mail(file)) for file in files]
    names: dict[UUID, str] = {}
    for name, mail, arrival in given:
        kept = receiving.store(app.sessions, mail, arrival, now=app.clock())
        names.setdefault(kept.mail_id, name)
    with Reader() as reader:
        room = mailroom(app, reader)
        for mail_id in names:
            receiving.receive(room, limit=1, only=mail_id)
    return _report(app, names, conclusions(app), is_json=is_json)


def _mail(file: Path) -> tuple[bytes, Arrival]:
    if str(file) == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1), Arrival(source=FILE, folder=STDIN)
    return from_file(file)


def _again(app: App, *, is_json: bool) -> None:
    """Have all mails read once more, and say which of them came to something else."""
    with app.sessions.begin() as session:
        count = len(readings.read_again(session, now=app.clock()))
    _read_all(app)
    done = conclusions(app)
    changed = [each for each in done if each.changes]
    if not is_json:
        click.echo(f"{count} mails are read again; {len(changed)} came to something new.")
    if changed or is_json:
        _report(app, {each.mail_id: "" for each in changed}, done, is_json=is_json)


def _poll(app: App) -> None:
    if not app.postboxes:
        raise click.UsageError(
            "there is nothing to look into: set DISPATCH_IMAP_URL or DISPATCH_INCOMING_MAILDIR"
        )
    count = 0
    for postbox in app.postboxes:
        while new := receiving.collect(app.sessions, postbox, app.clock):
            count += new
    _read_all(app)
    conclusions(app)
    click.echo(f"{count} new mails; see `dispatch notice list`.")


def _read_all(app: App) -> None:
    with Reader() as reader:
        room = mailroom(app, reader)
        while receiving.receive(room, limit=AT_ONCE):
            pass


def _report(app: App, names: dict[UUID, str], done: Iterable[Conclusion], *, is_json: bool) -> None:
    """Say of each mail what it is, which delivery it is about, and what changed."""
    changes = {each.mail_id: each.changes for each in done}
    with app.sessions.read() as session:
        rows = [
            row
            for mail_id, name in names.items()
            for row in _rows(
                name,
                session.get_one(IncomingMail, mail_id),
                notices.listed(session, mail_id=mail_id),
                changes.get(mail_id, ()),
            )
        ]
    if is_json:
        return show.as_json(rows)
    columns = ("file", "what it is", "delivery", "what changed")
    cells = ([row["file"], row["said"], row["about"], row["changed"]] for row in rows)
    return show.table("Mail taken in", columns, cells)


def _rows(
    name: str, mail: IncomingMail, found: Sequence[notices.Found], changes: Sequence[str]
) -> Iterator[dict[str, object]]:
    if mail.state is not MailState.READ:
        trouble = mail.trouble or "it is being read by a worker"
        yield {"file": name, "said": mail.state.value, "about": "", "changed": trouble}
        return
    for row, _, delivery in found:
        yield {
            **returns.as_data(row, mail, delivery),
            "file": name or returns.short(mail),
            "said": f"{returns.said(row)} ({returns.belief(row)})",
            "about": returns.about(delivery),
            "changed": "; ".join(changes) or "nothing",
        }
