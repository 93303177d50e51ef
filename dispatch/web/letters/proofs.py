"""Send proof copies of letters to colleagues."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from dispatch.domain.errors import BadInput, NotFound, RuleBroken, Unavailable
from dispatch.domain.people.account import AccountRole
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.files.contacts import checked_address
from dispatch.letters import proofs as copies
from dispatch.mailouts.store import mailout_named
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Form
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

proofs = Blueprint("proofs", __name__)

LISTED: Final = 50
MOST: Final = 20
"""Proof copies that are sent at once: the person waits for them."""


class Send(Form):
    """Whose letters go to whom."""

    address = StringField(
        "The colleague's address",
        validators=[InputRequired("Give the address of a colleague"), Length(max=254)],
    )
    codes = StringField(
        "Whose letters",
        description="Codes of authorities with spaces between them. One of each group, if empty.",
        validators=[Length(max=500)],
    )


@proofs.get("/mailouts/<name>/proofs")
@may(AccountRole.VIEWER)
def show(name: str) -> tuple[str, int]:
    """Show who had which proof copies."""
    return _page(name, Send(formdata=None))


@proofs.post("/mailouts/<name>/proofs")
@may(AccountRole.EDITOR)
def send(name: str) -> tuple[str, int] | Response:
    """Send proof copies to a colleague."""
    form = Send()
    if not form.validate_on_submit():
        return _page(name, form, status=400)
    try:
        outcomes = _sent(name, form)
    except (BadInput, RuleBroken, NotFound) as error:
        return _page(name, form, sentence(str(error)), status=CONFLICT)
    except Unavailable as error:
        return _page(name, form, sentence(str(error)), status=503)
    refused = [f"{code}: {each}" for code, each in outcomes.items() if not _is_accepted(each)]
    if refused:
        return _page(name, form, "The mail server did not take them all.", refused, status=CONFLICT)
    flash(f"{counted(len(outcomes), 'proof copy is', 'proof copies are')} on the way.")
    return redirect(f"/mailouts/{name}/proofs")


def _is_accepted(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.ACCEPTED


def _sent(name: str, form: Send) -> dict[str, Outcome]:
    """Send them, and return the mail server's answer to each."""
    app = office()
    address = checked_address((form.address.data or "").strip())
    copies.refuse_outside(app.sender, address)
    with app.sessions.read() as session:
        wanted = (form.codes.data or "").replace(",", " ").split()
        chosen = copies.choose(session, mailout_named(session, name), wanted)
    if len(chosen) > MOST:
        raise RuleBroken(f"at most {MOST} proof copies are sent at once")
    order = copies.Order(chosen, address, word())
    return copies.send(
        app.sessions, name, order, transport=app.staff_transport(), sender=app.sender
    )


def _page(
    name: str, form: Send, trouble: str = "", lines: list[str] | None = None, *, status: int = 200
) -> tuple[str, int]:
    app = office()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        return page(
            "letters/proofs.html",
            status,
            mailout=mailout,
            sent=copies.sent(session, mailout, LISTED),
            form=form,
            trouble=[trouble, *(lines or [])] if trouble else [],
            errors=bool(trouble or form.errors),
            may_send=signed_in().may(AccountRole.EDITOR),
            domain=app.sender.domain,
        )
