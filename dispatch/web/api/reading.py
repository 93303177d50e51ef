"""What programs may read, each at its address: the views that the command line has as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from pydantic import Field
from werkzeug.exceptions import MethodNotAllowed

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.token import Scope
from dispatch.letters.store.letters import in_force_after
from dispatch.mailouts.store import mailout_named, mailouts_after
from dispatch.proof import events as recorded
from dispatch.proof.store.filters import Filters
from dispatch.register.store.authorities import authority_code, names
from dispatch.register.store.contacts import history
from dispatch.tracking.status import status_of
from dispatch.tracking.watch import of_each
from dispatch.views.contacts import TenureView, tenure
from dispatch.views.deliveries import DeliveryRow, DeliveryView, delivery_list, delivery_view, story
from dispatch.views.letters import LetterView, letter_view
from dispatch.views.mailouts import ListedView, listed_view
from dispatch.views.proof.events import RecordedEventView, recorded_event_view
from dispatch.views.status import StatusView, status_view
from dispatch.web.access import office, open_to_all
from dispatch.web.api import answers, problems
from dispatch.web.api.answers import Page, Personal, Rows
from dispatch.web.api.document import PATH, description, reads

api = Blueprint("api", __name__)
problems.answer(api)

BELOW: Final = "/api/v1"


@api.record_once
def _leave_forms_alone(state: BlueprintSetupState) -> None:
    """Have requests of programs not looked at for the token of a form: nothing here changes."""
    state.app.extensions["csrf"].exempt(api)


class Mailouts(Rows):
    """Which mailouts."""

    after: str | None = Field(None, max_length=100, description="The last of the rows before.")


@api.get(f"{BELOW}/mailouts")
@reads(Scope.MAILOUTS, Page[ListedView])
def mailouts(query: Mailouts) -> Response:
    """List every mailout, the newest first."""
    app = office()
    with app.sessions.read() as session:
        if query.after is not None:
            mailout_named(session, query.after)  # which says so if there is none
        known = mailouts_after(session, query.after, limit=query.limit + 1)
        watched = of_each(session, known, now=app.clock())
        found = [listed_view(each, watched[each.id].shown()) for each in known]
    return answers.page(found, query, lambda row: row.name)


@api.get(f"{BELOW}/mailouts/<name>")
@reads(Scope.MAILOUTS, StatusView)
def mailout(name: str) -> Response:
    """Say where a mailout stands."""
    app = office()
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        status = status_of(
            session,
            found,
            rates=app.settings.rates,
            sender=app.sender,
            ways=app.ways_in,
            now=app.clock(),
        )
        return answers.one(status_view(status))


class Letters(Rows):
    """Which letters."""

    after: str | None = Field(None, max_length=100, description="The last of the rows before.")


@api.get(f"{BELOW}/mailouts/<name>/letters")
@reads(Scope.LETTERS, Page[LetterView])
def letters(name: str, query: Letters) -> Response:
    """List the letters of a mailout that are in force, by authority."""
    with office().sessions.read() as session:
        found = in_force_after(
            session, mailout_named(session, name), query.after, limit=query.limit + 1
        )
        views = list(map(letter_view, found))
    return answers.page(views, query, lambda row: row.authority, Personal("letters", ["mailout"]))


class Deliveries(Rows):
    """Which deliveries."""

    state: list[DeliveryState] = Field(
        default_factory=list, max_length=20, description="Only those in one of these states."
    )
    after: UUID | None = Field(None, description="The last of the rows before.")


@api.get(f"{BELOW}/mailouts/<name>/deliveries")
@reads(Scope.DELIVERIES, Page[DeliveryRow])
def deliveries(name: str, query: Deliveries) -> Response:
    """List the deliveries of a mailout, with the last reply to each, by authority."""
    after = str(query.after) if query.after else None
    with office().sessions.read() as session:
        found = list(delivery_list(session, name, query.state, after=after, limit=query.limit + 1))
    filters = ["mailout", "state"] if query.state else ["mailout"]
    return answers.page(found, query, lambda row: row.id, Personal("deliveries", filters))


@api.get(f"{BELOW}/deliveries/<uuid:delivery_id>")
@reads(Scope.DELIVERIES, DeliveryView)
def delivery(delivery_id: UUID) -> Response:
    """Tell one delivery from its first attempt to what came back."""
    with office().sessions.read() as session:
        view = delivery_view(story(session, delivery_id))
    return answers.one(view, Personal("deliveries", ["id"]))


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """An authority, and who holds and held each role there."""

    code: str
    name: str
    contacts: Sequence[TenureView]


@api.get(f"{BELOW}/authorities/<code>")
@reads(Scope.CONTACTS, AuthorityView)
def authority(code: str) -> Response:
    """Say who holds each role at an authority, and who held it."""
    with office().sessions.read() as session:
        known = authority_code(session, code)
        view = AuthorityView(
            code=known,
            name=names(session, [known])[known],
            contacts=[tenure(each) for each in history(session, known)],
        )
    return answers.one(view, Personal("contacts", ["authority"]))


class Events(Rows):
    """Which events."""

    authority: str | None = Field(None, max_length=100, description="Only what concerns it.")
    since: date | None = Field(None, description="From this day on, in London.")
    until: date | None = Field(None, description="Up to the end of this day, in London.")
    after: int | None = Field(None, ge=0, lt=2**63, description="The last of the rows before.")


@api.get(f"{BELOW}/events")
@reads(Scope.EVENTS, Page[RecordedEventView])
def events(query: Events) -> Response:
    """List what happened, the oldest first."""
    wanted = Filters(authority=query.authority, since=query.since, until=query.until)
    with office().sessions.read() as session:
        found = list(recorded.search(session, wanted, after=query.after, limit=query.limit + 1))
    return answers.page(
        found,
        query,
        lambda each: each.id,
        Personal("events", wanted.used),
        view=recorded_event_view,
    )


@api.get(f"/{PATH}/openapi.json")
@open_to_all
def openapi() -> Response:
    """Describe all of this: the same for every office."""
    return jsonify(description(current_app))


@api.route(f"{BELOW}/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@open_to_all
def nothing(rest: str) -> Response:  # noqa: ARG001 - the rest of the address
    """Say as a program reads it that nothing is at an address, or that nothing can be changed."""
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
    abort(404)
