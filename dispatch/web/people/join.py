"""Type in a code, choose a password, set up a telephone."""

from __future__ import annotations

from typing import Final

import segno
from flask import Blueprint, request
from markupsafe import Markup
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from dispatch.domain.people.signing_in import LONGEST_PASSWORD
from dispatch.people import codes, joining, passwords
from dispatch.people.joining import Invited, Joined, NotJoined
from dispatch.web.access import office, open_to_all
from dispatch.web.forms import Form, tidy
from dispatch.web.shown import page
from dispatch.web.visiting import caller

NOT_GOOD: Final = (
    "That code is not good. It counts once, and for seven days. Look whether you typed it as you "
    "were told; an administrator can give you another."
)
WRONG_CODE: Final = "That is not what your telephone should show now: enter the code it shows"
NOT_THE_SAME: Final = "Enter the same password twice"

join = Blueprint("join", __name__)


class Code(Form):
    """A code to join with."""

    code = StringField(
        "Your code",
        description="As you were told it, such as K7QF-2M9T-XH4D-8RWN",
        filters=[tidy],
        validators=[DataRequired("Enter your code"), Length(max=100)],
    )


class Choice(Form):
    """A password, and a code of the telephone."""

    code = StringField(filters=[tidy], validators=[DataRequired(), Length(max=100)])
    password = PasswordField(
        "Choose a password",
        description="At least 12 characters. Four words that do not belong together are good.",
        validators=[DataRequired("Choose a password"), Length(max=LONGEST_PASSWORD)],
    )
    again = PasswordField("The same password again", validators=[Length(max=LONGEST_PASSWORD)])
    telephone = StringField(
        "The six digits that your telephone shows now",
        filters=[tidy],
        validators=[Length(max=20)],
    )


@join.get("/join")
@open_to_all
def ask() -> tuple[str, int]:
    """Ask for the code."""
    return page("people/join.html", form=Code(), refused="")


@join.post("/join")
@open_to_all
def take_in() -> tuple[str, int]:
    """Take in the code, and then what its person chooses."""
    form = Choice()
    here = caller()
    with office().sessions.begin() as session:
        invited = joining.invited(session, form.code.data or "", here)
    if invited is None:
        return page("people/join.html", 400, form=Code(), refused=NOT_GOOD)
    if "password" not in request.form:
        return _choice(Choice(formdata=None), form.code.data or "", invited)
    if not _is_whole(form, invited):
        return _choice(form, form.code.data or "", invited, 400)
    with office().sessions.begin() as session:
        joined = joining.join(
            session,
            form.code.data or "",
            form.password.data or "",
            form.telephone.data or "",
            here,
        )
    return _joined(form, joined, invited)


def _is_whole(form: Choice, invited: Invited) -> bool:
    is_valid = form.validate()
    password = form.password.data or ""
    if is_valid and (why := passwords.fault(password, invited.account.name)):
        form.password.errors = [why]
    elif is_valid and password != form.again.data:
        form.again.errors = [NOT_THE_SAME]
    return is_valid and not form.password.errors and not form.again.errors


def _joined(form: Choice, joined: Joined | NotJoined, invited: Invited) -> tuple[str, int]:
    if isinstance(joined, Joined):
        return page("people/joined.html", joined=joined)
    if joined is NotJoined.WRONG_CODE:
        form.telephone.errors = [WRONG_CODE]
        return _choice(form, form.code.data or "", invited, 400)
    return page("people/join.html", 400, form=Code(), refused=NOT_GOOD)


def _choice(form: Choice, code: str, invited: Invited, status: int = 200) -> tuple[str, int]:
    return page(
        "people/choice.html",
        status,
        form=form,
        code=code,
        invited=invited,
        picture=picture(invited.secret, invited.account.name) if invited.needs_code else "",
        secret=spaced(invited.secret),
    )


def picture(secret: str, name: str) -> Markup:
    """Return the picture that a telephone reads the secret of its codes from."""
    address = codes.address_of(secret, name, office().sender.name)
    made = segno.make(address, error="m")
    svg = made.svg_inline(scale=4, border=4, light="#fff", dark="#000")
    return Markup(svg)  # noqa: S704 - made here, of squares alone


def spaced(secret: str) -> str:
    """Return a secret in groups of four, to be typed where no picture can be read."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
