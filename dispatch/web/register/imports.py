"""Files of authorities, contacts and figures: brought in, shown, and taken in once agreed to."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # stubs of before
from wtforms.validators import InputRequired

from dispatch.database import Session
from dispatch.database.tables import StagedFile
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.jobs.job import Job, JobKind
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.staging import Reading, StagedState
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import capitalised
from dispatch.files.tables.given import examples
from dispatch.files.tables.headings import OtherKind
from dispatch.jobs import orders
from dispatch.register import staging
from dispatch.register.file_kinds import KINDS, File
from dispatch.register.staging import Agreed, Moved
from dispatch.register.store import authorities, staged
from dispatch.register.store.staged import Placed
from dispatch.views import staged as views
from dispatch.web.access import may, office, word
from dispatch.web.forms import Confirmation, Form, reason
from dispatch.web.keys import key, number
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

imports = Blueprint("imports", __name__)

ROWS: Final = 50
"""Rows of a page."""

CSV: Final = "text/csv; charset=utf-8"

Page = tuple[str, int]


class NewFile(Form):
    """A file to bring in."""

    kind = RadioField(
        "What is in the file?",
        choices=[SelectChoice(kind, kind.capitalize()) for kind in KINDS],
        validators=[InputRequired("Choose what is in the file")],
    )
    file = FileField(
        "The file",
        description="CSV, XLSX or ODS, of at most 20 MB and 100,000 rows. It is kept as it comes.",
    )
    is_complete = BooleanField(
        "It names everybody: contacts in its roles who are not in it have left",
        description="Only for contacts. Leave it empty if the file has only some of them.",
    )


class ReadAgain(Form):
    """What a person says of a file, to have it read once more."""

    ignores_unknown = BooleanField("Pass over the columns that mean nothing here")
    although = reason(
        "Why is each of these addresses right?",
        description="The ledger keeps it, if the file is taken in.",
    )


class TakeIn(Confirmation):
    """The agreement to what a file changes."""

    file = HiddenField(validators=[InputRequired()])
    looked = BooleanField("I have looked at the addresses above, and each is right")
    because = reason("Why? (optional)", description="The ledger keeps it with what you do.")


@imports.get("/imports")
@may(AccountRole.VIEWER)
def every() -> Page:
    """Show the files that came in, the newest first."""
    with office().sessions.read() as session:
        found = staged.page(session, after=key("after"), limit=ROWS + 1)
        files = [views.listed_file(each, _reading(session, each)) for each in found[:ROWS]]
    after = str(files[-1].id) if len(found) > ROWS else ""
    return page("register/imports/every.html", files=files, after=after, kinds=list(KINDS))


def _reading(session: Session, row: StagedFile) -> Reading | None:
    """Return what was read in a file; what somebody else wrote is a fault of the file."""
    try:
        return staged.reading(session, row)
    except RuleBroken as error:
        return Reading(about_file=(str(error),))


@imports.get("/imports/new")
@may(AccountRole.EDITOR)
def new() -> Page:
    """Ask for a file."""
    kind = request.args.get("kind")
    return _ask(NewFile(kind=kind if kind in KINDS else None))


def _ask(form: NewFile, status: int = 200, error: BadInput | None = None) -> Page:
    return page(
        "register/imports/new.html",
        status,
        form=form,
        errors=form.errors,
        remedy=error.remedy if error else None,
        columns={kind: examples.columns(kind) for kind in KINDS},
        required={kind: examples.EXAMPLES[kind][0].required for kind in KINDS},
    )


@imports.post("/imports/new")
@may(AccountRole.EDITOR)
def bring() -> Page | Response:
    """Keep a file as it came, and show what was read in it."""
    form = NewFile()
    given = request.files.get("file")
    if not given or not given.filename:
        form.validate()
        form.file.errors = ["Choose a file"]
        return _ask(form, 400)
    if not form.validate():
        return _ask(form, 400)
    app = office()
    with given.stream as stream:
        content = stream.read()
    file = File(
        form.kind.data,
        staging.plain_name(given.filename),
        content,
        is_complete=bool(form.is_complete.data) and form.kind.data == "contacts",
    )
    try:
        staged_id = staging.bring(app.sessions, file, word(), drawable=app.templates.drawable)
    except BadInput as error:
        form.file.errors = [_one_sentence(error, file)]
        return _ask(form, 400, error)
    return redirect(f"/imports/{staged_id}", 303)


def _one_sentence(error: BadInput, file: File) -> str:
    """Say what a file is that cannot be read, without what a command line would have for it."""
    if isinstance(error, OtherKind):
        return f"This is a file of {error.kind}, not of {file.kind}: choose “{error.kind}” above"
    said = str(error).removeprefix(f"{file.name}: ").removeprefix(f"{file.name}, ")
    return capitalised(said)


@imports.get("/imports/<uuid:staged_id>")
@may(AccountRole.VIEWER)
def one(staged_id: UUID) -> Page:
    """Show what is wrong in a file, or what it changes."""
    return _shown(staged_id)


def _shown(
    staged_id: UUID,
    status: int = 200,
    *,
    form: TakeIn | None = None,
    moved: Moved | None = None,
) -> Page:
    after = number("after") or 0
    with office().sessions.read() as session:
        row = staged.by_id(session, staged_id)
        reading, lines = _read(session, row, after)
        values: dict[str, Any] = {
            "file": views.listed_file(row, reading),
            "row": _facts(row),
            "reading": reading,
            "job": _job(session, row),
            "same": staged.same(session, row),
            "after": lines[ROWS - 1].place if len(lines) > ROWS else 0,
            "is_first": not after,
        }
        kind, terms = row.kind, (row.sha256, row.difference)
    if reading is None:
        return page("register/imports/reading.html", status, **values)
    values["remarks"] = list(views.remarks(reading))
    values["moved"] = _moved(moved, kind)
    if reading.about_file or values["file"].state is StagedState.FAULTY:
        faults = [views.fault_view(each.line, reading.headings) for each in lines[:ROWS]]
        again = ReadAgain(formdata=None)
        upload = NewFile(formdata=None, kind=kind)
        values |= {"faults": faults, "again": again, "upload": upload}
        return page("register/imports/faults.html", status, **values)
    form = form or TakeIn(formdata=None)
    form.file.data, form.digest.data = terms
    changes = [views.change_view(each, kind) for each in lines[:ROWS]]
    values |= {
        "changes": changes,
        "count": views.changes_of(reading),
        "voided": [views.voided_in_words(each) for each in reading.voided],
        "form": form,
        "errors": form.errors,
    }
    return page("register/imports/difference.html", status, **values)


def _read(session: Session, row: StagedFile, after: int) -> tuple[Reading | None, list[Placed]]:
    """Return what was read in a file, and a page of its lines, with one more if there is one."""
    reading = _reading(session, row)
    if reading is None or not reading.lines:
        return reading, []
    try:
        return reading, staged.lines(session, row, after=after, limit=ROWS + 1)
    except RuleBroken as error:
        return Reading(about_file=(str(error),)), []


def _facts(row: StagedFile) -> dict[str, Any]:
    """Return what is known of a file apart from what was read in it."""
    return {
        "sha256": row.sha256,
        "size": row.size,
        "rows": row.rows,
        "is_complete": row.is_complete,
        "although": row.although,
        "taken_in_at": row.taken_in_at,
        "taken_in_by": row.taken_in_by,
        "is_kept": row.mac is not None or row.state is StagedState.UNREAD,
    }


def _job(session: Session, row: StagedFile) -> Job | None:
    """Return the job that reads or takes in a large file, if there is one to wait for."""
    if row.state is StagedState.UNREAD:
        return orders.last(session, JobKind.READ_FILE, str(row.id))
    if row.state is StagedState.READ and row.rows > staging.AT_ONCE:
        return orders.last(session, JobKind.TAKE_IN, str(row.id))
    return None


def _moved(moved: Moved | None, kind: str) -> dict[str, list[str]] | None:
    if moved is None:
        return None
    most = views.MOST_SAID
    return {
        "gone": [views.line_in_words(each, kind) for each in moved.gone[:most]],
        "come": [views.line_in_words(each, kind) for each in moved.come[:most]],
    }


@imports.post("/imports/<uuid:staged_id>")
@may(AccountRole.EDITOR)
def take_in(staged_id: UUID) -> Page | Response:
    """Take in a file, exactly as its page has shown it."""
    form = TakeIn()
    difference = form.agreed()
    with office().sessions.read() as session:
        row = staged.by_id(session, staged_id)
        reading, name = staged.reading(session, row), row.name
        count = counted(views.changes_of(reading or Reading()), "change", "changes")
    if reading and reading.odd and not form.looked.data:
        form.looked.errors = ["Say that you have looked at the addresses"]
        return _shown(staged_id, 400, form=form)
    app, because = office(), word(str(form.because.data or ""))
    drawable, agreed = app.templates.drawable, Agreed(str(form.file.data), difference)
    try:
        is_done = staging.confirm(app.sessions, staged_id, agreed, because, drawable=drawable)
    except ChangedMeanwhile:
        moved = staging.refreshed(app.sessions, staged_id, because, drawable=drawable)
        return _shown(staged_id, CONFLICT, moved=moved)
    if is_done:
        flash(f"{name} is taken in: {count}.")
    return redirect(f"/imports/{staged_id}", 303)


@imports.post("/imports/<uuid:staged_id>/reading")
@may(AccountRole.EDITOR)
def read_again(staged_id: UUID) -> Response:
    """Read a file once more, with what the person says of it."""
    form, app = ReadAgain(), office()
    if form.validate():
        staging.read_again(
            app.sessions,
            staged_id,
            word(),
            ignores_unknown=bool(form.ignores_unknown.data),
            although=str(form.although.data or ""),
            drawable=app.templates.drawable,
        )
    return redirect(f"/imports/{staged_id}", 303)


@imports.get("/imports/<uuid:staged_id>/what-is-wrong.csv")
@may(AccountRole.EDITOR)
def marked(staged_id: UUID) -> Response:
    """Give the file back with one more column, which says what is wrong."""
    with office().sessions.read() as session:
        name = staged.by_id(session, staged_id).name
        content = b"".join(staging.marked(session, staged_id))
    return _file(content, f"{name.rpartition('.')[0] or name} - what is wrong.csv", CSV)


@imports.get("/imports/<uuid:staged_id>/file")
@may(AccountRole.EDITOR)
def as_it_came(staged_id: UUID) -> Response:
    """Give the file back as it came."""
    with office().sessions.read() as session:
        row = staged.by_id(session, staged_id)
        name, content = row.name, staged.content(session, row)
    return _file(content, name, "application/octet-stream")


@imports.get("/imports/examples/<any(authorities, contacts, figures):kind>.csv")
@may(AccountRole.VIEWER)
def example(kind: str) -> Response:
    """Give an example of a kind of file, about an authority that is registered."""
    with office().sessions.read() as session:
        code = authorities.any_code(session)
    content = examples.example(kind, code) if code else examples.example(kind)
    return _file(content, f"{kind}-example.csv", CSV)


def _file(content: bytes, name: str, media_type: str) -> Response:
    answer = Response(content, mimetype=media_type)
    plain = staging.plain_name(name)  # a name in the database may be somebody else's: it stays one
    answer.headers.set("Content-Disposition", "attachment", filename=plain)
    return answer
