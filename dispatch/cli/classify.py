"""`dispatch notice classify`: what messages in files say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from dispatch.cli.output import results, show
from dispatch.cli.output.asked import Format
from dispatch.cli.output.results import Listed
from dispatch.cli.output.statuses import Status
from dispatch.domain.errors import BadInput
from dispatch.domain.notice import Notice
from dispatch.mail.incoming.maildir import messages_in, numbered
from dispatch.mail.incoming.reader import Reader, Unreadable
from dispatch.views.notices import ClassifiedView, classified_view, fate_in_words, said_as_a_whole


@dataclass(frozen=True, slots=True)
class _Read:
    file: str
    """Its path, and which of its messages it is where there are several."""
    notice: Notice


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@results.listing(ClassifiedView, json_is=Format.JSONL)
def classify(paths: Sequence[Path]) -> Listed[_Read]:
    """Say what kind of message each file is, and who it is about. Needs no database.

    PATH is a file of one message or a mailbox file of several, or a folder whose files are all
    read. Nothing is stored or changed.
    """
    problems: list[str] = []
    return Listed(
        rows=_read(paths, problems),
        view=lambda each: classified_view(each.file, each.notice),
        id=lambda each: each.file,
        table=_table,
        empty="No message could be read.",
        status=lambda: _told(problems),
    )


def _table(found: Sequence[_Read]) -> None:
    rows = [row for each in found for row in _rows(each)]
    show.table("Messages", ("file", "recipient", "what it says"), rows)


def _told(problems: Sequence[str]) -> Status:
    for problem in problems:
        show.echo(f"Error: {problem}", err=True)
    return Status.NOT_DONE if problems else Status.DONE


def _read(paths: Sequence[Path], problems: list[str]) -> Iterator[_Read]:
    """Yield what each file says, in the order of their paths; note what could not be read.

    In a child with limits, as `receive` does: a message can be made to end its reader.
    """
    with Reader() as reader:
        for name, content in _messages(paths, problems):
            said = reader.read(content)
            if isinstance(said, Unreadable):
                problems.append(f"{name}: the message could not be read: {said.why}")
            else:
                yield _Read(name, said)


def _messages(paths: Sequence[Path], problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each message and the name of its file; note what holds none."""
    for file in _files(paths):
        try:
            found = messages_in(file.read_bytes())
        except (OSError, BadInput) as error:
            problems.append(f"{file}: {getattr(error, 'strerror', None) or error}")
            continue
        if found[0].strip():
            yield from zip(numbered(str(file), len(found)), found, strict=True)
        else:
            problems.append(f"{file}: the file is empty")


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, and those inside folders, each once; hidden ones only if named."""
    found: set[Path] = set()
    for path in paths:
        inside = (each for each in path.rglob("*") if path.is_dir() and each.is_file())
        found |= {each for each in inside if not each.name.startswith(".")} or {path}
    return sorted(each for each in found if not each.is_dir())


def _rows(read: _Read) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each recipient, or one for the message."""
    notice, name = read.notice, Path(read.file).name
    if not notice.fates:
        yield name, ", ".join(notice.about), said_as_a_whole(notice)
    for fate in notice.fates:
        yield name, fate.address, fate_in_words(fate)
