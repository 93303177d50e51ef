"""Addresses that must not be written to: why, and to let one be written to again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.domain.errors import ChangedMeanwhile
from dispatch.domain.people.account import AccountRole
from dispatch.register import suppressions as acts
from dispatch.register.store.suppressions import one as one_row
from dispatch.register.store.suppressions import page as some
from dispatch.views.suppressions import suppression
from dispatch.web.access import may, office, word
from dispatch.web.forms import Reasoned
from dispatch.web.keys import key
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

PAGE: Final = 50

suppressions = Blueprint("suppressions", __name__)


@suppressions.get("/suppressions")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show the suppressed addresses, the newest first."""
    is_all = request.args.get("shown") == "all"
    with office().sessions.read() as session:
        found = some(session, after=key("after"), limit=PAGE + 1, is_all=is_all)
        views = [*map(suppression, found[:PAGE])]
    return page(
        "inbox/suppressions.html",
        views=views,
        is_all=is_all,
        next=views[-1].id if len(found) > PAGE else None,
    )


@suppressions.get("/suppressions/<uuid:suppression_id>")
@may(AccountRole.EDITOR)
def one(suppression_id: UUID) -> tuple[str, int]:
    """Show what it does to lift a suppression."""
    return _one(suppression_id, Reasoned())


@suppressions.post("/suppressions/<uuid:suppression_id>")
@may(AccountRole.EDITOR)
def lift(suppression_id: UUID) -> tuple[str, int] | Response:
    """Let an address be written to again, as it was shown."""
    form = Reasoned()
    if not form.validate():
        return _one(suppression_id, form, 400)
    try:
        with office().sessions.begin() as session:
            acts.lift_as_agreed(
                session, suppression_id, form.digest.data or "", word(form.because.data or "")
            )
    except ChangedMeanwhile:
        return _one(suppression_id, form, CONFLICT)
    flash("The address may be written to again, from the next release on. Nothing was sent.")
    return redirect("/suppressions", 303)


def _one(suppression_id: UUID, form: Reasoned, status: int = 200) -> tuple[str, int]:
    with office().sessions.read() as session:
        view = suppression(one_row(session, suppression_id))
        proposal = acts.propose_lifting(session, suppression_id) if not view.lifted_at else None
    if proposal:
        form.show(proposal)
    return page(
        "inbox/suppression.html",
        status,
        view=view,
        form=form,
        unsent=proposal.unsent if proposal else (),
        is_changed=status == CONFLICT,
    )
