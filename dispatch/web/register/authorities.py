"""Find an authority, and see all about one."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request

from dispatch.domain import calendar
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.search import LONGEST
from dispatch.register.register import schemes
from dispatch.register.search import search
from dispatch.register.store.authorities import page as authorities_page
from dispatch.register.store.authorities import without_contact
from dispatch.tracking.authority import record
from dispatch.views.authorities import authority_view, found, listed
from dispatch.web.access import may, office
from dispatch.web.keys import key
from dispatch.web.shown import page

PAGE: Final = 50

authorities = Blueprint("authorities", __name__)


@authorities.get("/authorities")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show what a search finds; without one, who has nobody in post, and all by name."""
    typed = " ".join(request.args.get("q", "").split())[:LONGEST]
    after = request.args.get("after")
    with office().sessions.read() as session:
        if typed:
            hits = found(search(session, typed), typed)
            return page("register/authorities.html", typed=typed, found=hits)
        today = calendar.local(office().clock()).date()
        role = schemes(session).addressed[0]
        some = authorities_page(session, after=after, limit=PAGE + 1)
        return page(
            "register/authorities.html",
            typed="",
            found=None,
            role=role,
            vacant=[] if after else [*map(listed, without_contact(session, role, today))],
            some=[*map(listed, some[:PAGE])],
            next=some[PAGE - 1].code if len(some) > PAGE else None,
        )


@authorities.get("/authorities/<code>")
@may(AccountRole.VIEWER)
def one(code: str) -> tuple[str, int]:
    """Show all about one authority."""
    with office().sessions.read() as session:
        view = authority_view(record(session, code, after=key("after")))
    return page("register/authority.html", view=view)
