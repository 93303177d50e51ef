"""Search what happened: by authority, address, person, day and kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import Length, Optional

from dispatch.domain.people.account import AccountRole
from dispatch.ledger.catalogue import CATALOGUE
from dispatch.ledger.kinds import Kind
from dispatch.proof import events
from dispatch.proof.store import searches
from dispatch.proof.store.filters import Filters
from dispatch.register.search import meant
from dispatch.views.proof.events import event_line
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Form, tidy
from dispatch.web.keys import key, number
from dispatch.web.shown import page

search = Blueprint("search", __name__)

ROWS: Final = 50
LAST_EVENT: Final = 2**63 - 1
LONGEST: Final = 320
"""Characters of an address (RFC 5321)."""
LEAST: Final = 3
"""Characters of a name: less would find nearly everybody."""


def _called(kind: Kind) -> str:
    """Return what people call a kind of event: what it is about, and what happened to it."""
    return f"{kind.subject.value.replace('_', ' ')}: {kind.words}"


KINDS: Final = (
    SelectChoice("", "Any"),
    *(
        SelectChoice(action, words)
        for words, action in sorted((_called(kind), kind.action) for kind in CATALOGUE.values())
    ),
)


class Wanted(Form):
    """What somebody looks for."""

    authority = StringField(
        "Authority",
        description="Its code, or its name",
        filters=[tidy],
        validators=[Optional(), Length(max=40)],
    )
    address = StringField("Address", filters=[tidy], validators=[Optional(), Length(max=LONGEST)])
    person = StringField(
        "Person",
        description="A part of the name, of who was written to or who did something",
        filters=[tidy],
        validators=[Optional(), Length(min=LEAST, max=100, message="Give at least 3 characters")],
    )
    kind = SelectField("What happened", choices=KINDS, validators=[Optional()])
    since = DateField("From this day", validators=[Optional()])
    until = DateField("To this day", validators=[Optional()])

    def filters(self) -> Filters:
        """Return what is looked for."""
        return Filters(
            authority=self.authority.data or None,
            address=self.address.data or None,
            person=self.person.data or None,
            kind=self.kind.data or None,
            since=self.since.data,
            until=self.until.data,
        )


LABELS: Final = {
    "authority": "authority",
    "address": "address",
    "person": "person",
    "kind": "what happened",
    "since": "from",
    "until": "to",
}


@search.get("/audit")
@may(AccountRole.VIEWER)
def ask() -> tuple[str, int]:
    """Show what was found, or the form alone where nothing was asked yet."""
    app, kept = office(), key("search")
    with app.sessions.read() as session:
        if kept:
            name = signed_in().name
            wanted = searches.kept(session, kept, name, now=app.clock())
        else:
            wanted = _in_address()
        if not wanted.used:
            return page("audit/search.html", form=Wanted(formdata=None), asked=None)
        after = number("after", LAST_EVENT)
        found = list(events.search(session, wanted, after=after, limit=ROWS + 1))
    here = {"search": str(kept)} if kept else _spelled(wanted)
    more = f"/audit?{urlencode({**here, 'after': found[ROWS - 1].id})}" if len(found) > ROWS else ""
    return page(
        "audit/search.html",
        form=_filled(wanted),
        authority=wanted.authority,
        asked=[(LABELS[name], _said(name, getattr(wanted, name))) for name in wanted.used],
        rows=[(each, event_line(each)) for each in found[:ROWS]],
        next=more,
        previous=f"/audit?{urlencode(here)}" if after else "",
    )


@search.post("/audit")
@may(AccountRole.VIEWER)
def asked() -> Response | tuple[str, int]:
    """Lead to what is found: neither a name nor an address stands in the address of a page."""
    form = Wanted()
    is_valid, wanted = form.validate(), form.filters()
    if is_valid and not wanted.used:
        form.authority.errors = ["Fill in one field or more"]
    if wanted.authority:
        wanted = replace(wanted, authority=_code(form, wanted.authority))
    if form.errors:
        return page("audit/search.html", 400, form=form, asked=None)
    if wanted.address is None and wanted.person is None:
        return redirect(f"/audit?{urlencode(_spelled(wanted))}", 303)
    with office().sessions.begin() as session:
        id_ = searches.keep(session, wanted, word())
    return redirect(f"/audit?search={id_}", 303)


def _code(form: Wanted, typed: str) -> str:
    """Return the code of the authority that somebody means; what nobody has finds nothing."""
    with office().sessions.read() as session:
        found = meant(session, typed)
    if len(found) > 1:
        named = ", ".join(f"{each.name} ({each.code})" for each in found)
        form.authority.errors = [f"Several are called that: {named}. Enter the code of one"]
    return found[0].code if len(found) == 1 else typed


def _in_address() -> Filters:
    """Return what a page's address asks for; what it cannot mean is left out."""
    args = request.args
    return Filters(
        authority=args.get("authority") or None,
        kind=args.get("kind") or None,
        since=args.get("since", type=date.fromisoformat),
        until=args.get("until", type=date.fromisoformat),
    )


def _spelled(wanted: Filters) -> dict[str, str]:
    return {name: str(getattr(wanted, name)) for name in wanted.used}


def _filled(wanted: Filters) -> Wanted:
    values: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.used}
    return Wanted(formdata=None, data=values)


def _said(name: str, value: object) -> str:
    kind = CATALOGUE.get(str(value)) if name == "kind" else None
    return _called(kind) if kind else str(value)
