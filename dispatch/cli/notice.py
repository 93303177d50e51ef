"""`dispatch notice`: mail that came back, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from dispatch.cli.output import show
from dispatch.domain import calendar
from dispatch.domain.errors import BadInput
from dispatch.domain.notice import Action, Category, Fate, Notice
from dispatch.mail.notices import classify as reading

FAILED: Final = 1
"""Exit status where a file was not read."""

_ANOTHER: Final = re.compile(
    rb"\n\nFrom [^\n]{1,300} \d{4}[^\n]{0,40}\n(?:[^\n]{1,998}\n){0,20}?"
    rb"(?:Received|Return-Path|Delivered-To|Envelope-To|X-Original-To|X-Mozilla-Status):",
    re.IGNORECASE,
)
"""What begins the next mail in a mailbox file (RFC 4155): one that was delivered here."""

_ACTION_OF: Final = {
    Category.AUTOREPLY: "autoreply",
    Category.CHALLENGE: "challenge",
    Category.COMPLAINT: "feedback",
    Category.RECEIPT: "receipt",
    Category.SECURE_PORTAL: "secure_portal",
}


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    notice: Notice


@click.group(cls=show.InOrder)
def notice() -> None:
    """Read mail that comes back: bounces, delays, autoreplies, complaints."""


@notice.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def classify(ctx: click.Context, paths: Sequence[Path], *, is_json: bool) -> None:
    """Say what kind of mail each file is, and whom it is about. Needs no database.

    PATH is a mail file, or a folder whose files are all read. Nothing is stored or changed.
    """
    problems: list[str] = []
    given = _read(paths, problems)
    if is_json:
        for each in given:
            click.echo(json.dumps(_as_data(each), ensure_ascii=False))
    else:
        rows = [row for each in given for row in _rows(each)]
        show.table("Mail", ("file", "recipient", "what it says"), rows)
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        ctx.exit(FAILED)


def _read(paths: Sequence[Path], problems: list[str]) -> Iterator[_Read]:
    """Give what each file says, in the order of their paths; note what could not be read."""
    for file in _files(paths):
        try:
            yield _Read(file, reading.read(_single(file.read_bytes())))
        except (OSError, BadInput) as error:
            problems.append(f"{file}: {getattr(error, 'strerror', None) or error}")


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, those of folders too, each once; hidden ones only where they are named."""
    found: set[Path] = set()
    for path in paths:
        inside = (each for each in path.rglob("*") if path.is_dir() and each.is_file())
        found |= {each for each in inside if not each.name.startswith(".")} or {path}
    return sorted(each for each in found if not each.is_dir())


def _single(mail: bytes) -> bytes:
    """Return a mail. Raises BadInput for a mailbox file, which holds several."""
    if mail.startswith(b"From ") and _ANOTHER.search(mail.replace(b"\r\n", b"\n")):
        raise BadInput("this is a mailbox of several mails: give each mail as a file of its own")
    if not mail.strip():
        raise BadInput("the file is empty")
    return mail


def _as_data(read: _Read) -> dict[str, object]:
    said = read.notice
    return {
        "file": str(read.file),
        "category": said.category.value,
        "subtype": _subtype(said),
        "recipients": [*map(_fate, said.fates), *_others(said)],
        "message_id": said.message_id or None,
        "suggestion": _suggestion(said),
    }


def _subtype(said: Notice) -> str | None:
    """Return what an autoreply says, or whether a bounce is hard for all that it names."""
    if said.answer:
        return said.answer.value
    if said.category is not Category.BOUNCE or not said.fates:
        return None
    return "hard" if all(each.is_hard for each in said.fates) else "soft"


def _fate(fate: Fate) -> dict[str, object]:
    has_reason = fate.action in {Action.FAILED, Action.DELAYED}
    return {
        "address": fate.address,
        "action": fate.action.value,
        "status": fate.status,
        "reason": (fate.reason if has_reason else fate.action).value,
        "hard": fate.is_hard,
    }


def _others(said: Notice) -> Iterator[dict[str, object]]:
    """Give those whose mail it is, with its kind for an action; a person needs no row."""
    action = _ACTION_OF.get(said.category)
    for address in said.about if action else ():
        yield {"address": address, "action": action, "status": "", "reason": action, "hard": False}


def _suggestion(said: Notice) -> dict[str, str] | None:
    given = said.successor
    if given is None:
        return None
    return {"address": given.address, "name": given.name, "sentence": given.sentence}


def _rows(read: _Read) -> Iterator[tuple[str, str, str]]:
    """Give a row for each recipient, or one for the mail."""
    said, name = read.notice, read.file.name
    if not said.fates:
        yield name, ", ".join(said.about), _told(said)
    for fate in said.fates:
        yield name, fate.address, _fate_told(fate)


def _told(said: Notice) -> str:
    """Return what a mail says as a whole: "autoreply: has left, write to a@b.example"."""
    words = said.category.value + (f": {said.answer.value}" if said.answer else "")
    words = words.replace("_", " ")
    if said.away_until:
        words += f" until {calendar.day_in_words(said.away_until)}"
    return f"{words}, write to {said.successor.address}" if said.successor else words


def _fate_told(fate: Fate) -> str:
    """Return what became of one recipient: "hard bounce: bad address 5.1.1"."""
    if fate.action not in {Action.FAILED, Action.DELAYED}:
        return f"{fate.action.value} {fate.status}".strip()
    kind = "delayed" if fate.action is Action.DELAYED else "soft bounce"
    kind = "hard bounce" if fate.is_hard else kind
    return f"{kind}: {fate.reason.value.replace('_', ' ')} {fate.status}".strip()
