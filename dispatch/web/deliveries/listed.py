"""The deliveries of a mailout, a page at a time."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, request

from dispatch.domain.people.account import AccountRole
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.views.deliveries import SHOWN, delivery_list
from dispatch.web.access import may, office
from dispatch.web.shown import page

listed = Blueprint("deliveries", __name__)

ROWS: Final = 50


@listed.get("/mailouts/<name>/deliveries")
@may(AccountRole.VIEWER)
def every(name: str) -> tuple[str, int]:
    """Show the deliveries of a mailout: all, or those of one sort."""
    shown, after = request.args.get("shown", ""), request.args.get("after")
    if shown not in SHOWN:
        abort(404)
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        states = SHOWN[shown].states
        rows = list(delivery_list(session, name, states, after=after, limit=ROWS + 1))
        names = authorities.names(session, {each.authority for each in rows})
    here = f"/mailouts/{name}/deliveries?shown={shown}"
    more = f"{here}&after={rows[ROWS - 1].id}" if len(rows) > ROWS else ""
    return page(
        "deliveries/listed.html",
        mailout=mailout,
        rows=rows[:ROWS],
        names=names,
        sorts=SHOWN,
        shown=shown,
        next=more,
        previous=here if after else "",
    )
