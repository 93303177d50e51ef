"""The list of mailouts, and where one stands, looked at again while it moves."""

from __future__ import annotations

import time
from dataclasses import astuple
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request

from dispatch.domain.digest import sha256
from dispatch.domain.people.account import AccountRole
from dispatch.domain.tracking.looks import wait_after
from dispatch.ledger import journal
from dispatch.ledger.kinds import Subject
from dispatch.mailouts.store import mailout_named, mailouts_after
from dispatch.register.store import authorities
from dispatch.tracking import progress
from dispatch.tracking.overview import alive, overview, overviews
from dispatch.tracking.progress import Progress
from dispatch.tracking.standing import standing, standings
from dispatch.views import board
from dispatch.views.status import absences
from dispatch.web.access import may, office, signed_in
from dispatch.web.shown import page

mailouts = Blueprint("mailouts", __name__)

PLACES: Final = (
    ("plan", "Its plan"),
    ("check", "Who gets a letter"),
    ("letters", "The letters"),
    ("proofs", "Proof copies"),
    ("approval", "Approval"),
    ("schedule", "Schedule"),
    ("pause", "Pause"),
    ("deliveries", "Deliveries"),
    ("unreached", "Not surely reached"),
    ("doubts", "In doubt"),
    ("reissues", "New versions"),
    ("upload", "Making it public"),
    ("cancel", "Cancel"),
)
"""The other pages of a mailout."""
ROWS: Final = 50
"""Mailouts on a page."""
URGENT: Final = 10
"""Authorities that the board names."""
EVENTS: Final = 8
"""Events that the board shows."""
NOT_KEPT: Final = (0.0, None)
KEPT_SECONDS: Final = 1.0
"""For how long the live part is kept at least: ten people who watch cost one look."""


@mailouts.get("/mailouts")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show every mailout, the newest first."""
    app, after = office(), request.args.get("after")
    with app.sessions.read() as session:
        rows = mailouts_after(session, after, limit=ROWS + 1)
        found = overviews(session, rows[:ROWS], now=app.clock())
    more = f"/mailouts?after={found[-1].name}" if len(rows) > ROWS else ""
    back = "/mailouts" if after else ""
    may_plan = signed_in().may(AccountRole.EDITOR)
    return page("mailouts/every.html", mailouts=found, next=more, previous=back, may_plan=may_plan)


@mailouts.get("/mailouts/<name>")
@may(AccountRole.VIEWER)
def one(name: str) -> tuple[str, int]:
    """Show where a mailout stands."""
    app, now = office(), office().clock()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        # Before the release none has a letter, and nobody need be named.
        has_left = mailout.released_at is not None
        known = (
            standing(session, mailout) if has_left else standings(session, [mailout])[mailout.id]
        )
        found = overview(session, mailout, known, now=now)
        urgent = known.urgent(URGENT) if has_left else []
        names = authorities.names(session, [each.code for each in urgent])
        events = journal.newest(session, Subject.MAILOUT.of(name), EVENTS)
        at_work = alive(session, now=now)
    return page(
        "mailouts/board.html",
        found=found,
        letters=known.tally.letters,
        urgent=urgent,
        lines=[(names.get(each.code, each.code), each.why) for each in urgent],
        places=PLACES,
        events=board.happened(events),
        absent=list(absences(has_clock="clock" in at_work, has_worker="worker" in at_work)),
        board=board,
        **_live(progress.of(mailout, known, now)),
    )


@mailouts.get("/mailouts/<name>/live")
@may(AccountRole.VIEWER)
def live(name: str) -> Response:
    """Show how far a mailout is; 204 if that is what the page shows already.

    The last answer, once nothing moves any more, has no trigger: the page stops asking.
    """
    found = _recent(name)
    values = _live(found)
    if request.args.get("seen") == values["seen"]:
        return Response(status=204)
    return Response(render_template("mailouts/live.html", **values))


def _recent(name: str) -> Progress:
    """Return how far a mailout is, as it was a moment ago: longer ago where a look takes long."""
    kept: dict[str, tuple[float, Progress]] = current_app.extensions.setdefault("live", {})
    until, found = kept.get(name, NOT_KEPT)
    began = time.monotonic()
    if found is None or began > until:
        app = office()
        with app.sessions.read() as session:
            found = progress.progress(session, name, now=app.clock())
        now = time.monotonic()
        kept[name] = (now + wait_after(now - began, least=KEPT_SECONDS), found)
    return found


def _live(found: Progress) -> dict[str, Any]:
    _, *said = astuple(found)
    return {
        "progress": found,
        "figures": board.figures(found),
        "sentence": board.sentence(found),
        "next": board.next_of(found),
        "said": board.said(found),
        "seen": sha256(repr(said).encode())[:12],
    }
