"""New versions of letters: those there are, proposing one, and approving what waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.corrections import approve_version, reissue
from dispatch.corrections.approve_version import VersionsProposal
from dispatch.corrections.reissue import Asked
from dispatch.domain.errors import ChangedMeanwhile, NotFound, RuleBroken
from dispatch.domain.letter import Draft, LetterState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.codes import called
from dispatch.letters.store import versions
from dispatch.mailouts.store import mailout_named
from dispatch.register.search import meant
from dispatch.register.store import authorities
from dispatch.views.versions import pending_view, version_views
from dispatch.web.access import confirmed, may, office, signed_in, word
from dispatch.web.forms import Confirmation, Reasoned
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

reissues = Blueprint("reissues", __name__)


class Propose(Reasoned):
    """Leaves new versions for a second person."""


class SendBack(Reasoned):
    """Withdraws them."""


@reissues.get("/mailouts/<name>/reissues")
@may(AccountRole.VIEWER)
def every(name: str) -> tuple[str, int]:
    """Show the versions that wait, and those that have taken the place of another."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        found = versions.later(session, mailout)
        names = authorities.names(session, {each.authority_code for each in found})
        title = mailout.plan.title
    account = signed_in()
    return page(
        "mailouts/reissues.html",
        name=name,
        mailout=title,
        waiting=[each for each in found if each.state is LetterState.PROPOSED],
        gone=[each for each in found if each.state is not LetterState.PROPOSED],
        names=names,
        may_propose=account.may(AccountRole.EDITOR),
        may_approve=account.may(AccountRole.APPROVER),
    )


@reissues.get("/mailouts/<name>/reissues/new")
@may(AccountRole.EDITOR)
def new(name: str) -> tuple[str, int] | Response:
    """Ask whose letter, or show what would change in it and in which others."""
    asked = _asked()
    if not asked.codes:
        with office().sessions.read() as session:
            title = mailout_named(session, name).plan.title
        return page("mailouts/reissue_whose.html", name=name, mailout=title)
    try:
        return _proposed(name, asked, Propose(formdata=None))
    except NotFound:
        if code := _meant(asked.codes):
            readdress = "yes" if asked.is_readdressed else None
            return redirect(url_for("reissues.new", name=name, authority=code, readdress=readdress))
        raise


def _meant(typed: Sequence[str]) -> str | None:
    """Return the code of the one authority that somebody means by a name; None if it is none."""
    with office().sessions.read() as session:
        found = meant(session, typed[0]) if len(typed) == 1 else ()
    return found[0].code if len(found) == 1 and found[0].code != typed[0] else None


@reissues.get("/mailouts/<name>/reissues/new/others")
@may(AccountRole.EDITOR)
def others(name: str) -> tuple[str, int]:
    """Show some of the other letters that would say something else now, too."""
    app, asked, after = office(), _asked(), request.args.get("after")
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        found = reissue.others(session, app.templates, mailout, asked.codes, after)
        names = authorities.names(session, [each.code for each in found.found])
    here = partial(url_for, name=name, authority=asked.codes)
    return page(
        "mailouts/reissue_others.html",
        name=name,
        mailout=mailout.plan.title,
        found=found,
        names=names,
        after=after,
        proposal=here("reissues.new") if asked.codes else "",
        following=here("reissues.others", after=found.end) if found.end else "",
    )


@reissues.post("/mailouts/<name>/reissues/new")
@may(AccountRole.EDITOR)
def propose(name: str) -> tuple[str, int] | Response:
    """Leave the versions that the page showed for a second person to approve."""
    app, form, asked = office(), Propose(), _asked()
    if not form.validate_on_submit():
        return _proposed(name, asked, form, 400)
    means, reasoned = (app.sessions, app.templates), word(form.because.data or "")
    try:
        codes = reissue.carry_out(means, name, asked, form.agreed(), reasoned)
    except ChangedMeanwhile:
        return _proposed(name, asked, form, CONFLICT)
    flash(f"The new version for {', '.join(codes)} waits for somebody else to approve it.")
    return redirect(f"/mailouts/{name}/reissues")


def _asked() -> Asked:
    given = [each.strip() for each in request.args.getlist("authority")]
    is_readdressed = request.args.get("readdress") == "yes"
    return Asked(codes=tuple(filter(None, given)), is_readdressed=is_readdressed)


def _proposed(name: str, asked: Asked, form: Propose, status: int = 200) -> tuple[str, int]:
    app = office()
    proposal = reissue.look((app.sessions, app.templates), name, asked, now=app.clock())
    codes = [each.redraft.code for each in proposal.versions]
    form.show(proposal)
    return page(
        "mailouts/reissue.html",
        status,
        name=name,
        mailout=proposal.versions[0].redraft.draft.content.title,
        asked=asked,
        versions=version_views(proposal),
        names=dict(_called(each.redraft.code, each.redraft.draft) for each in proposal.versions),
        others="" if asked.is_readdressed else url_for(".others", name=name, authority=codes),
        has_changed=status == CONFLICT,
        form=form,
    )


@reissues.get("/mailouts/<name>/reissues/approval")
@may(AccountRole.APPROVER)
def approval(name: str) -> tuple[str, int]:
    """Show the versions that wait: the same lines as the person saw who proposed them."""
    return _pending(name)


@reissues.post("/mailouts/<name>/reissues/approval")
@may(AccountRole.APPROVER)
@confirmed
def approve(name: str) -> tuple[str, int] | Response:
    """Approve what the page showed, and send it."""
    app, agreed = office(), Confirmation().agreed()
    try:
        rows = approve_version.carry_out((app.sessions, app.templates), name, agreed, word())
    except ChangedMeanwhile:
        return _pending(name, trouble=OTHERS, status=CONFLICT)
    except RuleBroken as error:
        return _pending(name, trouble=str(error), status=CONFLICT)
    flash(
        "Approved: 1 message is queued." if len(rows) == 1 else f"Approved: {len(rows):,} queued."
    )
    return redirect(f"/mailouts/{name}/unreached")


@reissues.post("/mailouts/<name>/reissues/approval/send-back")
@may(AccountRole.APPROVER)
def send_back(name: str) -> tuple[str, int] | Response:
    """Withdraw what the page showed, with a reason; the letters in force stay."""
    form = SendBack()
    if not form.validate_on_submit():
        return _pending(name, form, status=400)
    try:
        with office().sessions.begin() as session:
            reasoned = word(form.because.data or "")
            gone = approve_version.send_back(session, name, form.agreed(), reasoned)
    except ChangedMeanwhile:
        return _pending(name, form, trouble=OTHERS, status=CONFLICT)
    flash(f"Sent back: the new version for {', '.join(gone)}. The letters in force stay.")
    return redirect(f"/mailouts/{name}/reissues")


OTHERS: Final = "other versions wait now than you were shown: look at them again"


def _pending(
    name: str, form: SendBack | None = None, *, trouble: str = "", status: int = 200
) -> tuple[str, int]:
    title, proposal, why_not = _waiting(name)
    back, own = form or SendBack(formdata=None), Confirmation(formdata=None)
    waiting = proposal.versions if proposal else ()
    found = [pending_view(each) for each in waiting]
    if proposal:
        back.show(proposal)
        own.show(proposal)
    return page(
        "mailouts/reissues_approval.html",
        status,
        name=name,
        mailout=title,
        found=found,
        recipients=sum(len(each.recipients) for each in found),
        failures=proposal.failures if proposal else (),
        digest=proposal.digest if proposal else "",
        names=dict(_called(each.letter.authority_code, each.letter.draft) for each in waiting),
        why_not=why_not,
        trouble=trouble,
        approve=own,
        back=back,
    )


def _called(code: str, draft: Draft) -> tuple[str, str]:
    """Return the code of a letter, and what it is called."""
    known = {each.code: each.name for each in (draft.content.authority, draft.content.addressed_to)}
    return code, called([code], known)[code]


def _waiting(name: str) -> tuple[str, VersionsProposal | None, str]:
    """Return the mailout's title, what waits, and why this person cannot approve it.

    None if nothing waits.
    """
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        shown = approve_version.waiting(session, mailout)
        if shown is None:
            return mailout.plan.title, None, ""
        try:
            proposal = approve_version.checked(session, shown, word(), lambda each, _: each)
        except RuleBroken as error:
            return mailout.plan.title, shown, str(error)
        return mailout.plan.title, proposal, ""
