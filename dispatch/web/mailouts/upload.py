"""Make the letters of a mailout public: what that is, how far it is, and the folder as a file."""

from __future__ import annotations

import tempfile
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as Answer

from dispatch.database import Session
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, NotFound, RuleBroken
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.people.account import AccountRole
from dispatch.files import bundles
from dispatch.jobs import orders as jobs
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import orders
from dispatch.publishing.upload import is_early
from dispatch.register.store import authorities
from dispatch.views.upload import job_view
from dispatch.web.access import confirmed, may, office, signed_in, word
from dispatch.web.forms import Confirmation, reason
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

upload = Blueprint("upload", __name__)

SEEN_DIGITS: Final = 12


class MakePublic(Confirmation):
    """The upload, with a reason if somebody is not surely reached."""

    because = reason("Why make them public all the same? The ledger keeps it.")


@upload.get("/mailouts/<name>/upload")
@may(AccountRole.VIEWER)
def look(name: str) -> tuple[str, int]:
    """Show what would become public and who is unreached, or how far an upload is."""
    with office().sessions.read() as session:
        return _shown(session, name, MakePublic(formdata=None))


@upload.post("/mailouts/<name>/upload")
@may(AccountRole.APPROVER)
@confirmed
def make_public(name: str) -> tuple[str, int] | Answer:
    """Ask for the upload that the page showed; a worker carries it out."""
    app, form = office(), MakePublic()
    agreed, because = form.digest.data or "", form.because.data or ""
    is_whole = form.validate_on_submit()
    try:
        with app.sessions.begin() as session:
            found = orders.outlook(session, mailout_named(session, name))
            if is_whole and found.unreached and not because and found.digest == agreed:
                form.because.errors = ["Give a reason, since not everybody is reached"]
                is_whole = False
            if not is_whole:
                return _shown(session, name, form, 400)
            orders.order(session, name, agreed, word(because))
    except ChangedMeanwhile:
        with app.sessions.read() as session:
            return _shown(session, name, form, CONFLICT)
    return redirect(f"/mailouts/{name}/upload")


@upload.get("/mailouts/<name>/upload/live")
@may(AccountRole.VIEWER)
def live(name: str) -> Response:
    """Show how far the upload is; 204 if that is what the page shows already."""
    with office().sessions.read() as session:
        values = _job(session, name)
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    return Response(render_template("mailouts/upload_live.html", name=name, **values))


@upload.get("/mailouts/<name>/upload/bundle.zip")
@may(AccountRole.VIEWER)
def bundle(name: str) -> Response:
    """Give the public folder, with all years in it, as one archive."""
    folder = office().settings.public_folder
    if not bundles.is_there(folder):
        raise NotFound("nothing has been made public yet")
    found = bundles.read(folder)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed once it is sent
    try:
        bundles.archive(found, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    answer = send_file(
        file, mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip"
    )
    del answer.headers["Cache-Control"]  # it would be kept, and asked for again: ours says neither
    return answer


def _shown(session: Session, name: str, form: MakePublic, status: int = 200) -> tuple[str, int]:
    app = office()
    mailout = mailout_named(session, name)
    obstacle, found = None, None
    try:
        found = orders.outlook(session, mailout)
    except RuleBroken as error:
        obstacle = error
    unreached = sorted(found.unreached) if found else []
    names = authorities.names(session, unreached)
    if found:
        form.show(found)
    return page(
        "mailouts/upload.html",
        status,
        name=name,
        mailout=mailout.plan.title,
        upload_date=mailout.plan.upload_date,
        found=found,
        obstacle=obstacle,
        is_early=found is not None and is_early(found, app.clock()),
        unreached=[(code, names.get(code, code)) for code in unreached],
        may_upload=signed_in().may(AccountRole.APPROVER),
        has_changed=status == CONFLICT,
        form=form,
        **_job(session, name),
    )


def _job(session: Session, name: str) -> dict[str, Any]:
    """Return how far the last upload is that a page asked for, and whether there is a folder."""
    job = jobs.last(session, JobKind.UPLOAD, name)
    said = job_view(job) if job else None
    has_folder = bundles.is_there(office().settings.public_folder)
    return {
        "job": said,
        "has_folder": has_folder,
        "seen": sha256(repr(said).encode())[:SEEN_DIGITS],
    }
