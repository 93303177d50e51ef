"""The service: what the doctor found, which clocks and workers run, the disk and the versions."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect
from werkzeug.wrappers import Response

from dispatch.database import Session
from dispatch.doctor import machine
from dispatch.domain.doctor.finding import Level
from dispatch.domain.jobs.job import OPEN, Job, JobKind, JobState
from dispatch.domain.people.account import AccountRole
from dispatch.files.shipped import own_version
from dispatch.jobs import orders
from dispatch.tracking.status import is_silent
from dispatch.tracking.store import heartbeats
from dispatch.views.ages import ago
from dispatch.views.doctor import DoctorView, stored_view
from dispatch.web.access import may, office, word
from dispatch.web.forms import Form
from dispatch.web.shown import page

service = Blueprint("service", __name__)

DISTRIBUTIONS: Final = ("SQLAlchemy", "Flask", "typst", "celery")
"""What a report of a fault should name beside dispatch itself."""


@service.get("/service")
@may(AccountRole.ADMIN)
def one() -> tuple[str, int]:
    """Show what the last check found, and what runs now."""
    home = office().settings.home
    with office().sessions.read() as session:
        job = orders.last(session, JobKind.EXAMINE, "")
        seen = _seen(session)
    return page(
        "service.html",
        form=Form(),
        seen=seen,
        disk=list(machine.disk(home)) if home.is_dir() else [],
        versions=_versions(),
        **_checked(job),
    )


@service.get("/service/live")
@may(AccountRole.ADMIN)
def live() -> tuple[str, int]:
    """Show again what the last check found, while it goes on."""
    with office().sessions.read() as session:
        job = orders.last(session, JobKind.EXAMINE, "")
    return page("service_live.html", **_checked(job))


@service.post("/service/check")
@may(AccountRole.ADMIN)
def check() -> Response:
    """Ask a worker to look at everything again."""
    if not Form().validate_on_submit():
        abort(400)
    with office().sessions.begin() as session:
        orders.ask(session, JobKind.EXAMINE, "", word())
    flash("The check has begun. It takes half a minute at most, once a worker is free.")
    return redirect("/service", 303)


def _checked(job: Job | None) -> dict[str, Any]:
    """Return what the page shows of the last check."""
    view = stored_view(job.result) if job and job.result and job.state is JobState.DONE else None
    return {
        "job": job,
        "is_going_on": job is not None and job.state in OPEN,
        "view": view,
        "wanted": _of(view, Level.STOPS, Level.LOOK),
        "fine": _of(view, Level.FINE),
    }


def _of(view: DoctorView | None, *levels: Level) -> list[object]:
    return [each for each in view.by_urgency if each.level in levels] if view else []


def _seen(session: Session) -> list[tuple[str, str, str, bool]]:
    """Return each clock and worker, when it was seen, and whether it is silent."""
    now = office().clock()
    return [
        (each.kind, each.name, ago(each.seen_at, now), is_silent(each.seen_at, now))
        for each in heartbeats.all_seen(session)
    ]


def _versions() -> list[tuple[str, str]]:
    own = [(name, version(name)) for name in DISTRIBUTIONS]
    return [("dispatch", own_version()), ("Python", platform.python_version()), *own]
