"""`dispatch catcher`: read the messages that the mail catcher caught instead of passing them on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Final

import click

from dispatch.app import App
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Listed
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.views.form import Moment
from dispatch.views.names import SHORT_ID

NEW: Final = "new"
"""The folder of a Maildir in which its messages are."""

DELIVERY: Final = "X-Dispatch-Delivery"
NAMED: Final = ("From", "To", "Cc", "Subject", "Date", DELIVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtView:
    """A message that was caught."""

    id: str
    dated: Moment
    to: tuple[str, ...]
    subject: str
    delivery: str


@click.group("catcher", cls=LazyGroup)
def catcher() -> None:
    """Read the messages that were caught here and not passed on."""


@catcher.command("list")
@results.listing(CaughtView)
@click.pass_obj
def list_(app: App) -> Listed[Path]:
    """List the messages that were caught, the oldest first."""
    return Listed(
        rows=sorted(_caught(app), key=lambda path: path.stat().st_mtime),
        view=_view,
        id=lambda path: path.name[:SHORT_ID],
        table=partial(_table, app.settings.maildir / NEW),
        empty=f"Nothing has been caught in {app.settings.maildir}.",
    )


def _table(folder: Path, found: Sequence[Path]) -> None:
    title = show.counted(len(found), "message", "messages")
    show.table(f"{title} in {folder}", ("id", "dated", "to, and subject"), map(_row, found))
    show.echo("Read one with `dispatch catcher show ID`.")


@catcher.command("show")
@click.argument("beginning", metavar="ID")
@click.pass_obj
def show_(app: App, beginning: str) -> None:
    """Show message ID as its recipient reads it. The id of its delivery does as well."""
    path, message = _one(app, beginning)
    for name in NAMED:
        if message[name]:
            show.echo(f"{name}: {message[name]}")
    body = message.get_body(("plain",))
    text = body.get_content().rstrip() if body else ""
    show.echo("\n" + "\n".join(text.splitlines()) + "\n")  # a message's lines end with CRLF
    for part in message.iter_attachments():
        show.echo(f"Attached: {part.get_filename()}")
    show.echo(f"The whole message, for a mail program: {path}")


def _caught(app: App) -> list[Path]:
    if not app.settings.uses_catcher:
        raise RuleBroken("messages go to the server of DISPATCH_SMTP_URL: none is caught here")
    return [path for path in (app.settings.maildir / NEW).glob("*") if path.is_file()]


def _view(path: Path) -> CaughtView:
    message = _read(path)
    return CaughtView(
        id=path.name,
        dated=message["Date"].datetime,
        to=tuple(message.get_all("Delivered-To", [])),
        subject=str(message["Subject"]),
        delivery=str(message[DELIVERY] or ""),
    )


def _row(path: Path) -> Sequence[object]:
    view = _view(path)
    return path.name[:SHORT_ID], view.dated, f"{', '.join(view.to)}\n{view.subject}"


def _one(app: App, beginning: str) -> tuple[Path, EmailMessage]:
    found = list(_starting_with(app, beginning)) if beginning else []
    if len(found) != 1:
        several = f"{len(found)} messages start" if found else "no message starts"
        raise NotFound(f"{several} with {beginning}: see `dispatch catcher list`")
    return found[0]


def _starting_with(app: App, beginning: str) -> Iterator[tuple[Path, EmailMessage]]:
    for path in _caught(app):
        message = _read(path)
        if any(name.startswith(beginning) for name in (path.name, str(message[DELIVERY]))):
            yield path, message


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
