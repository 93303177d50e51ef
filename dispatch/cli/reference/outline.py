"""Every command with its options and arguments, as data.

It is kept in a file beside this module, since completion cannot wait until all commands are
imported. A test compares the file with the commands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import click

FILE: Final = Path(__file__).with_name("outline.json")

EVERYWHERE: Final = frozenset({"--help", "--quiet"})

WHERE: Final = (click.Path, click.File)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """An option or an argument."""

    name: str
    opts: tuple[str, ...] = ()
    """How the option is spelt; none for an argument."""
    metavar: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    is_flag: bool = False
    is_path: bool = False
    is_many: bool = False
    is_required: bool = False
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, or a group of commands."""

    path: tuple[str, ...]
    usage: str
    help: str
    short: str
    is_group: bool
    default: str | None
    """The command of a group that any other word is for."""
    parameters: tuple[Parameter, ...]

    @property
    def options(self) -> list[Parameter]:
        """Its options, without those that every command has."""
        return [each for each in self.parameters if each.opts and not EVERYWHERE & {*each.opts}]


def outline(main: click.Group) -> Iterator[Command]:
    """Yield every command of the command line, each group before its own."""
    return _outline(main, click.Context(main, info_name="dispatch", help_option_names=HELP), ())


HELP: Final = ["-h", "--help"]


def _outline(
    command: click.Command, context: click.Context, path: tuple[str, ...]
) -> Iterator[Command]:
    group = command if isinstance(command, click.Group) else None
    yield Command(
        path=path,
        usage=" ".join(command.get_usage(context).split()).removeprefix("Usage: "),
        help=cleandoc(command.help or ""),
        short=command.get_short_help_str(1000),
        is_group=group is not None,
        default=getattr(group, "default", None),
        parameters=tuple(_parameter(each, context) for each in _shown(command, context)),
    )
    for name in group.list_commands(context) if group else ():
        found = group.get_command(context, name) if group else None
        if found and not found.hidden:
            inner = click.Context(found, parent=context, info_name=name)
            yield from _outline(found, inner, (*path, name))


def _shown(command: click.Command, context: click.Context) -> Iterator[click.Parameter]:
    for each in command.get_params(context):
        if not (isinstance(each, click.Option) and each.hidden):
            yield each


def _parameter(parameter: click.Parameter, context: click.Context) -> Parameter:
    option = parameter if isinstance(parameter, click.Option) else None
    kind = parameter.type
    is_flag = bool(option and (option.is_flag or option.count))
    return Parameter(
        name=str(parameter.name),
        opts=(*parameter.opts, *parameter.secondary_opts) if option else (),
        metavar="" if is_flag else parameter.make_metavar(context),
        help=" ".join((option.help or "").split()) if option else "",
        choices=tuple(map(str, kind.choices)) if isinstance(kind, click.Choice) else (),
        is_flag=is_flag,
        is_path=isinstance(kind, WHERE),
        is_many=parameter.multiple or parameter.nargs == -1,
        is_required=parameter.required,
        is_folder=isinstance(kind, click.Path) and not kind.file_okay,
    )


def as_text(commands: Iterator[Command]) -> str:
    """Return the outline as it is kept: without what is so by default."""
    kept = [
        {**_said(asdict(each)), "parameters": [_said(asdict(one)) for one in each.parameters]}
        for each in commands
    ]
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", (), False, None)}


def kept() -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Return the outline that is kept, by the words of each command."""
    commands = json.loads(FILE.read_text(encoding="utf-8"))
    return {tuple(each.get("path", ())): each for each in commands}
