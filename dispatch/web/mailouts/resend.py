"""Send letters of a mailout again: who gets what, what each had before, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField

from dispatch.corrections import resend as corrections
from dispatch.corrections import send_again
from dispatch.corrections.resend import Going, ResendProposal, Staying
from dispatch.corrections.send_again import Agreed
from dispatch.domain.errors import ChangedMeanwhile
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.people.account import AccountRole
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.tracking.store.chains import Chain
from dispatch.views.resend import resend_view
from dispatch.web.access import may, office, word
from dispatch.web.forms import Reasoned
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

resend = Blueprint("resend", __name__)

CHOICES: Final = {
    Choice.UNREACHED: "Those not reached",
    Choice.BOUNCED: "Those that came back or were refused",
    Choice.CHANGED: "Those whose contact has another address since",
}


MOST: Final = 50
"""Codes of letters on a page."""


class Resend(Reasoned):
    """The letters that were ticked, and those that the page had."""

    delivery = SelectMultipleField("Letters", validate_choice=False)
    shown = SelectMultipleField("Letters on the page", validate_choice=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A letter that would go again."""

    going: Going
    authority: str
    why: str
    is_ticked: bool

    @property
    def id(self) -> UUID:
        """The delivery that the new one follows."""
        return self.going.chain.last.id


@resend.get("/mailouts/<name>/resend")
@may(AccountRole.EDITOR)
def look(name: str) -> tuple[str, int]:
    """Show which letters would go again, and which not and why."""
    return _shown(name, _asked(request.args), Resend(formdata=None))


@resend.post("/mailouts/<name>/resend")
@may(AccountRole.EDITOR)
def send(name: str) -> tuple[str, int] | Response:
    """Send the letters that were ticked again."""
    app, form, asked = office(), Resend(), _asked(request.args)
    if not form.validate_on_submit() or not form.delivery.data:
        if not form.delivery.data:
            form.delivery.errors = ["Choose at least one letter"]
        return _shown(name, asked, form, 400)
    agreed = Agreed(digest=form.agreed(), chosen=frozenset(_ids(form.delivery.data)))
    means = app.sessions, app.templates
    try:
        rows = send_again.carry_out(means, name, asked, agreed, word(form.because.data or ""))
    except ChangedMeanwhile:
        return _shown(name, asked, form, CONFLICT)
    flash("1 letter is queued." if len(rows) == 1 else f"{len(rows):,} letters are queued.")
    return redirect(f"/mailouts/{name}/unreached")


def _asked(given: MultiDict[str, str]) -> ResendRequest:
    """Return what the address of the page asks for: those not reached, unless it says otherwise."""
    codes = tuple(each.strip() for each in given.getlist("authority") if each.strip())
    named = Choice.NAMED if codes else Choice.UNREACHED
    known = {each.value: each for each in Choice}
    choice = known.get(given.get("choice", ""), named)
    return ResendRequest(
        choice=named if choice is Choice.NAMED else choice,
        codes=codes,
        role=given.get("role") or None,
        is_again=given.get("again") == "yes",
        after=given.get("after", ""),
        most=MOST,
    )


def _ids(given: Iterable[str]) -> set[UUID]:
    found = set()
    for each in given:
        try:
            found.add(UUID(each))
        except ValueError:
            continue  # no letter of ours has it: it is not among those that go
    return found


def _shown(name: str, asked: ResendRequest, form: Resend, status: int = 200) -> tuple[str, int]:
    app = office()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = corrections.propose(session, mailout, asked, now=app.clock())
        found = [each.chain for each in proposal.going] + [each.chain for each in proposal.staying]
        codes = {each.last.authority_code for each in found}
        names = authorities.names(session, codes)
    before = _ids(form.shown.data or ())
    ticked = _ids(form.delivery.data or ()) if before else None
    form.show(proposal)
    return page(
        "mailouts/resend.html",
        status,
        name=name,
        mailout=mailout.plan.title,
        asked=asked,
        choices=CHOICES,
        not_after=proposal.not_after,
        rows=_rows(proposal, names, ticked),
        staying=[(_name(names, each.chain), each, _before(each)) for each in proposal.staying],
        changed=_changed(proposal, names, before) if status == CONFLICT else [],
        form=form,
        has_changed=status == CONFLICT,
        more=_more(name, asked, proposal.end) if proposal.end else "",
    )


def _more(name: str, asked: ResendRequest, end: str) -> str:
    """Return the address of the page with the letters that follow."""
    again, choice = "yes" if asked.is_again else None, asked.choice.value
    return url_for("resend.look", name=name, choice=choice, role=asked.role, again=again, after=end)


def _rows(proposal: ResendProposal, names: dict[str, str], ticked: set[UUID] | None) -> list[Row]:
    view = resend_view(proposal)
    return [
        Row(
            going=going,
            authority=_name(names, going.chain),
            why=said.why,
            is_ticked=ticked is None or going.chain.last.id in ticked,
        )
        for going, said in zip(proposal.going, view.going, strict=True)
    ]


def _name(names: dict[str, str], chain: Chain) -> str:
    code = chain.last.authority_code
    return names.get(code, code)


def _before(staying: Staying) -> list[str]:
    return [each.address for each in staying.chain.deliveries]


def _changed(proposal: ResendProposal, names: dict[str, str], before: set[UUID]) -> list[str]:
    """Return in words which letters go now that did not, and which do not go any more."""
    going = {each.chain.last.id: each for each in proposal.going}
    new = [f"{_name(names, going[id_].chain)} is new here" for id_ in going.keys() - before]
    had = {
        delivery.id: each
        for each in proposal.staying
        for delivery in each.chain.deliveries
        if delivery.id in before
    }
    gone = [
        f"{_name(names, each.chain)} does not go any more: {each.obstacle.why}"
        for id_, each in had.items()
        if id_ not in going
    ]
    others = len(before - going.keys() - had.keys())
    more = [f"{others:,} more have left the list since"] if others else []
    return [*sorted(new), *sorted(gone), *more]
