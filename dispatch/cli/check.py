"""`dispatch mailout check`: what stands in the way of a mailout's letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.cli.output.statuses import Status
from dispatch.doctor.mailout import checked_against
from dispatch.tracking.readiness import readiness
from dispatch.views import pace
from dispatch.views.confirmations import round_said
from dispatch.views.mailouts import CheckView, finding_lines, first_said, remedies
from dispatch.views.readiness import readiness_view, whole_check

if TYPE_CHECKING:
    from dispatch.domain.letters.finding import Finding


@click.command()
@click.argument("name")
@results.showing(CheckView)
@click.pass_obj
def check(app: App, name: str) -> Shown:
    """Say who gets a letter and what is missing.

    The DNS is asked about the domains that letters go to, unless the mail catcher takes them.
    Nothing is rendered yet. Exits 1 while a letter that is due cannot be made.
    """
    found = readiness(ready(app).sessions, name, checked_against(app))
    checked, view = whole_check(found), readiness_view(found)
    people = partial(
        _show_check,
        name,
        view,
        checked.findings,
        can_render=found.can_render,
        all_at_once=found.has_wait and found.can_render and not found.first,
    )
    return Shown(view=view, people=people, status=Status(not view.is_ready))


ALL_AT_ONCE: Final = (
    "None goes first: as far as is known, each letter goes to a receiving system of its own."
)


def _show_check(
    name: str,
    view: CheckView,
    findings: Sequence[Finding],
    *,
    can_render: bool,
    all_at_once: bool,
) -> None:
    letters = show.counted(view.letters, "letter", "letters")
    recipients = show.counted(view.deliveries, "recipient", "recipients")
    show.echo(f"{letters} to {recipients} can be made.")
    if view.pace:
        show.echo(f"{pace.said(view.pace)}.")
    if view.asked.asked:
        show.echo(f"{round_said(view.asked)}.")
    if view.first_letters:
        show.echo(show.paragraph("First go ", first_said(view)))
    elif all_at_once and view.letters:
        show.echo(ALL_AT_ONCE)
    lines = finding_lines(findings)
    if lines:
        show.echo("\nFindings")
    for line in lines:
        label = "stops it" if line.is_fatal else "look"
        show.echo(show.paragraph(f"{label:10}", f"{line.where}: {line.message}"))
    if can_render:
        _show_next(name, view, remedies(findings))


def _show_next(name: str, view: CheckView, commands: Sequence[str]) -> None:
    if commands:
        show.echo("\nTo correct them:")
    for command in commands:
        show.echo(f"  {command}")
    if view.is_ready:
        show.echo(f"Next: dispatch mailout render {name}")
    else:
        show.echo(
            "Correct what stops letters, or leave authorities out in the plan; then check again."
        )
