"""The deliveries in doubt of a mailout, and settling one."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import InputRequired

from dispatch.database import Session
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import ChangedMeanwhile
from dispatch.domain.people.account import AccountRole
from dispatch.incoming.store import notices
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.sending import doubts as sending
from dispatch.sending.doubts import Decision
from dispatch.sending.store import deliveries
from dispatch.views import doubts as view
from dispatch.views.notices import unproven
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Reasoned
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

doubts = Blueprint("doubts", __name__)

ANSWERS: Final = {Decision.ACCEPTED: "It arrived", Decision.NOT_SENT: "It was not sent"}


class Settle(Reasoned):
    """The answer about one delivery in doubt."""

    decision = RadioField(
        "What do you know?",
        choices=[SelectChoice(each.value, words) for each, words in ANSWERS.items()],
        validators=[InputRequired("Say whether it arrived")],
    )


@doubts.get("/mailouts/<name>/doubts")
@may(AccountRole.VIEWER)
def every(name: str) -> tuple[str, int]:
    """Show what is in doubt, oldest first, with what is known of each."""
    app = office()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        found = sorted(sending.doubtful(session, mailout), key=lambda each: each.offered_at)
        about = notices.listed(session, mailout, state=DeliveryState.IN_DOUBT) if found else ()
        perhaps = unproven(about)
        names = authorities.names(session, [each.delivery.authority_code for each in found])
        title = mailout.plan.title
    known = {
        each.delivery.id: [*view.known(each), *perhaps.get(each.delivery.id, ())] for each in found
    }
    may_settle = signed_in().may(AccountRole.EDITOR)
    return page(
        "mailouts/doubts.html",
        name=name,
        mailout=title,
        found=found,
        known=known,
        names=names,
        may_settle=may_settle,
    )


@doubts.get("/deliveries/<uuid:delivery_id>/settle")
@may(AccountRole.EDITOR)
def one(delivery_id: UUID) -> tuple[str, int]:
    """Show what is known of a delivery in doubt, and what each answer does."""
    with office().sessions.read() as session:
        return _shown(session, delivery_id, Settle(formdata=None))


@doubts.post("/deliveries/<uuid:delivery_id>/settle")
@may(AccountRole.EDITOR)
def settle(delivery_id: UUID) -> tuple[str, int] | Response:
    """Settle a delivery by the answer given."""
    app, form = office(), Settle()
    if not form.validate_on_submit():
        with app.sessions.read() as session:
            return _shown(session, delivery_id, form, 400)
    decision = Decision(form.decision.data)
    try:
        with app.sessions.begin() as session:
            delivery, mailout = deliveries.with_mailout(session, delivery_id)
            if delivery.state is not DeliveryState.IN_DOUBT:
                return _shown(session, delivery_id, form, CONFLICT)
            reasoned = word(form.because.data or "")
            state = sending.settle(session, delivery_id, decision, reasoned, form.agreed())
            name, code = mailout.name, delivery.authority_code
    except ChangedMeanwhile:
        with app.sessions.read() as session:
            return _shown(session, delivery_id, form, CONFLICT)
    flash(f"The letter of {code} is settled: {state.value}.")
    return redirect(f"/mailouts/{name}/doubts")


def _shown(session: Session, delivery_id: UUID, form: Settle, status: int = 200) -> tuple[str, int]:
    """Return the page of one delivery; one that is settled already says by what."""
    app = office()
    delivery, mailout = deliveries.with_mailout(session, delivery_id)
    names = authorities.names(session, [delivery.authority_code])
    values = {
        "delivery": delivery,
        "authority": names.get(delivery.authority_code, delivery.authority_code),
        "mailout": mailout.plan.title,
        "name": mailout.name,
        "has_changed": status == CONFLICT,
        "form": form,
    }
    if delivery.state is not DeliveryState.IN_DOUBT:
        return page("mailouts/settled.html", CONFLICT, **values)
    found = sending.look(session, delivery_id, now=app.clock())
    form.show(found)
    perhaps = unproven(notices.listed(session, mailout, delivery_id=delivery_id))
    return page(
        "mailouts/settle.html",
        status,
        known=[*view.known(found.doubt), *perhaps.get(delivery_id, ())],
        traces=view.traces(found.doubt, app.sender),
        leads=[(ANSWERS[each], words) for each, words in view.leads_to(found).items()],
        **values,
    )
