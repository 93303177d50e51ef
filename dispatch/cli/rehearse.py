"""`dispatch rehearse`: a whole mailout, from its plan to letters in the mail catcher, today."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.demo import (
    PLAN,
    SAMPLE,
    OutcomeView,
    carried_through,
    outcome,
    tell_outcome,
    tell_pages,
)
from dispatch.cli.imports import bring_in
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.demo import accounts, rehearsal
from dispatch.demo.accounts import Player
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.sending.modes import Mode
from dispatch.letters import plan as plans
from dispatch.people.identity import identities
from dispatch.register.store import authorities

ELSEWHERE: Final = (
    "this rehearsal is for the mail catcher and the database of a home alone: with a mail server "
    "or a database of your own, plan and approve a mailout as usual, with DISPATCH_MODE=rehearsal"
)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False, exists=True), default=PLAN)
@results.showing(OutcomeView)
@click.pass_obj
def rehearse(app: App, plan: Path) -> Shown:
    """Send a whole mailout to the mail catcher, today.

    PLAN is taken as it is but for its dates; without it, the sample's. Letters are made, checked,
    approved by a made-up approver, and sent at once: to whom you have imported, or to about 25
    councils with made-up people if that is nobody. `dispatch run` must run meanwhile.
    """
    started_at = time.monotonic()
    _refuse_real(app)
    players = _begun(ready(app))
    with app.sessions.begin() as session:
        file = rehearsal.plan_for(session, plans.read_file(session, plan), app.clock())
        name = plans.save(session, file, show.word(app)).name
    carried_through(app, name)
    result = outcome(app, name, started_at)
    return Shown(view=result, people=partial(_tell, app, result, players), id=name)


def _refuse_real(app: App) -> None:
    """Raise `RuleBroken` where letters could reach somebody, or count as sent."""
    if not app.settings.uses_catcher or app.settings.database_url:
        raise RuleBroken(ELSEWHERE)
    if app.settings.runs_in is not Mode.REHEARSAL:
        raise RuleBroken(
            "set DISPATCH_MODE=rehearsal first, so that these letters count for nothing "
            "afterwards; `dispatch init FOLDER` lays out a folder with such settings"
        )


def _begun(app: App) -> Sequence[Player]:
    """Take in the sample if nothing was imported; return the accounts that were made, if any."""
    with app.sessions.begin() as session:
        is_empty = not authorities.by_code(session)
        people = identities(session)
        at = app.clock()
        players = (
            () if people.accounts else accounts.make(session, app.person, at=at, machine_at=at)
        )
    if not players:
        _check_players(app)
    if is_empty:
        files = rehearsal.files(app.settings.home / "sample", SAMPLE)
        for kind in ("authorities", "contacts", "figures"):
            bring_in(app, kind, getattr(files, kind))
    return players


def _check_players(app: App) -> None:
    """Raise `RuleBroken` if nobody here approves as the made-up approver."""
    try:
        show.word(app)
        show.word(app, accounts.APPROVER)
    except NotFound as error:
        raise RuleBroken(
            f"people of your own have accounts in this home, and {error}: have one of them "
            f"approve a mailout of yours, or rehearse in a new home (DISPATCH_HOME)"
        ) from error


def _tell(app: App, result: OutcomeView, players: Sequence[Player]) -> None:
    """Show the outcomes, where the messages are, the pages, and what to try next."""
    name = result.mailout
    tell_outcome(app, result)
    show.echo(
        f"\nTry next:\n"
        f"  dispatch catcher list\n"
        f"  dispatch mailout status {name}\n"
        f"  dispatch letter show {name} OXO --pdf --out oxford.pdf"
    )
    if app.settings.has_pages:
        tell_pages(app, players)
