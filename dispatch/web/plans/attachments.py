"""Spreadsheets for one authority: brought in, matched by their names, and put into the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.database import Session
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
    code: str
    """Of the authority that this names; empty for none."""
    wrong: str


@attachments.get("/mailouts/<name>/plan/attachments")
@may(AccountRole.VIEWER)
def every(name: str) -> Page:
    """Show who has spreadsheets, and what is kept aside."""
    return _shown(name)


def _shown(name: str, status: int = 200, problems: Sequence[str] = ()) -> Page:
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        rows = _rows(session, name)
        form = Enclosed(formdata=None, data={"digest": mailout.plan_digest})
        given = sorted(mailout.plan.attachments.items())
        names = authorities.names(session, mailout.plan.attachments)
        called = mailout.plan.title
        is_open = can_change(mailout)
    return page(
        "plans/attachments.html",
        status,
        name=name,
        called=called,
        given=[(code, names.get(code, code), files) for code, files in given],
        rows=rows,
        is_open=is_open,
        form=form,
        problems=problems,
        errors=problems,
    )


def _rows(session: Session, name: str) -> list[Row]:
    """Return what is kept aside, each with what a person typed of whose it is, if anything."""
    aside = enclosures.waiting(session, name)
    typed = {each.id: request.form.get(f"{OF}{each.id}", each.code or "").strip() for each in aside}
    is_as_it_came = all(typed[each.id] in {"", each.code} for each in aside)
    known = {} if is_as_it_came else authorities.by_code(session)
    return [_row(each, typed[each.id], known) for each in aside]


def _row(file: Aside, typed: str, known: Mapping[str, Authority]) -> Row:
    if typed in {"", file.code}:
        return Row(file, typed, typed, "")
    try:
        return Row(file, typed, codes.named(known)(typed), "")
    except Wrong as rule:
        return Row(file, typed, "", f"“{typed}” {rule}")


@attachments.post("/mailouts/<name>/plan/attachments/files")
@may(AccountRole.EDITOR)
def bring(name: str) -> Page | Response:
    """Keep spreadsheets aside, each with the authority that its name names."""
    files = [each for each in request.files.getlist("files") if each.filename]
    if not Form().validate() or not files:
        return _shown(name, 400, ["Choose one file or more"])
    problems = []
    with office().sessions.read() as session:
        known = enclosures.file_names(session)
    for each in files:
        with each.stream as stream:
            content = stream.read()
        try:
            with office().sessions.begin() as session:
                mailout_named(session, name)
                own_name = plain_name(each.filename or "")
                enclosures.keep(session, name, own_name, content, word(), known)
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
        plan, rows = mailout_named(session, name).plan, _rows(session, name)
        problems = [f"{each.file.name}: {each.wrong}" for each in rows if each.wrong]
        wanted = {
            each.file.id: each.code for each in rows if each.code and each.file.id not in unwanted
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
