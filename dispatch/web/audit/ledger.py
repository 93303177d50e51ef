"""The ledger: how far it is sealed, what is kept outside, and whether it held; verify it now."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from dispatch.domain.jobs.job import Job, JobKind
from dispatch.domain.people.account import AccountRole
from dispatch.jobs import orders
from dispatch.tracking.status import ledger_state
from dispatch.views.proof.extent import extent
from dispatch.web.access import may, office, word
from dispatch.web.forms import Form
from dispatch.web.shown import page

ledger = Blueprint("ledger", __name__)


@ledger.get("/audit/ledger")
@may(AccountRole.VIEWER)
def show() -> tuple[str, int]:
    """Show how far the ledger goes, and how it was found when it was last verified."""
    app = office()
    with app.sessions.read() as session:
        found = extent(session, app.settings.checkpoints)
        by_night = ledger_state(session)
        job = orders.last(session, JobKind.VERIFY, "")
    return page("audit/ledger.html", found=found, by_night=by_night, form=Form(), **_live(job))


@ledger.get("/audit/ledger/live")
@may(AccountRole.VIEWER)
def live() -> Response:
    """Show how far the verification is; 204 if that is what the page shows already."""
    with office().sessions.read() as session:
        values = _live(orders.last(session, JobKind.VERIFY, ""))
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    return Response(render_template("audit/live.html", **values))


@ledger.post("/audit/ledger")
@may(AccountRole.VIEWER)
def verify() -> Answer:
    """Have a worker verify the whole ledger."""
    if not Form().validate_on_submit():
        return redirect("/audit/ledger", 303)
    with office().sessions.begin() as session:
        orders.ask(session, JobKind.VERIFY, "", word())
    return redirect("/audit/ledger", 303)


def _live(job: Job | None) -> dict[str, Any]:
    seen = f"{job.state.value}-{job.done}-{job.id.hex[:8]}" if job else "none"
    return {"job": job, "seen": seen}
