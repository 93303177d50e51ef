"""Contacts that answers suggest: what each rests on, to take one up or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.incoming.message import UNDECIDED, SuggestionState
from dispatch.domain.people.account import AccountRole
from dispatch.incoming import suggestions as acts
from dispatch.incoming.store.suggestions import found as one_found
from dispatch.incoming.store.suggestions import page as some
from dispatch.incoming.suggestions import Acceptance, Accepted
from dispatch.register import register
from dispatch.views.contacts import appointment_warnings
from dispatch.views.suggestions import suggestion_view, what_it_rests_on
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Confirmation, reason
from dispatch.web.keys import key
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

PAGE: Final = 50
DECIDED: Final = tuple(each for each in SuggestionState if each not in UNDECIDED)

suggestions = Blueprint("suggestions", __name__)


class Choice(Confirmation):
    """To take a suggestion up or not; a reason helps, and is not needed."""

    because = reason("Why? The ledger keeps it. You may leave it empty.")


@suggestions.get("/suggestions")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show what is suggested, what people wrote before what machines answered."""
    is_decided = request.args.get("shown") == "decided"
    states = DECIDED if is_decided else UNDECIDED
    with office().sessions.read() as session:
        found = some(session, after=key("after"), limit=PAGE + 1, states=states)
        domains = register.domains(session)
        views = [suggestion_view(each, domains) for each in found[:PAGE]]
    return page(
        "inbox/suggestions.html",
        views=views,
        is_decided=is_decided,
        next=views[-1].id if len(found) > PAGE else None,
    )


@suggestions.get("/suggestions/<uuid:suggestion_id>")
@may(AccountRole.VIEWER)
def one(suggestion_id: UUID) -> tuple[str, int]:
    """Show what a suggestion rests on, and what it does to take it up."""
    return _one(suggestion_id, Choice())


@suggestions.post("/suggestions/<uuid:suggestion_id>")
@may(AccountRole.EDITOR)
def decide(suggestion_id: UUID) -> tuple[str, int] | Response:
    """Take a suggestion up as it was shown, or not."""
    form = Choice()
    agreed = form.agreed()
    said = word(form.because.data or "")
    try:
        with office().sessions.begin() as session:
            if request.form.get("choice") != "accept":
                answered = acts.decline(session, suggestion_id, said)
                flash(f"The {answered.role} of {answered.authority_code} stays as before.")
                return redirect("/suggestions", 303)
            accepted = acts.accept(session, suggestion_id, said, agreed=agreed)
    except ChangedMeanwhile:
        return _one(suggestion_id, form, CONFLICT)
    return redirect(_taken_up(suggestion_id, accepted), 303)


def _taken_up(suggestion_id: UUID, accepted: Accepted | None) -> str:
    """Say what was recorded, and return where to go on: to send the letter again, as a rule."""
    if accepted is None:
        flash("Your word is recorded, and nothing has changed: somebody else must accept it, too.")
        return f"/suggestions/{suggestion_id}"
    contact = accepted.contact
    back = "".join(f" {name} goes back to draft." for name in accepted.reopened)
    flash(f"The {contact.role} of {contact.authority} is changed from today on.{back}")
    if accepted.is_question:
        return f"/authorities/{contact.authority}"
    return f"/mailouts/{accepted.mailout}/resend?authority={accepted.authority}"


def _one(suggestion_id: UUID, form: Choice, status: int = 200) -> tuple[str, int]:
    proposal, obstacle = None, ""
    with office().sessions.read() as session:
        found = one_found(session, suggestion_id)
        domains = register.domains(session)
        view = suggestion_view(found, domains)
        rests_on = list(what_it_rests_on(found, domains))
        if view.state in UNDECIDED:
            try:
                now = office().clock()
                proposal = acts.propose(session, suggestion_id, now=now, known=found)
            except (BadInput, RuleBroken) as error:
                obstacle = str(error)
    form.digest.data = proposal.digest if proposal else NOTHING
    return page(
        "inbox/suggestion.html",
        status,
        view=view,
        rests_on=rests_on,
        form=form,
        proposal=proposal,
        obstacle=obstacle,
        warnings=list(_warnings(proposal)) if proposal else [],
        is_open=view.state in UNDECIDED,
        is_changed=status == CONFLICT,
        is_editor=signed_in().may(AccountRole.EDITOR),
    )


NOTHING: Final = "nothing"
"""Stands for the digest where a suggestion cannot be taken up, and can only be declined."""


def _warnings(proposal: Acceptance) -> Iterator[str]:
    if not proposal.is_proven and proposal.first_by is None:
        yield "Nothing proves who wrote this: two people must accept it before anything changes."
    elif not proposal.is_proven:
        yield f"Nothing but two people's word proves it. {proposal.first_by} is the first."
    yield from appointment_warnings(proposal.change)
