"""Manual pages in the form of man(7): one for dispatch, and one for each word that follows it.

click-man makes a page for each command that a group has imported, and ours are imported when they
run; and it makes ninety of them, where people look for what one group does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from dispatch.cli.output.statuses import MEANINGS
from dispatch.cli.reference.outline import Command, Parameter


def pages(commands: Sequence[Command]) -> dict[str, str]:
    """Return each page by the name of its file."""
    top = [each for each in commands if len(each.path) == 1]
    rest = [EVERYWHERE, _listed(top), _exit(), ENVIRONMENT]
    found = {"dispatch.1": _page("dispatch", commands[0], rest)}
    for each in top:
        below = [one for one in commands if one.path[:1] == each.path and one.path != each.path]
        name = f"dispatch-{each.path[0]}"
        found[f"{name}.1"] = _page(name, each, [*map(_section, below), _see_also()])
    return found


def _page(name: str, command: Command, rest: Iterable[str]) -> str:
    head = [
        f'.TH "{name.upper()}" "1" "" "dispatch" "Manual of dispatch"',
        ".SH NAME",
        f"{name} \\- {_safe(command.short)}",
        ".SH SYNOPSIS",
        f".B {_safe(command.usage)}",
        ".SH DESCRIPTION",
        _paragraphs(command.help),
    ]
    return "\n".join([*head, *_options(command, ".SH OPTIONS"), *rest]) + "\n"


def _section(command: Command) -> str:
    title = f'.SH "dispatch {" ".join(command.path)}"'
    usage = f".B {_safe(command.usage)}"
    lines = [title, usage, ".PP", _paragraphs(command.help), *_options(command, ".PP")]
    return "\n".join(lines)


def _options(command: Command, title: str) -> Iterator[str]:
    if command.options:
        yield title
    for each in command.options:
        yield from _option(each)


def _option(option: Parameter) -> Iterator[str]:
    yield ".TP"
    metavar = f" {option.metavar}" if option.metavar else ""
    yield f".B {_safe(', '.join(option.opts) + metavar)}"
    yield _safe(f"{option.help} {'Required.' if option.is_required else ''}".strip())


def _listed(commands: Iterable[Command]) -> str:
    lines = [".SH COMMANDS"]
    for each in commands:
        lines += [".TP", f".BR dispatch\\-{_safe(each.path[0])} (1)", _safe(each.short)]
    return "\n".join(lines)


def _exit() -> str:
    lines = [".SH EXIT STATUS"]
    for status, meaning in MEANINGS.items():
        lines += [".TP", f".B {status.value}", _safe(meaning)]
    return "\n".join(lines)


EVERYWHERE: Final = """\
.SH OPTIONS OF EVERY COMMAND
.TP
.B \\-h, \\-\\-help
Explain the command.
.TP
.B \\-q, \\-\\-quiet
Print ids alone, or nothing."""

ENVIRONMENT: Final = """\
.SH ENVIRONMENT
Settings are variables whose names begin with DISPATCH_, or lines of a file .env in the working
folder.
.B dispatch settings
shows each, and where it comes from.
NO_COLOR, if it is set, has nothing printed in colour."""


def _see_also() -> str:
    return ".SH SEE ALSO\n.BR dispatch (1), which lists the exit statuses."


def _paragraphs(text: str) -> str:
    return "\n.PP\n".join(_safe(" ".join(each.split())) for each in text.split("\n\n"))


def _safe(text: str) -> str:
    """Return a text in which man sees no command of its own."""
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"))
