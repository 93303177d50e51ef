"""The tokens of programs, for administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.people import tokens as acts
from dispatch.people.store import visits as stored
from dispatch.views import people as views
from dispatch.web.access import confirmed, may, office, word
from dispatch.web.forms import Form, tidy
from dispatch.web.shown import page

SCOPES: Final = {
    Scope.MAILOUTS: "Mailouts: their dates and where they stand",
    Scope.LETTERS: "Letters: which there are, with their digests",
    Scope.DELIVERIES: "Deliveries: who was sent what, with addresses",
    Scope.EVENTS: "Events: what happened, with names",
    Scope.CONTACTS: "Contacts: who holds which role, with addresses",
    Scope.METRICS: "Metrics: numbers about the service, for Prometheus",
}
USUAL_DAYS: Final = 365

tokens = Blueprint("tokens", __name__)


class NewToken(Form):
    """What a token is for, and what it opens."""

    name = StringField(
        "What is it for?",
        description="The name of the program, such as: the board in the press office",
        filters=[tidy],
        validators=[DataRequired("Say what it is for"), Length(max=acts.LONGEST_NAME)],
    )
    scopes = SelectMultipleField(
        "What may the program read?",
        choices=[SelectChoice(scope.value, words) for scope, words in SCOPES.items()],
        validators=[DataRequired("Choose at least one")],
    )
    days = IntegerField(
        "After how many days does it end?",
        default=USUAL_DAYS,
        validators=[
            InputRequired("Enter a number of days"),
            NumberRange(1, acts.LONGEST.days, f"Enter a number from 1 to {acts.LONGEST.days}"),
        ],
    )


@tokens.get("/tokens")
@may(AccountRole.ADMIN)
def every() -> tuple[str, int]:
    """Show the tokens."""
    now = office().clock()
    with office().sessions.read() as session:
        found = [views.token(row, owner, now) for row, owner in stored.tokens(session)]
    return page("people/tokens.html", views=found, form=Form())


@tokens.get("/tokens/new")
@may(AccountRole.ADMIN)
def ask() -> tuple[str, int]:
    """Ask what a token is for."""
    return page("people/new-token.html", form=NewToken())


@tokens.post("/tokens/new")
@may(AccountRole.ADMIN)
@confirmed
def make() -> tuple[str, int]:
    """Make a token, and show it once."""
    form = NewToken()
    if not form.validate():
        return page("people/new-token.html", 400, form=form)
    by = word()
    until = by.at + timedelta(days=form.days.data or USUAL_DAYS)
    with office().sessions.begin() as session:
        scopes = map(Scope, form.scopes.data or ())
        made = acts.make_token(session, form.name.data or "", scopes, until, by)
    return page("people/made-token.html", made=made, name=form.name.data)


@tokens.post("/tokens/<uuid:token_id>/end")
@may(AccountRole.ADMIN)
@confirmed
def end(token_id: UUID) -> Response:
    """End a token."""
    with office().sessions.begin() as session:
        name = acts.end_token(session, token_id, word())
    flash(f"The token {name} has ended.")
    return redirect("/tokens", 303)
