"""`dispatch alive`: whether a process of this machine is seen to work, for health checks."""

from __future__ import annotations

import socket
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.domain.errors import RuleBroken
from dispatch.tracking import alive

INCOMING: Final = "incoming"
PROCESSES: Final = ("clock", "worker", INCOMING)


@click.command("alive")
@click.argument("process", type=click.Choice(PROCESSES))
@click.pass_obj
def alive_(app: App, process: str) -> None:
    """Say whether a process of this machine works.

    For health checks of containers and the like: the status is 1 unless the database has seen it
    do something in the last minute. A process that answers and does nothing does not count as
    alive. `incoming` without a mailbox has nothing to do, and counts.
    """
    settings = app.settings
    with ready(app).sessions.read() as session:
        if process != INCOMING:
            is_alive = alive.is_seen(session, process, socket.gethostname(), app.clock())
        elif app.inboxes or settings.lmtp_listen:
            is_alive = alive.takes_in(session, settings.poll_seconds, app.clock())
        else:
            is_alive = True
    if not is_alive:
        raise RuleBroken(f"the {process} of {socket.gethostname()} has not been seen for a minute")
    show.echo(f"the {process} of {socket.gethostname()} works")
