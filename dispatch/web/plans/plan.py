"""The plan of a mailout: all of it, its file, and the change of a group of its keys."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, make_response
from werkzeug.wrappers import Response

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import CannotRender
from dispatch.domain.mailout import CHANGEABLE, Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.authority import ROLES
from dispatch.files.plan import written
from dispatch.files.plan.bundle import zipped
from dispatch.letters.plan import Edit, files_of
from dispatch.mailouts.store import mailout_named
from dispatch.views.plans import planned_groups
from dispatch.web.access import may, office
from dispatch.web.plans.change import Answer, Wanted, carry_out
from dispatch.web.plans.form import GROUPS, Averages, Group, PlanForm, Recipients, facts_form
from dispatch.web.shown import page

plans = Blueprint("plans", __name__)


def can_change(mailout: Mailout) -> bool:
    """Whether the plan of a mailout may still change."""
    return mailout.state in CHANGEABLE and mailout.released_at is None


@plans.get("/mailouts/<name>/plan")
@may(AccountRole.VIEWER)
def whole(name: str) -> tuple[str, int]:
    """Show the plan of a mailout, each group with a link to change it."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        found, is_open = mailout.plan, can_change(mailout)
        state, digest, remark = mailout.state, mailout.plan_digest, mailout.remark
        template_digest = _wording(found)
    return page(
        "plans/plan.html",
        name=name,
        plan=found,
        groups=[(GROUPS[slug], rows) for slug, rows in planned_groups(found).items()],
        is_open=is_open,
        state=state,
        digest=digest,
        remark=remark,
        wording=template_digest,
    )


def _wording(plan: Plan) -> str:
    """Return the digest of the wording; empty if there is no such folder."""
    try:
        return office().templates.digest(plan.template)
    except CannotRender:
        return ""


@plans.get("/mailouts/<name>/plan/file")
@may(AccountRole.VIEWER)
def file(name: str) -> Response:
    """Give the plan as its TOML file; with the files beside it as a ZIP, if there are any."""
    with office().sessions.read() as session:
        files = files_of(session, mailout_named(session, name))
    is_alone = len(files) == 1
    response = make_response(files[f"{name}.toml"] if is_alone else zipped(files.items()))
    suffix, kind = ("toml", "application/toml") if is_alone else ("zip", "application/zip")
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response


@plans.get("/mailouts/<name>/plan/<slug>")
@may(AccountRole.EDITOR)
def group(name: str, slug: str) -> tuple[str, int]:
    """Show the form for a group of keys."""
    found = _group(slug)
    with office().sessions.read() as session:
        form = _form(session, name, found)
    return _shown(name, found, form)


@plans.post("/mailouts/<name>/plan/<slug>")
@may(AccountRole.EDITOR)
def change(name: str, slug: str) -> Answer:
    """Change a group of keys; ask first if it makes letters or an approval void."""
    found = _group(slug)
    with office().sessions.read() as session:
        form = _form(session, name, found)

    def again(status: int, problems: list[str]) -> tuple[str, int]:
        return _shown(name, found, form, status, problems)

    if not form.validate_on_submit():
        return again(400, [])
    averages = form.given() if isinstance(form, Averages) else None
    edit = Edit(keys=form.keys(), averages=averages)
    return carry_out(name, Wanted(form, edit, f"/mailouts/{name}/plan"), again)


def _group(slug: str) -> Group:
    if slug not in GROUPS:
        abort(404)
    return GROUPS[slug]


def _form(session: Session, name: str, group: Group) -> PlanForm:
    """Return the form of a group, filled from the plan as it is."""
    mailout = mailout_named(session, name)
    table = written.table_of(mailout.plan)
    kind = group.form
    if group.slug == "facts":
        kind = facts_form(table["constants"], _needed(mailout.plan))
    form = kind(data={"digest": mailout.plan_digest, **kind.filled_from(table)})
    if isinstance(form, Recipients):
        roles = (*ROLES, *mailout.plan.own_roles)
        form.recipients__to.choices = form.recipients__cc.choices = [(each, each) for each in roles]
    if group.slug == "about":
        choices = dict.fromkeys([mailout.plan.template, *office().templates.known])
        form["template"].choices = list(choices)
        maps = dict.fromkeys(["", mailout.plan.map, *office().templates.maps])
        form["map"].choices = [(each, each or "none") for each in maps]
    return form


def _needed(plan: Plan) -> frozenset[str]:
    """Return the facts that the wording prints; none if there is no such folder."""
    try:
        names = office().templates.names(plan.template)
    except CannotRender:
        return frozenset()
    return names.needed | names.optional


def _shown(
    name: str, group: Group, form: PlanForm, status: int = 200, problems: Sequence[str] = ()
) -> tuple[str, int]:
    return page(
        "plans/group.html",
        status,
        name=name,
        group=group,
        form=form,
        problems=problems,
        errors=form.errors or problems,
    )
