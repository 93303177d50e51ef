"""Replace who holds a role at an authority, or leave the role empty.

The change is shown first, with what may be a slip and what follows. It is carried out only if it is
still the same.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, abort, flash, redirect, request
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, StringField
from wtforms.validators import DataRequired, Length, Optional

from dispatch.database import Session
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.authority import ROLES, Authority
from dispatch.register import appointments
from dispatch.register.appointments import Appointment, Wanted
from dispatch.register.register import schemes
from dispatch.register.store import authorities as store
from dispatch.register.store.contacts import history
from dispatch.views.contacts import (
    TenureView,
    appointment_warnings,
    name_and_address,
    posted_to,
    tenure,
)
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Form, reason
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

contacts = Blueprint("contacts", __name__)

CELLS: Final = (
    *("address", "honorific", "given_name", "surname", "job_title", "language"),
    "postal_address",
)
"""The fields of the form that are columns of the file of contacts."""

LONGEST: Final = 400


class _Change(Form):
    """A change of a contact, as a person types it in."""

    digest = HiddenField()  # empty until the change has been shown
    because = reason("Why?", needed="Say how that is known")
    since = DateField(
        "First day of the change",
        description="At the latest today. Leave it empty for today.",
        validators=[Optional()],
    )

    def wanted(self, code: str, role: str) -> Wanted:
        """Return the change that was typed in."""
        return Wanted(code=code, role=role, cells=None, since=self.since.data)


class Ending(_Change):
    """To leave a role empty."""


class Replacement(_Change):
    """Somebody else, or another address."""

    honorific = StringField(
        "Title", description="Mr, Ms, Dr, Cllr", validators=[Length(max=LONGEST)]
    )
    given_name = StringField("First name", validators=[Length(max=LONGEST)])
    surname = StringField("Last name", validators=[Length(max=LONGEST)])
    job_title = StringField(
        "Job title",
        description="What the letter calls them, if not by the role.",
        validators=[Length(max=LONGEST)],
    )
    language = StringField(
        "Language of letters",
        description="Welsh, or English, if they have said. Only where letters are in both.",
        validators=[Length(max=LONGEST)],
    )
    postal_address = StringField(
        "Postal address",
        description="Its lines joined by commas, the postcode last. Leave it empty if it stays "
        "as it was.",
        validators=[Length(max=LONGEST)],
    )
    address = StringField(
        "Email address",
        validators=[DataRequired("Enter an email address"), Length(max=LONGEST)],
    )
    is_same_person = BooleanField(
        "It is the same person, with another address",
        description="What you leave empty stays as it is.",
    )

    def wanted(self, code: str, role: str) -> Wanted:
        """Return the change that was typed in."""
        return Wanted(
            code=code,
            role=role,
            cells={name: self[name].data or "" for name in CELLS},
            since=self.since.data,
            is_same_person=self.is_same_person.data,
        )

    def blame(self, error: BadInput) -> list[str]:
        """Put what is wrong beside the fields that it is about; return what is about none."""
        rest = []
        for problem in error.problems:
            about = PROBLEM.fullmatch(problem)
            name = about[1].replace(" ", "_") if about else ""
            if about and name in CELLS:
                self[name].errors = [*self[name].errors, about[2]]
            else:
                rest.append(problem)
        return rest


PROBLEM: Final = re.compile(r"the contact, ([a-z_ ]+): (.*)", re.DOTALL)


@contacts.get("/authorities/<code>/contacts/<role>")
@may(AccountRole.VIEWER)
def one(code: str, role: str) -> tuple[str, int]:
    """Show who holds a role and who held it, and the form that replaces them."""
    return _form_page(code, role_named(role), Replacement())


@contacts.post("/authorities/<code>/contacts/<role>")
@may(AccountRole.EDITOR)
def replace(code: str, role: str) -> tuple[str, int] | Response:
    """Show what a replacement does, or carry out the one that was shown."""
    form = Replacement()
    if request.form.get("step") == "edit" or not form.validate():
        return _form_page(code, role_named(role), form, 200 if not form.errors else 400)
    return _step(code, role_named(role), form)


@contacts.get("/authorities/<code>/contacts/<role>/end")
@may(AccountRole.EDITOR)
def leaving(code: str, role: str) -> tuple[str, int]:
    """Show the form that leaves a role empty."""
    return _form_page(code, role_named(role), Ending())


@contacts.post("/authorities/<code>/contacts/<role>/end")
@may(AccountRole.EDITOR)
def end(code: str, role: str) -> tuple[str, int] | Response:
    """Show what it does to leave a role empty, or carry out what was shown."""
    form = Ending()
    if request.form.get("step") == "edit" or not form.validate():
        return _form_page(code, role_named(role), form, 200 if not form.errors else 400)
    return _step(code, role_named(role), form)


def role_named(text: str) -> str:
    """Return the role of an address: chief-executive. Answers 404 if there is none."""
    role = text.replace("-", " ")
    if role in ROLES:
        return role
    with office().sessions.read() as session:
        if role not in schemes(session).roles:
            abort(404)
    return role


def _step(code: str, role: str, form: Ending | Replacement) -> tuple[str, int] | Response:
    """Show a change, or carry it out if it is the one that was shown."""
    status = 200
    try:
        if request.form.get("step") == "record":
            return _record(code, role, form)
    except ChangedMeanwhile:
        status = CONFLICT
    except (BadInput, RuleBroken) as error:
        return _blamed(code, role, form, error)
    try:
        with office().sessions.begin() as session:
            change = appointments.propose(
                session,
                form.wanted(code, role),
                now=office().clock(),
                drawable=office().templates.drawable,
            )
            authority, _ = store.one(session, code)
    except (BadInput, RuleBroken) as error:
        return _blamed(code, role, form, error)
    form.digest.data = change.digest
    return _shown(authority, form, change, status)


def _record(code: str, role: str, form: Ending | Replacement) -> Response:
    with office().sessions.begin() as session:
        done = appointments.appoint_as_agreed(
            session,
            form.wanted(code, role),
            form.digest.data or "",
            word(form.because.data or ""),
            drawable=office().templates.drawable,
        )
    flash(f"The change of the {role} of {done.code} is recorded. Nothing was sent.")
    return redirect(f"/authorities/{done.code}", 303)


def _shown(
    authority: Authority, form: Ending | Replacement, change: Appointment, status: int
) -> tuple[str, int]:
    return page(
        "register/contact_check.html",
        status,
        authority=authority,
        form=form,
        change=change,
        before=name_and_address(change.before) if change.before else "nobody",
        after=name_and_address(change.after) if change.after else "nobody",
        by_post=list(posted_to(change)),
        salutation=change.after.salutation if change.after else "",
        warnings=list(appointment_warnings(change)),
        is_changed=status == CONFLICT,
    )


def _blamed(
    code: str, role: str, form: Ending | Replacement, error: BadInput | RuleBroken
) -> tuple[str, int]:
    """Show the form again, with what is wrong."""
    if isinstance(error, BadInput) and isinstance(form, Replacement):
        return _form_page(code, role, form, 400, form.blame(error))
    return _form_page(code, role, form, CONFLICT, [str(error)])


def _form_page(
    code: str,
    role: str,
    form: Ending | Replacement,
    status: int = 200,
    problems: list[str] | None = None,
) -> tuple[str, int]:
    form.digest.data = ""
    with office().sessions.read() as session:
        authority, _ = store.one(session, code)
        held = _held(session, authority.code, role)
    return page(
        "register/contact.html",
        status,
        authority=authority,
        role=role,
        form=form,
        held=held,
        present=next((each for each in held if each.until is None), None),
        problems=problems or [],
        errors=[*form.errors, *(problems or [])],
        is_ending=isinstance(form, Ending),
        is_editor=signed_in().may(AccountRole.EDITOR),
    )


def _held(session: Session, code: str, role: str) -> list[TenureView]:
    """Return who held a role, the latest first."""
    found = [tenure(each) for each in history(session, code) if each.contact.role == role]
    return found[::-1]
