"""`dispatch mailout check`: what stands in the way of a mailout's letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database import Session
from dispatch.domain.address import domain_of
from dispatch.domain.mailout import CHANGEABLE
from dispatch.files.holidays import bank_holidays
from dispatch.files.shipped import shipped
from dispatch.letters import plan
from dispatch.mail.exchangers import look_up_all
from dispatch.mail.incoming.inbox import ways_in
from dispatch.mailouts.store import mailout_named
from dispatch.sending import first_letters
from dispatch.tracking import confirmations
from dispatch.tracking.forecast import forecast_of
from dispatch.views import pace
from dispatch.views.confirmations import round_said
from dispatch.views.form import as_data
from dispatch.views.mailouts import CheckView, check_view, finding_lines, first_said, remedies

if TYPE_CHECKING:
    from dispatch.database.tables import Mailout
    from dispatch.domain.letters.finding import Finding
    from dispatch.domain.sending.forecast import Forecast
    from dispatch.letters.plan import Check, Surroundings


@click.command()
@click.argument("name")
@show.json_option
@click.pass_obj
def check(app: App, name: str, *, is_json: bool) -> None:
    """Say who gets a letter and what is missing.

    The DNS is asked about the domains that letters go to, unless the mail catcher takes them.
    Nothing is rendered yet. Exits 1 while a letter that is due cannot be made.
    """
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        checked = plan.check(session, found, _surroundings(app, found))
        asked = confirmations.questions(session, found, app.sender)
        more = list(confirmations.findings(found, asked, app.clock()))
        can_render = found.state in CHANGEABLE
        has_wait = bool(found.plan.first_letters_minutes and can_render)
        foreseen = _foreseen(app, session, found, checked)
    located = {} if app.settings.uses_catcher else look_up_all(plan.domains_of(checked))
    with app.sessions.read() as session:
        going = plan.living(checked, located)
        first = first_letters.foresee(session, mailout_named(session, name), going)
    more += first_letters.findings(first, ways_in(app.inboxes, app.settings.lmtp_listen))
    more += pace.findings(foreseen) if foreseen else []
    checked = replace(checked, findings=(*checked.findings, *more))
    if not app.settings.uses_catcher:  # it takes mail for any domain
        checked = plan.with_domains(checked, located)
    view = check_view(checked, foreseen, first, confirmations.Round.of(asked))
    if is_json:
        show.as_json(as_data(view))
    else:
        _show_check(
            name, view, checked.findings, can_render=can_render, all_at_once=has_wait and not first
        )
    if not view.is_ready:
        raise click.exceptions.Exit(1)


def _foreseen(app: App, session: Session, found: Mailout, checked: Check) -> Forecast | None:
    """Return when the letters of a check would have left; None once they have been released."""
    if found.released_at:
        return None
    addresses = (to.address for draft in checked.drafts for to in draft.recipients)
    domains = Counter(map(domain_of, addresses))
    return forecast_of(session, found, app.settings.rates, now=app.clock(), domains=domains)


EXAMPLES: Final = shipped("config") / "mailouts"
"""The plans that come with dispatch, which a first plan is copied from."""


def _surroundings(app: App, found: Mailout) -> Surroundings:

    days = (found.plan.letter_date, found.plan.not_after, found.plan.upload_date)
    return plan.Surroundings(
        bank_holidays=bank_holidays({day.year for day in days}),
        now=app.clock(),
        templates=app.templates,
        examples=plan.examples(EXAMPLES),
    )


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
