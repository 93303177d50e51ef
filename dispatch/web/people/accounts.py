"""Everybody's accounts, for administrators."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import DataRequired, Length

from dispatch.database.tables import AccountRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.wording.sentences import capitalised
from dispatch.people import accounts
from dispatch.people.accounts import Invitee
from dispatch.people.store import accounts as stored
from dispatch.views import people as views
from dispatch.web.access import confirmed, may, office, signed_in, word
from dispatch.web.forms import LONGEST_REASON, Form, tidy
from dispatch.web.shown import page

FEWEST_APPROVERS: Final = 2
ROLES: Final = {
    AccountRole.VIEWER: "Viewer: look at everything but people and the service",
    AccountRole.EDITOR: "Editor: also plan, import, have letters made, send again",
    AccountRole.APPROVER: "Approver: also approve, schedule, pause, make public",
    AccountRole.ADMIN: "Administrator: look at everything, and see to people and the service",
}

people = Blueprint("people", __name__)


def _lines(text: str | None) -> list[str]:
    return [each for line in (text or "").splitlines() if (each := tidy(line))]


class Person(Form):
    """Somebody's role, and what else they go by."""

    role = RadioField(
        "What may they do?",
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
        validators=[DataRequired("Choose a role")],
    )
    other_names = TextAreaField(
        "Other names",
        description="One a line: the user name on each machine, and any name in earlier records",
        validators=[Length(max=LONGEST_REASON)],
    )


class NewPerson(Person):
    """Somebody who has no account yet."""

    name = StringField(
        "Full name",
        filters=[tidy],
        validators=[DataRequired("Enter the person's name"), Length(max=LONGEST_REASON)],
    )


class Because(Form):
    """Why something is done."""

    because = StringField(
        "Why? The ledger keeps it.",
        filters=[tidy],
        validators=[DataRequired("Give a reason"), Length(max=LONGEST_REASON)],
    )


@people.get("/people")
@may(AccountRole.ADMIN)
def every() -> tuple[str, int]:
    """Show who has an account, and whether there are enough approvers."""
    now = office().clock()
    with office().sessions.read() as session:
        found = [views.account(row, now) for row in stored.every(session)]
    is_all = request.args.get("shown") == "all"
    approvers = [
        each for each in found if each.role is AccountRole.APPROVER and each.state == "joined"
    ]
    return page(
        "people/every.html",
        views=[each for each in found if is_all or each.state != "ended"],
        is_all=is_all,
        lacks_approvers=len(approvers) < FEWEST_APPROVERS,
        approvers=len(approvers),
    )


@people.get("/people/new")
@may(AccountRole.ADMIN)
def ask() -> tuple[str, int]:
    """Ask who gets an account."""
    return page("people/new.html", form=NewPerson())


@people.post("/people/new")
@may(AccountRole.ADMIN)
@confirmed
def add() -> tuple[str, int]:
    """Make an account, and show its code once."""
    form = NewPerson()
    if not form.validate():
        return page("people/new.html", 400, form=form)
    role, others = AccountRole(form.role.data), _lines(form.other_names.data)
    try:
        with office().sessions.begin() as session:
            invitee = accounts.invite(session, form.name.data or "", role, others, word())
    except RuleBroken as error:
        form.name.errors = [capitalised(str(error))]
        return page("people/new.html", 400, form=form)
    return _invited(invitee)


@people.get("/people/<uuid:account_id>")
@may(AccountRole.ADMIN)
def one(account_id: UUID) -> tuple[str, int]:
    """Show one account, and what can be changed."""
    row = _row(account_id)
    form = Person()
    if form.role.data is None:
        form.role.data = row.role.value
        form.other_names.data = "\n".join(row.other_names)
    return _one(row, form)


@people.post("/people/<uuid:account_id>")
@may(AccountRole.ADMIN)
@confirmed
def change(account_id: UUID) -> tuple[str, int] | Response:
    """Change a role, or other names."""
    row, form = _row(account_id), Person()
    if not form.validate():
        return _one(row, form, 400)
    role = AccountRole(form.role.data)
    if row.id == signed_in().id and role is not row.role:
        form.role.errors = ["Another administrator must change your own role"]
        return _one(row, form, 400)
    try:
        with office().sessions.begin() as session:
            others = _lines(form.other_names.data)
            invitee = accounts.grant(session, row.id, word(), role=role, other_names=others)
    except RuleBroken as error:
        form.other_names.errors = [capitalised(str(error))]
        return _one(row, form, 400)
    if invitee:
        return _invited(invitee)
    flash(f"The account of {row.name} is changed.")
    return redirect("/people", 303)


@people.post("/people/<uuid:account_id>/new-code")
@may(AccountRole.ADMIN)
@confirmed
def new_code(account_id: UUID) -> tuple[str, int]:
    """Give somebody a new code, as when a telephone is lost, and show it once."""
    form = Because()
    if not form.validate():
        return _one(_row(account_id), None, 400, because=form)
    with office().sessions.begin() as session:
        invitee = accounts.new_code(session, account_id, word(form.because.data or ""))
    return _invited(invitee)


@people.post("/people/<uuid:account_id>/end")
@may(AccountRole.ADMIN)
@confirmed
def end(account_id: UUID) -> tuple[str, int] | Response:
    """End an account."""
    form = Because()
    if not form.validate():
        return _one(_row(account_id), None, 400, because=form)
    with office().sessions.begin() as session:
        gone = accounts.end_account(session, account_id, word(form.because.data or ""))
    flash(f"The account of {gone.name} has ended.")
    return redirect("/people", 303)


def _row(account_id: UUID) -> AccountRow:
    with office().sessions.read() as session:
        return stored.one(session, account_id)


def _one(
    row: AccountRow, form: Person | None, status: int = 200, *, because: Because | None = None
) -> tuple[str, int]:
    if form is None:
        form = Person(formdata=None)
        form.role.data, form.other_names.data = row.role.value, "\n".join(row.other_names)
    return page(
        "people/one.html",
        status,
        view=views.account(row, office().clock()),
        form=form,
        because=because or Because(formdata=None),
        is_own=row.id == signed_in().id,
    )


def _invited(invitee: Invitee) -> tuple[str, int]:
    address = office().settings.address or request.host_url.rstrip("/")
    return page("people/invited.html", invitee=invitee, address=address)
