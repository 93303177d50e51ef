"""The command line: `dispatch --help` tells the path of a letter in order.

Exit status: 0 done; 1 not done, with the reason in one line; 2 the command was not understood.
"""

from __future__ import annotations

import click

from dispatch.app import App, database_explained, from_environment
from dispatch.cli.audit import audit
from dispatch.cli.contacts import contacts
from dispatch.cli.db import db
from dispatch.cli.delivery import delivery
from dispatch.cli.demo import demo
from dispatch.cli.imports import imports
from dispatch.cli.letter import letter
from dispatch.cli.listen import listen
from dispatch.cli.mailout import mailout
from dispatch.cli.notice import notice
from dispatch.cli.output.show import InOrder
from dispatch.cli.receive import receive
from dispatch.cli.resend import resend_
from dispatch.cli.run import run
from dispatch.cli.suppression import suppression
from dispatch.cli.unreached import unreached
from dispatch.cli.upload import upload_
from dispatch.domain.errors import DispatchError
from dispatch.views.remedies import with_remedy


class Group(InOrder):
    """The group of all commands, which prints our own errors without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            with database_explained():
                return super().invoke(ctx)
        except DispatchError as error:
            raise click.ClickException(with_remedy(error)) from error


@click.group(cls=Group)
@click.version_option(package_name="dispatch")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Send each authority's chief executive the annual letter: once, on time and provably.

    Try `dispatch demo` first. The real path of a letter is: import, mailout new, mailout check,
    mailout render, mailout proof, mailout approve, mailout schedule, mailout status.
    """
    if not isinstance(ctx.obj, App):
        ctx.obj = from_environment()


mailout.add_command(unreached)
for command in (
    demo,
    run,
    db,
    imports,
    contacts,
    mailout,
    letter,
    delivery,
    resend_,
    listen,
    receive,
    notice,
    suppression,
    upload_,
    audit,
):
    main.add_command(command)
