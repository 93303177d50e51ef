"""Groups whose commands are imported when they run, so that the command line answers at once.

Most commands need SQLAlchemy, many Typst or gevent, and all together take seconds of processor time
to import. The help of a group needs none of them: it has each command's line in a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

import click

from dispatch.cli.output import asked


@dataclass(frozen=True, slots=True)
class Later:
    """A command to be imported."""

    where: str
    """MODULE:NAME in `dispatch.cli`."""
    help: str
    """The first sentence of its own help."""

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.where.partition(":")
        command: click.Command = getattr(import_module(f"dispatch.cli.{module}"), name)
        return command


class LazyGroup(click.Group):
    """A group that lists its own commands, and then those of `later`, in the order of the path."""

    later: ClassVar[Mapping[str, Later]] = {}
    order: ClassVar[Sequence[str]] = ()
    """The commands that are listed first, as they follow each other in the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        own = [name for name in self.commands if name not in self.later]
        return list(dict.fromkeys([*self.order, *own, *self.later]))

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, with the option `--quiet` that every command has."""
        if not isinstance(cmd, click.Group):
            asked.offer_quiet(cmd)
        super().add_command(cmd, name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it was not before."""
        if cmd_name in self.later and cmd_name not in self.commands:
            self.add_command(self.later[cmd_name].load(), cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, as click does, without importing any."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._line(name, limit)) for name in names])

    def _line(self, name: str, limit: int) -> str:
        command = self.commands.get(name) or click.Command(name, help=self.later[name].help)
        return command.get_short_help_str(limit)
