"""Propose what a form changes of a plan, and carry it out once that has been seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Plan
from dispatch.files.plan import written
from dispatch.files.tables.faults import Faults
from dispatch.letters import plan
from dispatch.letters.plan import Edit, PlanProposal
from dispatch.mailouts.store import mailout_named
from dispatch.views.plans import voided
from dispatch.web.access import office, word
from dispatch.web.plans.form import PlanForm
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

Answer = Response | tuple[str, int]
Again = Callable[[int, list[str]], tuple[str, int]]
"""Shows the form's page again, with a status and what is wrong beside what its fields say."""

MOVED: Final = "Somebody has changed the plan since you opened this page: look at it again."
OTHERWISE: Final = "What this would do has changed since it was shown: look at it again."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to change: a form, and what it makes of the plan."""

    form: PlanForm
    edit: Edit
    after: str
    """The page to go to once it is done."""


def carry_out(name: str, wanted: Wanted, again: Again) -> Answer:
    """Change a plan, or show what it would void and ask; show the form again if it is wrong."""
    faults = Faults(name)
    try:
        with office().sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            if mailout.plan_digest != wanted.form.digest.data:
                return again(CONFLICT, [MOVED])
            file = plan.edited(session, mailout.plan, wanted.edit, faults)
            proposal = plan.propose(session, file)
            if proposal.reopens and wanted.form.agreed.data != proposal.digest:
                return _asked(wanted, proposal, file.plan)
            plan.save(session, file, word(), proposal.digest)
    except BadInput as error:
        left = wanted.form.blame(faults.found) if faults.found else list(error.problems)
        return again(400, left or ([] if faults.found else [str(error)]))
    flash("Nothing was different" if proposal.changes_nothing else "The plan is changed")
    return redirect(wanted.after)


def _asked(wanted: Wanted, proposal: PlanProposal, becomes: Plan) -> tuple[str, int]:
    """Ask whether to do what a proposal says; again, if it is not what was agreed to."""
    was_agreed = bool(wanted.form.agreed.data)
    own = {"csrf_token", "agreed", "csv"}
    given = written.averages_csv(becomes)  # a browser sends a file only once
    sent = [(key, value) for key, value in request.form.items(multi=True) if key not in own]
    return page(
        "plans/confirm.html",
        CONFLICT if was_agreed else 200,
        proposal=proposal,
        voided=voided(proposal),
        sent=[*sent, *([("csv", given[1].decode())] if given else [])],
        moved=OTHERWISE if was_agreed else "",
        cancel=wanted.after,
    )
