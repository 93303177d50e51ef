"""The page of the reference: every command with its options, its exit statuses and its JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import click

from dispatch.cli.output.asked import FormatOption
from dispatch.cli.output.statuses import MEANINGS
from dispatch.cli.reference.outline import Command, Parameter
from dispatch.views.form import keys_of

Keys = Mapping[tuple[str, ...], tuple[bool, Sequence[str]]]
"""By the words of a command: whether its JSON is a list, and the keys of it, or of each row."""

HEAD: Final = """\
# Reference of the commands

This page lists every command with its arguments, its options and the keys of its JSON. It is made
from the commands themselves (`make reference`). [Every command](commands.md) says in a line what
each is for, and which habits they share.

Every command has `--help` (`-h`) and `--quiet` (`-q`), which are not listed again.
"""


def keys(group: click.Group, path: tuple[str, ...] = ()) -> Keys:
    """Return the keys of what each command shows to programs."""
    context = click.Context(group)
    found: dict[tuple[str, ...], tuple[bool, Sequence[str]]] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= keys(command, (*path, name))
        elif command:
            options = [each for each in command.params if isinstance(each, FormatOption)]
            found |= {(*path, name): (each.is_list, list(keys_of(each.kind))) for each in options}
    return found


def page(commands: Iterable[Command], known: Keys) -> str:
    """Return the page."""
    parts = [HEAD, _statuses()]
    parts += [_section(each, known) for each in commands if each.path]
    return "\n".join(parts)


def _statuses() -> str:
    rows = "\n".join(f"| {status.value} | {meaning} |" for status, meaning in MEANINGS.items())
    return f"## Exit statuses\n\n| status | means |\n|---|---|\n{rows}\n"


def _section(command: Command, known: Keys) -> str:
    words = " ".join(command.path)
    title = f"{'#' * (2 if len(command.path) == 1 else 3)} dispatch {words}"
    lines = [title, "", _escaped(command.help), "", "```", f"Usage: {command.usage}", "```", ""]
    if options := command.options:
        lines += ["| option | |", "|---|---|", *map(_row, options), ""]
    lines += _keys(known.get(command.path))
    return "\n".join(lines)


def _row(option: Parameter) -> str:
    spelt = ", ".join(option.opts)
    metavar = f" {option.metavar}" if option.metavar else ""
    said = f"{option.help} {'Required.' if option.is_required else ''}".strip()
    cells = (f"`{spelt}{metavar}`".replace("|", "\\|"), _escaped(said).replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def _keys(found: tuple[bool, Sequence[str]] | None) -> Iterator[str]:
    if found is None:
        return
    is_list, names = found
    what = "Each row has" if is_list else "It has"
    yield f"{what} the keys {', '.join(f'`{name}`' for name in names)}."
    yield ""


def _escaped(text: str) -> str:
    return re.sub(r"(?<!`)[*_<>](?![^`]*`)", r"\\\g<0>", text) if "`" not in text else text
