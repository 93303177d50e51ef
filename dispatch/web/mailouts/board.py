"""The list of mailouts, and where one stands."""

from __future__ import annotations

from flask import Blueprint

from dispatch.domain.people.account import AccountRole
from dispatch.mailouts.store import mailout_named
from dispatch.mailouts.store import mailouts as all_mailouts
from dispatch.tracking.status import status_of
from dispatch.tracking.watch import watch
from dispatch.views.mailouts import listed_view
from dispatch.views.status import facts, status_view
from dispatch.web.access import may, office
from dispatch.web.shown import page

mailouts = Blueprint("mailouts", __name__)


@mailouts.get("/mailouts")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show every mailout, the newest first."""
    now = office().clock()
    with office().sessions.read() as session:
        found = [
            listed_view(each, watch(session, each, now=now).shown())
            for each in all_mailouts(session)
        ]
    return page("mailouts/every.html", mailouts=found)


@mailouts.get("/mailouts/<name>")
@may(AccountRole.VIEWER)
def one(name: str) -> tuple[str, int]:
    """Show where a mailout stands."""
    app = office()
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        view = status_view(
            status_of(session, found, rates=app.settings.rates, sender=app.sender, now=app.clock())
        )
    rows = facts(view, has_staff=bool(app.settings.office))
    return page("mailouts/board.html", view=view, rows=rows)
