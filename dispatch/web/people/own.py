"""One's own account: password, codes, where one is signed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.signing_in import LONGEST_PASSWORD
from dispatch.people import joining, visits
from dispatch.people.store import accounts as stored
from dispatch.views import people as views
from dispatch.web.access import confirmed, may, office
from dispatch.web.forms import Form, tidy
from dispatch.web.people.join import NOT_THE_SAME, WRONG_CODE, picture, spaced
from dispatch.web.shown import page
from dispatch.web.visiting import caller, visit

own = Blueprint("own", __name__)


class NewPassword(Form):
    """Another password."""

    password = PasswordField(
        "New password",
        description="At least 12 characters. Four words that do not belong together are good.",
        validators=[DataRequired("Choose a password"), Length(max=LONGEST_PASSWORD)],
    )
    again = PasswordField("The same password again", validators=[Length(max=LONGEST_PASSWORD)])


class Telephone(Form):
    """A code of another telephone."""

    telephone = StringField(
        "The six digits that your telephone shows now",
        filters=[tidy],
        validators=[DataRequired("Enter the code"), Length(max=20)],
    )


@own.get("/account")
@may(AccountRole.VIEWER)
def show() -> tuple[str, int]:
    """Show one's own account, and where one is signed in."""
    here, now = visit(), office().clock()
    with office().sessions.read() as session:
        row = stored.one(session, here.account.id)
        places = visits.open_visits(session, row, now)
        view = views.account(row, now)
    return page("people/account.html", view=view, here=here, places=places, form=Form())


@own.get("/account/password")
@may(AccountRole.VIEWER)
@confirmed
def ask_password() -> tuple[str, int]:
    """Ask for another password."""
    return page("people/password.html", form=NewPassword())


@own.post("/account/password")
@may(AccountRole.VIEWER)
@confirmed
def change_password() -> tuple[str, int] | Response:
    """Take another password in, and sign out everywhere else."""
    form = NewPassword()
    is_valid = form.validate()
    if is_valid and form.password.data != form.again.data:
        form.again.errors = [NOT_THE_SAME]
        is_valid = False
    if is_valid:
        with office().sessions.begin() as session:
            password = form.password.data or ""
            why = joining.change_password(session, visit(), password, caller())
        if why is None:
            flash("Your password is changed, and you are signed out everywhere else.")
            return redirect("/account", 303)
        form.password.errors = [why]
    return page("people/password.html", 400, form=form)


@own.get("/account/telephone")
@may(AccountRole.VIEWER)
@confirmed
def ask_telephone() -> tuple[str, int]:
    """Show the picture that another telephone reads."""
    return _telephone(Telephone())


@own.post("/account/telephone")
@may(AccountRole.VIEWER)
@confirmed
def change_telephone() -> tuple[str, int]:
    """Set up another telephone, and show new recovery codes."""
    form = Telephone()
    if not form.validate():
        return _telephone(form, 400)
    with office().sessions.begin() as session:
        shown = form.telephone.data or ""
        made = joining.change_codes(session, visit(), shown, caller())
    if made is None:
        form.telephone.errors = [WRONG_CODE]
        return _telephone(form, 400)
    return page("people/recovery.html", made=made, is_new=True)


@own.post("/account/recovery-codes")
@may(AccountRole.VIEWER)
@confirmed
def change_recovery_codes() -> tuple[str, int]:
    """Show new recovery codes, in the place of those before."""
    with office().sessions.begin() as session:
        made = joining.new_recovery_codes(session, visit(), caller())
    return page("people/recovery.html", made=made, is_new=False)


def _telephone(form: Telephone, status: int = 200) -> tuple[str, int]:
    here = visit()
    with office().sessions.read() as session:
        secret = joining.next_secret(session, here)
    return page(
        "people/telephone.html",
        status,
        form=form,
        picture=picture(secret, here.account.name),
        secret=spaced(secret),
    )
