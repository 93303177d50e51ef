"""Begin a mailout: from last year's, from a file, or from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from flask import Blueprint, flash, redirect, request
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired

from dispatch.database import Session
from dispatch.domain.errors import BadInput
from dispatch.domain.letters.next_year import Left, left
from dispatch.domain.mailout import Plan
from dispatch.domain.people.account import AccountRole
from dispatch.files.plan import written
from dispatch.files.plan.plan import PlanFile
from dispatch.files.shipped import shipped
from dispatch.files.tables.faults import Faults
from dispatch.letters import plan
from dispatch.letters.plan import Edit, from_last_years
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.web.access import may, office, word
from dispatch.web.forms import Form
from dispatch.web.plans.change import MOVED, Answer
from dispatch.web.plans.fields import Day, Hour, Lines, Moment, Text
from dispatch.web.plans.form import PlanForm
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

new = Blueprint("new_mailout", __name__)

NOTHING: Final = "nothing"
"""Stands for the name of the mailout that a plan is begun from."""

TAKEN: Final = "there is a mailout of this name already; give the new one another"


class Upload(Form):
    """A plan that somebody wrote as a file."""

    file = FileField(
        "The plan's file",
        description="The TOML file alone, or a ZIP of it with its folders of paragraphs and "
        "spreadsheets.",
        validators=[InputRequired("Choose a file")],
    )


class Beginning(PlanForm):
    """What of last year's plan is surely another this year."""

    source = HiddenField()
    name = Text(
        "Name of the mailout",
        description="Small letters, digits and hyphens. It stays the same for ever.",
    )
    title = Text("Title", description="What the letter and its email are called.")
    year = Text("Year of the figures", description="For example, 2019-20.")
    year_end = Day("The day on which that year ended")
    dates__letter = Day("Letter date")
    dates__send_at = Hour("Time at which they go", description="London's time.")
    dates__not_after = Moment(
        "Stop trying at", description="At the latest on the day of the upload."
    )
    dates__upload = Day("Upload date", description="The letters and figures become public.")

    BESIDE: ClassVar = PlanForm.BESIDE | {"source", "file"}
    PLACES: ClassVar = {"dates.sending_hours": "dates__send_at", "dates": "dates__letter"}

    def averages(self) -> tuple[str, bytes] | None:
        """Return the name and bytes of this year's averages, if they are asked for and given."""
        sent = self["file"].data if "file" in self else None
        is_there = bool(sent and getattr(sent, "filename", ""))
        return (sent.filename, sent.read()) if is_there and sent else None


class WithAverages(Beginning):
    """The same where the averages of last year came from a file."""

    file = FileField(
        "This year's published averages",
        description="A spreadsheet with the columns group, measure and percent.",
    )
    PLACES: ClassVar = {**Beginning.PLACES, "averages": "file"}


class FromNothing(Beginning):
    """The same where there is no mailout before: what nobody can guess."""

    template = SelectField("Wording", description="The folder of templates for the letters.")
    inclusion__kinds = Lines(
        "Kinds of authority that get a letter", description="One on each line."
    )
    signatory__name = Text("Who signs")
    signatory__lines = Lines("Lines under the name", description="Office and title, a line each.")


@dataclass(frozen=True, slots=True)
class Base:
    """What a plan is begun from: the plan, its digest, and what is left behind of it."""

    source: str
    plan: Plan
    digest: str
    before: Plan | None = None
    left: Left | None = None


@new.get("/mailouts/new")
@may(AccountRole.EDITOR)
def choose() -> Answer:
    """Show what a mailout can be begun from, or the form once that is chosen."""
    source = request.args.get("from", "")
    if source:
        with office().sessions.read() as session:
            base = _base(session, source)
        return _begun(base, _form(base))
    return _ways(Upload())


def _ways(upload: Upload, status: int = 200, problems: Sequence[str] = ()) -> tuple[str, int]:
    with office().sessions.read() as session:
        found = [(each.name, each.plan.title, each.plan.year) for each in mailouts(session)]
    return page(
        "plans/new.html",
        status,
        mailouts=found,
        form=upload,
        problems=problems,
        errors=upload.errors or problems,
    )


@new.post("/mailouts/new")
@may(AccountRole.EDITOR)
def begin() -> Answer:
    """Plan a mailout as a form says."""
    with office().sessions.read() as session:
        base = _base(session, request.form.get("source", NOTHING))
    form = _form(base)
    if not form.validate_on_submit():
        return _begun(base, form, 400)
    if form.digest.data != base.digest:
        return _begun(base, form, CONFLICT, [MOVED])
    faults = Faults(form["name"].data or "the plan")
    try:
        with office().sessions.begin() as session:
            edit = Edit(keys=form.keys(), averages=form.averages())
            return _saved(session, plan.edited(session, base.plan, edit, faults))
    except _TakenError:
        form["name"].errors = [f"“{form['name'].data}”: {TAKEN}"]
        return _begun(base, form, 400)
    except BadInput as error:
        problems = form.blame(faults.found) if faults.found else [*error.problems]
        return _begun(base, form, 400, problems)


@new.post("/mailouts/new/file")
@may(AccountRole.EDITOR)
def upload() -> Answer:
    """Plan a mailout as a file says."""
    form = Upload()
    if not form.validate_on_submit():
        return _ways(form, 400)
    sent = form.file.data
    unsaid = plan.new_plan(is_real=not office().settings.uses_catcher)
    try:
        with office().sessions.begin() as session:
            file = plan.read_upload(session, sent.filename or "plan", sent.read(), unsaid)
            return _saved(session, file)
    except _TakenError as error:
        return _ways(form, 400, [f"{error}: {TAKEN}, or change the plan on its page"])
    except BadInput as error:
        return _ways(form, 400, error.problems or [str(error)])


class _TakenError(Exception):
    """There is a mailout of that name."""


def _saved(session: Session, file: PlanFile) -> Answer:
    proposal = plan.propose(session, file)
    if proposal.state is not None:
        raise _TakenError(file.plan.name)
    name = plan.save(session, file, word(), proposal.digest).name
    flash(f"{name} is planned")
    return redirect(f"/mailouts/{name}/plan")


EXAMPLE: Final = shipped("config") / "mailouts"


def _base(session: Session, source: str) -> Base:
    """Return what a plan is begun from. Raises `NotFound` for a mailout that there is not."""
    if source != NOTHING:
        mailout = mailout_named(session, source)
        before = mailout.plan
        return Base(source, from_last_years(mailout), mailout.plan_digest, before, left(before))
    [example, *_] = plan.examples(EXAMPLE)
    bare = replace(example, constants={}, bespoke={}, attachments={}, substitutes={})
    unsaid = plan.new_plan(is_real=not office().settings.uses_catcher)
    usual = replace(
        bare,
        first_letters_minutes=unsaid.first_letters_minutes,
        confirm_days=unsaid.confirm_days,
    )
    return Base(NOTHING, usual, NOTHING)


def _form(base: Base) -> Beginning:
    if base.left is None:
        empty: dict[str, Any] = {"inclusion__kinds": list(base.plan.inclusion.kinds)}
        form: Beginning = FromNothing(data={"source": NOTHING, "digest": NOTHING, **empty})
        form["template"].choices = office().templates.known
        return form
    kind = WithAverages if base.left.has_averages else Beginning
    table = written.table_of(base.plan)
    given = {"source": base.source, "digest": base.digest}
    return kind(data={**kind.filled_from(table), **given})


def _begun(
    base: Base, form: Beginning, status: int = 200, problems: Sequence[str] = ()
) -> tuple[str, int]:
    return page(
        "plans/begin.html",
        status,
        base=base,
        form=form,
        problems=problems,
        errors=form.errors or problems,
    )
