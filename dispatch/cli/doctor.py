"""`dispatch doctor`: look at everything that a mailout needs, before it needs it."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.cli.output.statuses import Status
from dispatch.doctor import checkup, message
from dispatch.doctor.checkup import Wanted
from dispatch.doctor.message import Patience
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.domain.errors import DispatchError
from dispatch.views.doctor import DoctorView, doctor_view

LABELS: Final = {Level.STOPS: "STOPS  ", Level.LOOK: "look   ", Level.FINE: "fine   "}


@click.command()
@click.argument("name", required=False)
@click.option(
    "--dns",
    "dns_servers",
    multiple=True,
    metavar="ADDRESS",
    help="Ask this DNS server, not the system's; may be repeated.",
)
@click.option(
    "--relay-address",
    metavar="ADDRESS",
    help="The address that your mail server sends from, if its name does not lead to it.",
)
@click.option(
    "--dkim-selector",
    "selectors",
    multiple=True,
    metavar="NAME",
    help="The selector that your mail server signs with; may be repeated.",
)
@click.option("--send-to", metavar="ADDRESS", help="Send one test message there as well.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for it to come back, if ADDRESS is our own mailbox.",
)
@show.person_option
@results.showing(DoctorView)
@click.pass_context
def doctor(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    name: str | None,
    dns_servers: tuple[str, ...],
    relay_address: str | None,
    selectors: tuple[str, ...],
    *,
    send_to: str | None,
    wait: float,
    person: str | None,
) -> Shown:
    """Look at everything that a mailout needs.

    Settings, this machine, the database, the keys, the mail server, the mailbox, our DNS records,
    and for mailout NAME its recipients' domains and whether its letters fit into their time.
    Without NAME, all present contacts. Nothing is changed, and nothing is sent unless --send-to
    says so: then one message, which says that it is a test and counts for nothing.

    Exit status: 1 if something stops the letters, else 0.
    """
    wanted = Wanted(
        mailout=name,
        dns_servers=dns_servers,
        relay_address=relay_address,
        selectors=selectors,
    )
    view = _examined(ctx.obj, wanted)
    if send_to and isinstance(ctx.obj, App):
        tried = _tried(ctx.obj, send_to, person, wait)
        view = doctor_view([*view.findings, *tried], view.at)
    status = Status.NOT_DONE if view.level is Level.STOPS else Status.DONE
    return Shown(view=view, people=partial(_print, view), status=status)


def _examined(found: App | DispatchError, wanted: Wanted) -> DoctorView:
    if isinstance(found, DispatchError):
        return doctor_view(checkup.without_app(found), None)
    return doctor_view(checkup.examine(found, wanted), checkup.now(found))


def _tried(app: App, to: str, person: str | None, wait: float) -> list[Finding]:
    """Send the test message, and return what that shows. Raises `DispatchError`."""
    test = message.send(ready(app), to, show.word(app, person))
    patience = Patience(wait, time.sleep, time.monotonic)
    return list(message.find(app, test, patience))


def _print(view: DoctorView) -> None:
    for finding in view.by_urgency:
        show.echo("\n".join(_lines(finding)))
    show.echo(view.summary)


def _lines(finding: Finding) -> list[str]:
    label = LABELS[finding.level]
    margin = " " * len(label)
    to_do = finding.to_do and f"To do: {finding.to_do}"
    texts = [(label, finding.found), (margin, finding.means), (margin, to_do)]
    return [show.paragraph(before, text) for before, text in texts if text]
