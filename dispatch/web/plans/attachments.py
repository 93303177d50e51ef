"""Spreadsheets for one authority: brought in, matched by their names, and put into the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Attachment, Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.authority import Authority
from dispatch.domain.wording.counts import counted
from dispatch.files import authorities as codes
from dispatch.files.tables.faults import Wrong
from dispatch.letters.plan import Edit
from dispatch.mailouts.store import mailout_named
from dispatch.register import enclosures
from dispatch.register.enclosures import Aside
from dispatch.register.staging import plain_name
from dispatch.register.store import authorities, staged
from dispatch.web.access import may, office, word
from dispatch.web.forms import Form
from dispatch.web.plans.change import Answer, Wanted, carry_out
from dispatch.web.plans.form import PlanForm
from dispatch.web.plans.plan import can_change
from dispatch.web.shown import page

attachments = Blueprint("attachments", __name__)

Page = tuple[str, int]

OF: Final = "authority-"
"""Begins the name of the field that says whose a file is."""


class Enclosed(PlanForm):
    """What to do with the spreadsheets; its fields are named after the files."""


@dataclass(frozen=True, slots=True)
class Row:
    """A spreadsheet that is kept aside, with what a person typed of whose it is."""

    file: Aside
    typed: str
    wrong: str


@attachments.get("/mailouts/<name>/plan/attachments")
@may(AccountRole.VIEWER)
def every(name: str) -> Page:
    """Show who has spreadsheets, and what is kept aside."""
    return _shown(name)


def _shown(name: str, status: int = 200, problems: Sequence[str] = ()) -> Page:
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        known = authorities.by_code(session)
        aside = enclosures.waiting(session, name, known)
        form = Enclosed(formdata=None, data={"digest": mailout.plan_digest})
        given = sorted(mailout.plan.attachments.items())
        is_open = can_change(mailout)
    return page(
        "plans/attachments.html",
        status,
        name=name,
        given=[(code, _called(known, code), files) for code, files in given],
        rows=[_row(each, known) for each in aside],
        is_open=is_open,
        form=form,
        problems=problems,
        errors=problems,
    )


def _called(known: Mapping[str, Authority], code: str) -> str:
    return known[code].name if code in known else code


def _row(file: Aside, known: Mapping[str, Authority]) -> Row:
    typed = request.form.get(f"{OF}{file.id}", file.code or "").strip()
    try:
        _code(typed, known)
    except Wrong as rule:
        return Row(file, typed, f"“{typed}” {rule}")
    return Row(file, typed, "")


def _code(typed: str, known: Mapping[str, Authority]) -> str:
    """Return the code that somebody typed, or a name in its place; nothing for nothing."""
    return codes.named(known)(typed) if typed else ""


@attachments.post("/mailouts/<name>/plan/attachments/files")
@may(AccountRole.EDITOR)
def bring(name: str) -> Page | Response:
    """Keep spreadsheets aside, each with the authority that its name names."""
    files = [each for each in request.files.getlist("files") if each.filename]
    if not Form().validate() or not files:
        return _shown(name, 400, ["Choose one file or more"])
    problems = []
    for each in files:
        with each.stream as stream:
            content = stream.read()
        try:
            with office().sessions.begin() as session:
                mailout_named(session, name)
                own_name = plain_name(each.filename or "")
                enclosures.keep(session, name, own_name, content, word())
        except BadInput as error:
            problems.append(str(error))
    if problems:
        return _shown(name, 400, problems)
    flash(f"{counted(len(files), 'file has', 'files have')} come in. The plan is as it was.")
    return redirect(f"/mailouts/{name}/plan/attachments", 303)


@attachments.post("/mailouts/<name>/plan/attachments")
@may(AccountRole.EDITOR)
def change(name: str) -> Answer:
    """Put spreadsheets into the plan, take some out, and delete what is kept aside."""
    form = Enclosed()
    if not form.validate_on_submit():
        return _shown(name, 400, ["The form is not whole: open the page again"])
    app, unwanted = office(), set(_ids(request.form.getlist("drop")))
    with app.sessions.read() as session:
        plan, known = mailout_named(session, name).plan, authorities.by_code(session)
        rows = [_row(each, known) for each in enclosures.waiting(session, name, known)]
        problems = [f"{each.file.name}: {each.wrong}" for each in rows if each.wrong]
        wanted = {
            each.file.id: _code(each.typed, known)
            for each in rows
            if each.typed and not each.wrong and each.file.id not in unwanted
        }
        kept = _without(plan, set(request.form.getlist("out")))
        try:
            coming, documents = enclosures.attached(session, name, kept, wanted)
        except BadInput as error:
            problems.append(str(error))
    if problems:
        return _shown(name, 400, problems)
    after = f"/mailouts/{name}/plan/attachments"
    gone = {code: kept[code] for code in kept if list(plan.attachments[code]) != kept[code]}
    edit = Edit(attachments={**gone, **coming}, documents=documents)
    answer: Answer = redirect(after, 303)
    if edit.attachments:
        again = lambda status, words: _shown(name, status, words)  # noqa: E731 - one line
        answer = carry_out(name, Wanted(form, edit, after), again)
    if isinstance(answer, Response):
        with app.sessions.begin() as session:
            staged.drop(session, name, {*unwanted, *wanted})
    return answer


def _ids(values: Sequence[str]) -> Iterator[UUID]:
    for value in values:
        try:
            yield UUID(value)
        except ValueError:
            continue


def _without(plan: Plan, out: set[str]) -> dict[str, list[Attachment]]:
    """Return the spreadsheets of a plan without those named, each as CODE and its digest."""
    return {
        code: [each for each in files if f"{code} {each.sha256}" not in out]
        for code, files in plan.attachments.items()
    }
