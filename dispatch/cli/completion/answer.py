"""Answer a shell that asks how a word may go on.

The process starts for each press of a key, so it imports no command: it has them as the outline of
the reference tells. It says nothing where anything goes wrong, since the shell would print it in
the middle of the person's line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import click
from click.shell_completion import CompletionItem, shell_complete

from dispatch.cli.completion import store
from dispatch.cli.completion.store import Names
from dispatch.cli.reference import outline

KINDS: Final[Mapping[str, Names]] = {
    "name": Names.MAILOUT,
    "code": Names.AUTHORITY,
    "codes": Names.AUTHORITY,
    "authority": Names.AUTHORITY,
    "role": Names.ROLE,
    "person": Names.ACCOUNT,
    "address": Names.SUPPRESSED,
    "after": Names.DELIVERY,
    "token_id": Names.TOKEN,
}
"""What a parameter names, by how it is called in a command."""

ELSEWHERE: Final[Mapping[tuple[str, str], Names | None]] = {
    ("user", "name"): Names.ACCOUNT,
    ("token", "name"): None,
    ("user add", "name"): None,
    ("template", "name"): Names.TEMPLATE,
    ("delivery", "beginning"): Names.DELIVERY,
    ("resend", "role"): Names.ROLE,
    ("notice", "beginning"): Names.NOTICE,
    ("notice suggestion", "beginning"): Names.SUGGESTION,
    ("mailout proof", "address"): None,
    ("audit show", "address"): None,
    ("contacts set", "address"): None,
}
"""The same in single groups and commands, which are looked for first."""


def answer(instruction: str) -> None:
    """Print what a shell asks for, such as `bash_complete`; nothing if that cannot be found."""
    with suppress(Exception):
        known = outline.kept()
        shell_complete(_command(known, ()), {}, "dispatch", "_DISPATCH_COMPLETE", instruction)


class _Group(click.Group):
    """A group whose commands are in the outline."""

    known: Mapping[tuple[str, ...], Mapping[str, Any]]
    path: tuple[str, ...]
    default: str | None = None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        size = len(self.path)
        return [each[-1] for each in self.known if each[:-1] == self.path and len(each) == size + 1]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        path = (*self.path, cmd_name)
        return _command(self.known, path) if path in self.known else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self.default and args and not args[0].startswith("-"):
            is_known = (*self.path, args[0]) in self.known
            args = args if is_known else [self.default, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = super().shell_complete(ctx, incomplete)
        return [*found, *_names(Names.MAILOUT, incomplete)] if self.default else found


def _command(
    known: Mapping[tuple[str, ...], Mapping[str, Any]], path: tuple[str, ...]
) -> click.Command:
    told = known[path]
    parameters = [_parameter(path, each) for each in told.get("parameters", ())]
    common: dict[str, Any] = {"help": told.get("short", ""), "params": parameters}
    if not told.get("is_group"):
        return click.Command(path[-1], add_help_option=False, **common)
    group = _Group(path[-1] if path else "dispatch", add_help_option=False, **common)
    group.known, group.path, group.default = known, path, told.get("default")
    return group


def _parameter(path: Sequence[str], told: Mapping[str, Any]) -> click.Parameter:
    common: dict[str, Any] = {"type": _type(told), "shell_complete": _completes(path, told)}
    is_many = told.get("is_many", False)
    if not told.get("opts"):
        return click.Argument([told["name"]], nargs=-1 if is_many else 1, required=False, **common)
    words = [*told["opts"], told["name"]]
    if told.get("is_flag"):
        return click.Option(words, is_flag=True, help=told.get("help", ""))
    return click.Option(words, help=told.get("help", ""), multiple=is_many, **common)


def _type(told: Mapping[str, Any]) -> click.ParamType[Any] | None:
    if choices := told.get("choices"):
        return click.Choice(choices)
    return click.Path(file_okay=not told.get("is_folder")) if told.get("is_path") else None


def _completes(path: Sequence[str], told: Mapping[str, Any]) -> Any:  # noqa: ANN401 - click's callback
    if told.get("choices") or told.get("is_path"):
        return None
    kind = _kind(path, told["name"])
    return partial(_offered, kind) if kind else None


def _kind(path: Sequence[str], name: str) -> Names | None:
    """Return what a parameter names: as its command says, its group, or its own name."""
    for size in range(len(path), 0, -1):
        where = (" ".join(path[:size]), name)
        if where in ELSEWHERE:
            return ELSEWHERE[where]
    return KINDS.get(name)


def _offered(
    kind: Names, _: click.Context, __: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return list(_names(kind, incomplete))


def _names(kind: Names, incomplete: str) -> Iterator[CompletionItem]:
    for name, help_ in store.starting_with(kind, incomplete):
        yield CompletionItem(name, help=help_)
