"""Sign in, join and confirm by the office's own sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, flash, g, make_response, redirect, request
from werkzeug.wrappers import Response
from wtforms import HiddenField

from dispatch.database import Session
from dispatch.domain.people.account import AccountRole
from dispatch.people import joining, visits
from dispatch.people import sign_in as acts
from dispatch.people.sign_in import Entry
from dispatch.web.access import may, open_to_all
from dispatch.web.access import office as app
from dispatch.web.forms import Form
from dispatch.web.people.join import NOT_GOOD, Code
from dispatch.web.people.provider import BACK, NotProven, Provider, Somebody
from dispatch.web.people.sign_in import entering, go_back, go_on
from dispatch.web.shown import page
from dispatch.web.visiting import browser, caller, enter, own_path, visit

EXTENSION: Final = "dispatch.office"
KEPT: Final = "office"
"""The name under which a browser's visit keeps what it has asked."""

NO_ACCOUNT: Final = (
    "The office's own sign-in knows you, but you have no account here, or it has ended. Ask an "
    "administrator to invite you. They tell you a code: type it in, and choose “Join with your "
    "office account”."
)
NOT_JOINED: Final = (
    "The code to join with no longer counts, or you have an account already. Try to sign in; if "
    "you cannot, ask an administrator for another code."
)
SOMEBODY_ELSE: Final = (
    "You signed in there as somebody else than you are here. Choose your own account there, or "
    "sign out here first."
)

office = Blueprint("office", __name__)


class Purpose(Enum):
    """What somebody is sent to the office's own sign-in for."""

    SIGN_IN = "sign-in"
    JOIN = "join"
    CONFIRM = "confirm"


class Going(Form):
    """Where to go on to afterwards."""

    next = HiddenField()


@office.post("/sign-in/office")
@open_to_all
def sign_in() -> tuple[str, int] | Response:
    """Send somebody to the office's own sign-in."""
    wanted = own_path(Going().next.data)
    return redirect(wanted, 303) if g.account else _send(Purpose.SIGN_IN, wanted)


@office.post("/join/office")
@open_to_all
def join() -> tuple[str, int] | Response:
    """Send somebody there whose code to join with is good."""
    if g.account:
        abort(400, "Somebody is signed in here. Sign out first.")
    form, here = Code(), caller()
    with app().sessions.begin() as session:
        code = form.code.data or ""
        invited, known = joining.invited(session, code, here), joining.coded(session, code)
    if invited is None:
        return page("people/join.html", 400, form=Code(formdata=None), refused=NOT_GOOD)
    return _send(Purpose.JOIN, "/", code=known)


@office.post("/confirm/office")
@may(AccountRole.VIEWER)
def confirm() -> tuple[str, int] | Response:
    """Send somebody there who must say again who they are."""
    return _send(Purpose.CONFIRM, own_path(Going().next.data))


@office.get(BACK)
@open_to_all
def back() -> tuple[str, int] | Response:
    """Take in the answer of the office's own sign-in."""
    asked = _asked()
    purpose = Purpose(asked.get("purpose", Purpose.SIGN_IN.value))
    wanted = own_path(asked.get("next"))
    try:
        somebody = _provider().named(asked, request.args, caller().machine_at)
        if purpose is Purpose.CONFIRM:
            return _confirmed(somebody, wanted)
        return _entered(somebody, asked)
    except NotProven as trouble:
        return _trouble(trouble, purpose, wanted)


def _send(purpose: Purpose, wanted: str, **more: str) -> tuple[str, int] | Response:
    """Show a page that goes on to the provider by itself.

    A redirect would not do: our pages let no browser send a form of ours on to another host.
    """
    here = caller()
    try:
        question = _provider().question(here.machine_at, anew=purpose is Purpose.CONFIRM)
    except NotProven as trouble:
        return _trouble(trouble, purpose, wanted)
    asked = {**question.kept, "purpose": purpose.value, "next": wanted, **more}
    with app().sessions.begin() as session:
        secret = browser().secret
        kept = {**visits.kept(session, secret, here.at), KEPT: asked}
        if g.account:
            visits.put(session, secret, kept)
        else:
            secret = visits.keep(session, kept, here)
    if not g.account:
        enter(secret)
    shown = make_response(page("people/office-go.html", address=question.address))
    shown.headers["Refresh"] = f"0; url={question.address}"
    return shown


def _asked() -> Mapping[str, Any]:
    """Return what this browser has asked, and forget it: an answer counts once."""
    secret, at = browser().secret, caller().at
    with app().sessions.read() as session:  # a stranger may come as often as they like
        if KEPT not in visits.kept(session, secret, at):
            return {}
    with app().sessions.begin() as session:
        kept = visits.kept(session, secret, at)
        asked: dict[str, Any] = kept.pop(KEPT, {})
        visits.put(session, secret, kept)
    return asked


def _entered(somebody: Somebody, asked: Mapping[str, Any]) -> Response:
    """Sign somebody in, and join them first if that is what they came for."""
    here, code = caller(), asked.get("code")
    issuer, subject = somebody.issuer, somebody.subject

    def act(session: Session) -> Entry:
        if code and not joining.join_by_office(session, code, issuer, subject, here):
            raise NotProven(NOT_JOINED)
        return acts.enter_by_office(session, issuer, subject, here)

    entry = entering(here, act)
    if entry.secret is None:
        raise NotProven(NO_ACCOUNT, 403)
    enter(entry.secret)
    if code:
        flash("You have joined, and are signed in.")
    return go_on(entry, asked.get("next"))


def _confirmed(somebody: Somebody, wanted: str) -> Response:
    if g.account is None:
        raise NotProven("You are no longer signed in here. Sign in first.")
    with app().sessions.begin() as session:
        is_so = acts.confirm_by_office(
            session, visit(), somebody.issuer, somebody.subject, caller()
        )
    if not is_so:
        raise NotProven(SOMEBODY_ELSE)
    return go_back(wanted)


def _trouble(trouble: NotProven, purpose: Purpose, wanted: str) -> tuple[str, int]:
    again = (
        "/join" if purpose is Purpose.JOIN else f"/{purpose.value}?{urlencode({'next': wanted})}"
    )
    return page("people/office-trouble.html", trouble.status, words=str(trouble), again=again)


def _provider() -> Provider:
    """Return the provider of the settings; another address than ours if they name none."""
    settings = app().settings
    if not settings.oidc_issuer:
        abort(404)
    found: Provider = current_app.extensions.setdefault(EXTENSION, Provider(settings))
    return found
