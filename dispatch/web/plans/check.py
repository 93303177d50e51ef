"""Who gets a letter, what is missing and what is odd; and have the letters made."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import Blueprint, flash, redirect, request

from dispatch.doctor.mailout import checked_against
from dispatch.domain.errors import ChangedMeanwhile
from dispatch.domain.mailout import UNRELEASED
from dispatch.domain.people.account import AccountRole
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.readiness import readiness
from dispatch.views import pace
from dispatch.views.confirmations import round_said
from dispatch.views.mailouts import CheckView, first_said
from dispatch.views.readiness import Obstacle, going, obstacles, readiness_view, whole_check
from dispatch.web.access import may, office, word
from dispatch.web.forms import Confirmation
from dispatch.web.links import Link, link
from dispatch.web.plans.change import Answer
from dispatch.web.plans.form import GROUPS
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

check = Blueprint("check", __name__)

ROWS: Final = 50

WHERE: Final = {
    "title": "about",
    "template": "about",
    "dates": "dates",
    "dates.sending_hours": "sending",
    "dates.sending_days": "sending",
    "dates.first_letters_minutes": "sending",
    "dates.confirm_days": "reminders",
    "reminders": "reminders",
    "constants": "facts",
    "signatory": "signatory",
    "inclusion": "included",
    "averages": "averages",
    "groups": "averages",
    "bespoke": "paragraphs",
    "attachments": "attachments",
}
"""The page on which each key of a plan is changed."""


@check.get("/mailouts/<name>/check")
@may(AccountRole.VIEWER)
def look(name: str) -> tuple[str, int]:
    """Show who gets a letter, and what keeps the others from one; the DNS is asked if wanted."""
    return _shown(name)


@check.post("/mailouts/<name>/check")
@may(AccountRole.EDITOR)
def make(name: str) -> Answer:
    """Have the letters made, as they were shown."""
    app = office()
    agreed = Confirmation().agreed()
    with app.sessions.read() as session:
        render.draw(session, name, app.templates)
    try:
        with app.sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            asked = render.ask(session, mailout, app.templates, word(), agreed)
    except ChangedMeanwhile as error:
        return _shown(name, CONFLICT, [sentence(str(error))])
    letters = counted(asked.wanted, "letter is being made", "letters are being made")
    flash(f"{letters}; {asked.kept} were up to date")
    return redirect(f"/mailouts/{name}")


def _shown(name: str, status: int = 200, problems: list[str] | None = None) -> tuple[str, int]:
    app = office()
    asks_dns = request.args.get("dns") == "yes"
    found = readiness(app.sessions, name, checked_against(app, asks_dns=asks_dns))
    checked, view = whole_check(found), readiness_view(found)
    form = Confirmation()
    state, may_make = found.state, found.state in UNRELEASED and checked.is_ready
    if may_make:  # so its template is there
        template = checked.drafts[0].content.template
        digest = app.templates.digest(template)
        form.show(render.propose(name, state, checked.drafts, digest))
    after = request.args.get("after", "")
    rows = going(checked.drafts, after, ROWS)
    return page(
        "plans/check.html",
        status,
        name=name,
        state=state,
        view=view,
        said=_said(view),
        stops=[_row(name, each) for each in obstacles(checked.findings) if each.is_fatal],
        looks=[_row(name, each) for each in obstacles(checked.findings) if not each.is_fatal],
        rows=rows,
        more=rows[-1].code if len(rows) == ROWS else "",
        form=form,
        may_make=may_make,
        has_dns=bool(found.located),
        may_ask_dns=not app.settings.uses_catcher and not asks_dns,
        problems=problems or [],
        errors=problems,
    )


def _said(view: CheckView) -> list[str]:
    """Return the sentences about pace, contacts and first letters that there are."""
    said = []
    if view.pace:
        said.append(f"{pace.said(view.pace)}.")
    if view.asked.asked:
        said.append(f"{round_said(view.asked)}.")
    if view.first_letters:
        said.append(f"First go {first_said(view)}")
    return said


Row = tuple[str, str, Link | None]
"""Where something is the matter, what it is, and the link to what mends it."""


def _row(name: str, obstacle: Obstacle) -> Row:
    """Return an obstacle as a row: a key of the plan under the heading of its page."""
    slug = _slug(obstacle.place)
    is_key = obstacle.where == obstacle.place and slug in GROUPS
    where = GROUPS[slug].title if is_key else obstacle.where
    return where, obstacle.message, _mend(name, obstacle, slug)


def _slug(place: str) -> str:
    """Return the page on which a key of the plan is changed; empty for what has none."""
    keys = [key for key in WHERE if place == key or place.startswith(f"{key}.")]
    return WHERE[max(keys, key=len)] if keys else ""


def _mend(name: str, obstacle: Obstacle, slug: str) -> Link | None:
    """Return the link to what mends an obstacle: the plan's own page for a key of the plan."""
    if obstacle.remedy is None:
        return None
    if obstacle.remedy.kind is not RemedyKind.PLAN:
        found = link(obstacle.remedy)
        return replace(found, href=found.href.rstrip("/"))
    return Link("Change the plan", f"/mailouts/{name}/plan/{slug}".rstrip("/"))
