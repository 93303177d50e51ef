"""Sign in and out, and confirm who one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from dispatch.database import Session
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.signing_in import LONGEST_PASSWORD, HowEntered
from dispatch.people import sign_in as acts
from dispatch.people import visits
from dispatch.people.sign_in import Entry, Outcome
from dispatch.people.visits import Caller
from dispatch.web.access import may, office, open_to_all
from dispatch.web.forms import Form, tidy
from dispatch.web.shown import page
from dispatch.web.visiting import browser, caller, enter, own_path, visit

LONGEST: Final = 200
REFUSED: Final = (
    "The name or the password is not right, or the account waits after too many tries. Wait a few "
    "minutes before you try again; an administrator can give you a new code."
)
WRONG_CODE: Final = (
    "That code does not count. Each one counts once: wait for the next, or use a recovery code."
)

OFFICE_ACCOUNT: Final = "your office account"

sign_in = Blueprint("sign_in", __name__)


@sign_in.app_context_processor
def offered() -> dict[str, object]:
    """Say in all pages whether people may sign in by the office's own sign-in."""
    here = g.get("visit")
    return {
        "has_office": OFFICE_ACCOUNT if office().settings.oidc_issuer else "",
        "account_by_office": here and here.how is HowEntered.OFFICE,
    }


class Entering(Form):
    """Who somebody is."""

    next = HiddenField()
    name = StringField(
        "Your name",
        description="Your full name, or the name you have on your computer",
        filters=[tidy],
        validators=[DataRequired("Enter your name"), Length(max=LONGEST)],
    )
    password = PasswordField(
        "Password", validators=[DataRequired("Enter your password"), Length(max=LONGEST_PASSWORD)]
    )


class Coding(Form):
    """A code of the telephone."""

    next = HiddenField()
    code = StringField(
        "Code",
        description="The six digits that your telephone shows, or one of your recovery codes",
        filters=[tidy],
        validators=[DataRequired("Enter the code"), Length(max=LONGEST)],
    )


class Confirming(Form):
    """Who somebody is, again."""

    next = HiddenField()
    password = PasswordField(
        "Password", validators=[DataRequired("Enter your password"), Length(max=LONGEST_PASSWORD)]
    )
    code = StringField(
        "Code",
        description="The six digits that your telephone shows, or one of your recovery codes",
        filters=[tidy],
        validators=[Length(max=LONGEST)],
    )


@sign_in.get("/sign-in")
@open_to_all
def form() -> tuple[str, int] | Response:
    """Ask who somebody is."""
    wanted = own_path(request.args.get("next"))
    if g.account is not None:
        return redirect(wanted)
    found = Entering()
    found.next.data = wanted
    return page("people/sign-in.html", form=found, refused="")


def entering(here: Caller, act: Callable[[Session], Entry]) -> Entry:
    """Try to sign in; what this browser's visit keeps goes over to the one that begins."""
    with office().sessions.begin() as session:
        kept = visits.kept(session, browser().secret, here.at)
        entry = act(session)
        if entry.secret:
            visits.put(session, entry.secret, kept)
    return entry


@sign_in.post("/sign-in")
@open_to_all
def by_password() -> tuple[str, int] | Response:
    """Sign in with a password; a code comes next where the account needs one."""
    found = Entering()
    if not found.validate():
        return page("people/sign-in.html", 400, form=found, refused="")
    name, password, here = found.name.data or "", found.password.data or "", caller()
    entry = entering(here, lambda session: acts.enter(session, name, password, here))
    if entry.outcome is Outcome.REFUSED or entry.secret is None:
        return page("people/sign-in.html", 400, form=found, refused=REFUSED)
    enter(entry.secret)
    if entry.outcome is Outcome.NEEDS_CODE:
        code = Coding(formdata=None)
        code.next.data = own_path(found.next.data)
        return page("people/sign-in-code.html", form=code, refused="")
    return go_on(entry, found.next.data)


@sign_in.post("/sign-in/code")
@open_to_all
def by_code() -> tuple[str, int] | Response:
    """Sign in with a code, after the password."""
    found = Coding()
    if not found.validate():
        return page("people/sign-in-code.html", 400, form=found, refused="")
    secret, code, here = browser().secret, found.code.data or "", caller()
    entry = entering(here, lambda session: acts.enter_code(session, secret, code, here))
    if entry.secret is None:
        return page("people/sign-in-code.html", 400, form=found, refused=WRONG_CODE)
    enter(entry.secret)
    return go_on(entry, found.next.data)


def go_on(entry: Entry, wanted: str | None) -> Response:
    """Open the page that was asked for; say so if a form of theirs comes back filled in."""
    with office().sessions.begin() as session:
        kept = visits.kept(session, entry.secret or "", caller().at)
        form = kept.get("form", {})
        if form and (entry.account is None or form.get("account") != str(entry.account.id)):
            visits.put(session, entry.secret or "", {})
            form = {}
    if form:
        flash(f"You are signed in again. {_once_more(form)}")
        return redirect(own_path(str(form["path"])), 303)
    return redirect(own_path(wanted), 303)


@sign_in.get("/sign-in/code")
@open_to_all
def begin_again() -> Response:
    """Begin with the password, for who comes here by another way."""
    return redirect("/sign-in")


@sign_in.post("/sign-out")
@open_to_all
def leave() -> Response:
    """Sign out of this browser."""
    if g.account is not None:
        with office().sessions.begin() as session:
            acts.leave(session, visit(), caller())
        flash("You are signed out.")
    return redirect("/sign-in", 303)


@sign_in.post("/sign-out/elsewhere")
@may(AccountRole.VIEWER)
def leave_elsewhere() -> Response:
    """Sign out of every other browser."""
    with office().sessions.begin() as session:
        count = acts.leave_everywhere(session, visit(), caller(), but_here=True)
    flash("You are signed out everywhere else." if count else "You are signed in here alone.")
    return redirect("/account", 303)


@sign_in.post("/sign-out/<uuid:visit_id>")
@may(AccountRole.VIEWER)
def leave_one(visit_id: UUID) -> Response:
    """Sign out of one other browser."""
    with office().sessions.begin() as session:
        is_done = acts.leave_one(session, visit(), visit_id, caller())
    flash("You are signed out there." if is_done else "You are not signed in there any more.")
    return redirect("/account", 303)


@sign_in.get("/confirm")
@may(AccountRole.VIEWER)
def confirmation() -> tuple[str, int]:
    """Ask who it is before something that matters."""
    found = Confirming(formdata=None)
    found.next.data = own_path(request.args.get("next"))
    return _confirmation(found)


@sign_in.post("/confirm")
@may(AccountRole.VIEWER)
def confirm() -> tuple[str, int] | Response:
    """Note that the person has confirmed who they are, and go on with what they did."""
    found = Confirming()
    if not found.validate():
        return _confirmation(found, 400)
    password, code = found.password.data or "", found.code.data or ""
    with office().sessions.begin() as session:
        is_so = acts.confirm(session, visit(), password, code, caller())
    if not is_so:
        return _confirmation(found, 400, REFUSED)
    return go_back(found.next.data)


def go_back(wanted: str | None) -> Response:
    """Go on with what a person did before they confirmed who they are."""
    form = visit().kept.get("form", {})
    if form:
        flash(f"Thank you. {_once_more(form)}")
    return redirect(own_path(str(form["path"]) if form else wanted), 303)


def _once_more(form: Mapping[str, Any]) -> str:
    """Say what a person does whose form was kept: what they agree to is shown to them anew."""
    if form["fields"]:
        return "What you had entered is still here: send it once more."
    return "Nothing is done yet: press the button once more."


def _confirmation(found: Confirming, status: int = 200, refused: str = "") -> tuple[str, int]:
    needs_code = visit().how in {HowEntered.CODE, HowEntered.RECOVERY}
    if not needs_code:
        del found.code
    return page("people/confirm.html", status, form=found, refused=refused)
