"""Approve all letters of a mailout, or send them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import HiddenField

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.mailout import REOPENED_BY_CHANGE
from dispatch.domain.people.account import AccountRole
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.letters import approval, hands, review
from dispatch.letters.outlook import outlook
from dispatch.letters.store import oddest
from dispatch.letters.store.oddest import Wanted
from dispatch.mailouts.store import mailout_named
from dispatch.views import approval as views
from dispatch.web.access import confirmed, may, office, signed_in, word
from dispatch.web.forms import Confirmation, Form, Reasoned
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

approvals = Blueprint("approval", __name__)

MOST_NAMED: Final = 20
"""How many letters that were made meanwhile are named."""


class Approve(Confirmation):
    """Approves what the page shows."""

    shown_at = HiddenField()
    """When it was shown, to say what was made since."""


class SendBack(Reasoned):
    """Sends back what the page shows."""


class Ask(Form):
    """Asks for an approval."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Why something was not done, and what a person should know about it."""

    status: int
    trouble: str
    lines: tuple[str, ...] = ()


@approvals.get("/mailouts/<name>/approval")
@may(AccountRole.VIEWER)
def show(name: str) -> tuple[str, int]:
    """Show what is to be approved."""
    return _page(name)


@approvals.post("/mailouts/<name>/approval")
@may(AccountRole.APPROVER)
@confirmed
def approve(name: str) -> tuple[str, int] | Response:
    """Approve exactly what was shown; if it is not so any more, say what changed."""
    app, form = office(), Approve()
    agreed = form.agreed()
    try:
        found = approval.sign_off(app.sessions, name, app.templates, word(), agreed=agreed)
    except ChangedMeanwhile:
        return _page(name, Answer(CONFLICT, NOT_SHOWN, _made_since(name, form)))
    except RuleBroken as error:
        return _page(name, Answer(CONFLICT, sentence(str(error))))
    if found.failures:
        return _page(name, Answer(CONFLICT, NOT_ACCESSIBLE, found.failures))
    if found.digest is None:
        return _page(name, Answer(CONFLICT, CHANGED, found.changes))
    flash("The letters are approved.")
    for each in found.repeats:
        flash(f"{each}. Scheduling both needs a reason.")
    if found.took_part_in_both:
        flash(f"{hands.in_words(found.took_part_in_both)}. The record says so.")
    return redirect(f"/mailouts/{name}/schedule")


NOT_SHOWN: Final = (
    "Nothing is approved: these are not the letters that you were shown. Look at them again."
)
NOT_ACCESSIBLE: Final = "Nothing is approved: the PDFs of these letters are not accessible."
CHANGED: Final = (
    "Nothing is approved, since this changed after the letters were made. Have them made again."
)


def _made_since(name: str, form: Approve) -> tuple[str, ...]:
    """Name the letters that were made after the page was shown."""
    try:
        since = datetime.fromisoformat(form.shown_at.data or "")
        wanted = Wanted(made_since=since)
    except ValueError:
        return ()
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        found = oddest.page(session, mailout, wanted, signed_in().name, limit=MOST_NAMED)
    return tuple(f"{each.code}, {each.authority}: made again since" for each in found)


@approvals.post("/mailouts/<name>/approval/send-back")
@may(AccountRole.APPROVER)
def send_back(name: str) -> tuple[str, int] | Response:
    """Send the letters back with a reason."""
    app, form = office(), SendBack()
    if not form.validate_on_submit():
        return _page(name, form=form, status=400)
    try:
        agreed, reasoned = str(form.digest.data), word(form.because.data or "")
        with app.sessions.read() as session:
            mailout = mailout_named(session, name)
            looked = approval.look(session, mailout, app.templates.digest(mailout.plan.template))
        with app.sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            review.send_back(session, mailout, app.templates, agreed, reasoned, looked)
    except ChangedMeanwhile:
        return _page(name, Answer(CONFLICT, "Nothing is sent back: these are other letters now."))
    except RuleBroken as error:
        return _page(name, Answer(CONFLICT, sentence(str(error))))
    flash("The letters are sent back, and the office is told why.")
    return redirect(f"/mailouts/{name}")


@approvals.post("/mailouts/<name>/approval/ask")
@may(AccountRole.EDITOR)
def ask(name: str) -> tuple[str, int] | Response:
    """Ask for the letters to be approved."""
    Ask().validate_on_submit()
    try:
        with office().sessions.begin() as session:
            review.ask(session, mailout_named(session, name, is_locked=True), word())
    except RuleBroken as error:
        return _page(name, Answer(CONFLICT, sentence(str(error))))
    flash("The office is told that the letters wait to be approved.")
    return redirect(f"/mailouts/{name}/approval")


def _page(
    name: str, answer: Answer | None = None, *, form: SendBack | None = None, status: int = 200
) -> tuple[str, int]:
    """Show the page as it is now, with why something was not done."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        values = _values(session, mailout, form or SendBack(formdata=None))
        return page(
            "letters/approval.html",
            answer.status if answer else status,
            mailout=mailout,
            answer=answer,
            errors=bool(answer or form),
            views=views,
            **values,
        )


def _values(session: Session, mailout: Mailout, back: SendBack) -> dict[str, Any]:
    """Return what the page shows of the letters, if they are made and have not gone."""
    app, account = office(), signed_in()
    if mailout.state not in REOPENED_BY_CHANGE:
        return {"found": None}
    now = app.clock()
    found = outlook(session, mailout, app.templates, account.name)
    approve = Approve(formdata=None, digest=found.digest, shown_at=now.isoformat())
    back.digest.data = found.digest
    return {
        "found": found,
        "sentence": views.sentence(mailout.plan, found.numbers, now),
        "will_happen": views.will_happen(mailout.plan, now),
        "approve": approve,
        "back": back,
        "ask": Ask(formdata=None),
        "may_approve": account.may(AccountRole.APPROVER),
        "may_ask": account.may(AccountRole.EDITOR),
        "button": f"Approve {counted(found.numbers.letters, 'letter', 'letters')}",
    }
