"""`dispatch notice classify`: what messages in files say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from dispatch.cli.output import show
from dispatch.domain.errors import BadInput
from dispatch.domain.notice import Notice
from dispatch.mail.incoming.reader import Reader, Unreadable
from dispatch.views.form import as_data
from dispatch.views.notices import classified_view, fate_in_words, said_as_a_whole

FAILED: Final = 1
"""Exit status if a file could not be read."""

_ANOTHER: Final = re.compile(
    rb"\n\nFrom [^\n]{1,300} \d{4}[^\n]{0,40}\n(?:[^\n]{1,998}\n){0,20}?"
    rb"(?:Received|Return-Path|Delivered-To|Envelope-To|X-Original-To|X-Mozilla-Status):",
    re.IGNORECASE,
)
"""What begins the next message in a mailbox file (RFC 4155): one that was delivered here."""


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    notice: Notice


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def classify(ctx: click.Context, paths: Sequence[Path], *, is_json: bool) -> None:
    """Say what kind of message each file is, and who it is about. Needs no database.

    PATH is a message file, or a folder whose files are all read. Nothing is stored or changed.
    """
    problems: list[str] = []
    given = _read(paths, problems)
    if is_json:
        for each in given:
            view = classified_view(str(each.file), each.notice)
            show.echo(show.as_text(as_data(view)))
    else:
        rows = [row for each in given for row in _rows(each)]
        show.table("Messages", ("file", "recipient", "what it says"), rows)
    for problem in problems:
        show.echo(f"Error: {problem}", err=True)
    if problems:
        ctx.exit(FAILED)


def _read(paths: Sequence[Path], problems: list[str]) -> Iterator[_Read]:
    """Yield what each file says, in the order of their paths; note what could not be read.

    In a child with limits, as `receive` does: a message can be made to end its reader.
    """
    with Reader() as reader:
        for file in _files(paths):
            try:
                said = reader.read(_single(file.read_bytes()))
            except (OSError, BadInput) as error:
                problems.append(f"{file}: {getattr(error, 'strerror', None) or error}")
                continue
            if isinstance(said, Unreadable):
                problems.append(f"{file}: the message could not be read: {said.why}")
            else:
                yield _Read(file, said)


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, and those inside folders, each once; hidden ones only if named."""
    found: set[Path] = set()
    for path in paths:
        inside = (each for each in path.rglob("*") if path.is_dir() and each.is_file())
        found |= {each for each in inside if not each.name.startswith(".")} or {path}
    return sorted(each for each in found if not each.is_dir())


def _single(content: bytes) -> bytes:
    """Return the message in a file. Raises `BadInput` for a mailbox file, which holds several."""
    if content.startswith(b"From ") and _ANOTHER.search(content.replace(b"\r\n", b"\n")):
        raise BadInput(
            "this is a mailbox of several messages: give each message as a file of its own"
        )
    if not content.strip():
        raise BadInput("the file is empty")
    return content


def _rows(read: _Read) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each recipient, or one for the message."""
    notice, name = read.notice, read.file.name
    if not notice.fates:
        yield name, ", ".join(notice.about), said_as_a_whole(notice)
    for fate in notice.fates:
        yield name, fate.address, fate_in_words(fate)
