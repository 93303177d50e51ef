"""Who gets a letter, what is missing and what is odd; and have the letters made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.doctor.mailout import checked_against
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.jobs.job import JobKind, JobState
from dispatch.domain.mailout import UNRELEASED, MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.jobs import orders
from dispatch.letters import render
from dispatch.letters.render import RenderProposal
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.tracking import alive
from dispatch.tracking.outdated import changes
from dispatch.tracking.readiness import going_after, readiness, some_after
from dispatch.views.readiness import (
    CheckedView,
    Obstacle,
    check_said,
    checked_view,
    going,
    stored_check,
)
from dispatch.web.access import may, office, word
from dispatch.web.forms import Confirmation, Form
from dispatch.web.links import Link, link
from dispatch.web.plans.change import Answer
from dispatch.web.plans.form import GROUPS
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

check = Blueprint("check", __name__)

ROWS: Final = 50

AT_ONCE: Final = 500
"""Authorities of which a page checks all letters itself; of more, a worker does it."""

SEEN_DIGITS: Final = 12

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
        drawn = render.draw(session, mailout_named(session, name), app.templates)
    try:
        with app.sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            asked = render.ask(session, mailout, app.templates, word(), agreed, drawn)
    except ChangedMeanwhile as error:
        return _shown(name, CONFLICT, [sentence(str(error))])
    letters = counted(asked.wanted, "letter is being made", "letters are being made")
    flash(f"{letters}; {asked.kept} were up to date")
    return redirect(f"/mailouts/{name}")


@check.post("/mailouts/<name>/check/again")
@may(AccountRole.VIEWER)
def again(name: str) -> Answer:
    """Have a worker check the letters; one who asks while another check goes on waits for that."""
    if not Form().validate_on_submit():
        abort(400)
    terms = {"dns": "yes"} if request.form.get("dns") == "yes" else {}
    with suppress(RuleBroken), office().sessions.begin() as session:
        mailout_named(session, name)
        orders.ask(session, JobKind.CHECK_LETTERS, name, word(), **terms)
    return redirect(f"/mailouts/{name}/check", 303)


@check.get("/mailouts/<name>/check/live")
@may(AccountRole.VIEWER)
def live(name: str) -> Response:
    """Show how far the check is, and then what it found; 204 if the page shows that already."""
    with office().sessions.read() as session:
        values = _kept(session, mailout_named(session, name))
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    return Response(render_template("plans/check_live.html", **values))


def _shown(name: str, status: int = 200, problems: list[str] | None = None) -> tuple[str, int]:
    with office().sessions.read() as session:
        is_small = authorities.count(session) <= AT_ONCE
        values = {} if is_small else _many(session, name)
    return page(
        "plans/check.html",
        status,
        **(values or _few(name)),
        problems=problems or [],
        errors=problems,
    )


def _few(name: str) -> dict[str, Any]:
    """Check the letters of a mailout that are few, and return what was found."""
    app = office()
    by = checked_against(app, asks_dns=request.args.get("dns") == "yes")
    found = readiness(app.sessions, name, by)
    letters, more = some_after(found.check.letters, request.args.get("after", ""), ROWS)
    return {
        **_found(name, found.state, checked_view(found)),
        "called": found.title,
        "is_small": True,
        "rows": going(letters),
        "more": more,
    }


def _many(session: Session, name: str) -> dict[str, Any]:
    """Return what a worker has found, and who gets a letter as the register is now."""
    mailout = mailout_named(session, name)
    letters, more = going_after(session, mailout, request.args.get("after", ""), ROWS)
    return {**_kept(session, mailout), "rows": going(letters), "more": more}


def _kept(session: Session, mailout: Mailout) -> dict[str, Any]:
    """Return what the last check found, how far the next one is, and what has changed since."""
    app, name = office(), mailout.name
    job = orders.last(session, JobKind.CHECK_LETTERS, name)
    is_done = job is not None and job.state is JobState.DONE
    done = job if is_done else orders.last_done(session, JobKind.CHECK_LETTERS, name)
    kept = stored_check(done.result) if done else None
    by = checked_against(app, asks_dns=False)
    since = list(changes(session, mailout, kept.basis, by)) if kept else []
    is_attended = alive.is_any_seen(session, "worker", app.clock())
    said = check_said(job, is_attended=is_attended) if job else ""
    is_current = not since and not (job and job.is_open)
    return {
        **_found(name, mailout.state, kept.view if kept else None, is_current=is_current),
        "called": mailout.plan.title,
        "is_small": False,
        "job": job,
        "said": said,
        "began_at": kept.basis.at if kept else None,
        "since": since,
        "plain": Form(formdata=None),
        "seen": sha256(repr((said, since)).encode())[:SEEN_DIGITS],
    }


def _found(
    name: str, state: MailoutState, view: CheckedView | None, *, is_current: bool = True
) -> dict[str, Any]:
    """Return what a check found, with the form that has the letters made if they may be."""
    form, found = Confirmation(formdata=None), view.obstacles if view else ()
    may_make = bool(view and view.sources) and state in UNRELEASED and is_current
    if view and may_make:
        form.show(RenderProposal(name=name, state=state, sources=view.sources))
    return {
        "name": name,
        "state": state,
        "view": view,
        "stops": [_row(name, each) for each in found if each.is_fatal],
        "looks": [_row(name, each) for each in found if not each.is_fatal],
        "form": form,
        "may_make": may_make,
        "may_ask_dns": not office().settings.uses_catcher and not (view and view.has_dns),
        "job": None,
    }


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
