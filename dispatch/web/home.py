"""The first page: what needs somebody today, and the mailouts that are not closed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

from dispatch.domain.people.account import AccountRole
from dispatch.tracking.overview import today
from dispatch.views.today import today_view
from dispatch.web.access import may, office, signed_in
from dispatch.web.shown import page, waiting_for_decision

home = Blueprint("home", __name__)

MOST: Final = 50
"""Mailouts in the table. All that needs somebody is above it, whatever mailout it is about."""


@home.get("/")
@may(AccountRole.VIEWER)
def first() -> tuple[str, int]:
    """Show what needs somebody today."""
    app = office()
    with app.sessions.read() as session:
        found = today(session, now=app.clock())
    waiting_for_decision(found.suggestions + found.quarantined)
    view = today_view(found, may_approve=signed_in().may(AccountRole.APPROVER))
    return page("home.html", view=view, found=found, most=MOST)
