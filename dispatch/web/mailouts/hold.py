"""Pause a mailout, let it go on, or cancel it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length

from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.wording.sentences import sentence
from dispatch.mailouts.store import mailout_named, mailout_to_release
from dispatch.sending import holding
from dispatch.sending.holding import Act
from dispatch.views import holding as views
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Confirmation, Reasoned, reason
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

hold = Blueprint("hold", __name__)


class Pause(Reasoned):
    """Holds a mailout, with the reason."""


class Resume(Confirmation):
    """Lets a mailout go on."""

    because = reason("Why, if another mailout has sent these letters?")


class Cancel(Reasoned):
    """Cancels a mailout whose name the person has typed."""

    name = StringField("Type the name of the mailout", validators=[Length(max=200)])


FORMS: Final = {Act.PAUSE: Pause, Act.RESUME: Resume, Act.CANCEL: Cancel}
ACTS: Final = "pause, resume, cancel"


@hold.get(f"/mailouts/<name>/<any({ACTS}):act>")
@may(AccountRole.VIEWER)
def show(name: str, act: str) -> tuple[str, int]:
    """Show what has left, what waits, and what the act does."""
    return _page(name, Act(act))


@hold.post(f"/mailouts/<name>/<any({ACTS}):act>")
@may(AccountRole.APPROVER)
def do(name: str, act: str) -> tuple[str, int] | Response:
    """Do what was shown, unless the mailout is in another state by then."""
    form = FORMS[Act(act)]()
    if not _is_whole(form, name):
        return _page(name, Act(act), form, status=400)
    try:
        with office().sessions.begin() as session:
            mailout = mailout_to_release(session, name)
            agreed = str(form.digest.data)
            found = holding.carry_out(
                session, mailout, Act(act), agreed, word(form.because.data or "")
            )
    except ChangedMeanwhile:
        return _page(name, Act(act), trouble=CHANGED, status=CONFLICT)
    except RuleBroken as error:
        return _page(name, Act(act), form, trouble=sentence(str(error)), status=CONFLICT)
    flash(views.done(found))
    return redirect(f"/mailouts/{name}")


CHANGED: Final = "Nothing is done: the mailout has moved on since you opened this page."


def _is_whole(form: Confirmation, name: str) -> bool:
    is_valid = bool(form.validate_on_submit())
    if isinstance(form, Cancel) and (form.name.data or "").strip() != name:
        form.name.errors = [*form.name.errors, f"Type {name} to cancel it"]
        return False
    return is_valid


def _page(
    name: str, act: Act, form: Confirmation | None = None, *, trouble: str = "", status: int = 200
) -> tuple[str, int]:
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        found = holding.holding(session, mailout, act)
        shown = form or FORMS[act](formdata=None)
        shown.show(found)
        if isinstance(shown, Cancel):
            shown.name.label.text = f"Type {name} to cancel it"
        return page(
            "mailouts/hold.html",
            status,
            mailout=mailout,
            found=found,
            form=shown,
            trouble=trouble,
            errors=bool(trouble or shown.errors),
            may_do=signed_in().may(AccountRole.APPROVER),
            views=views,
        )
