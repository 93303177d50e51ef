"""Help in the office's words, from the documentation, and the accessibility statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import Blueprint, abort, request
from markupsafe import Markup

from dispatch.documents.help import Shelf
from dispatch.files.shipped import shipped
from dispatch.web.access import office, open_to_all
from dispatch.web.shown import page

ABOUT: Final[Mapping[str, str]] = {
    "/mailouts/new": "using/plan",
    "/mailouts/*/plan": "using/plan",
    "/mailouts/*/check": "using/plan",
    "/mailouts/*/letters": "using/render",
    "/mailouts/*/proofs": "using/render",
    "/mailouts/*/approval": "using/approve",
    "/mailouts/*/schedule": "using/approve",
    "/mailouts/*/unreached": "using/unreached",
    "/mailouts/*/resend": "using/resend",
    "/mailouts/*/post": "using/post",
    "/mailouts/*/reissues": "using/correct",
    "/mailouts/*/doubts": "using/doubts",
    "/mailouts/*/upload": "using/publish",
    "/mailouts/*": "using/watch",
    "/mailouts": "using/first-mailout",
    "/deliveries/*/settle": "using/doubts",
    "/deliveries": "using/came-back",
    "/imports": "using/import",
    "/authorities/*/contacts": "using/contacts",
    "/authorities": "using/contacts",
    "/suggestions": "using/came-back",
    "/notices": "using/came-back",
    "/suppressions": "using/suppressions",
    "/audit/packs": "using/evidence",
    "/audit/ledger": "running/keys",
    "/audit": "using/audit",
    "/service": "running/doctor",
    "/people": "running/pages",
    "/tokens": "running/pages",
}
"""Which page of the help each page of the office has, by the beginning of its address; the first
that fits. A star stands for one name."""

PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "using/first-mailout": ("Mailouts", "/mailouts"),
    "using/plan": ("New mailout", "/mailouts/new"),
    "using/import": ("Imports", "/imports"),
    "using/contacts": ("Authorities", "/authorities"),
    "using/succession": ("Authorities", "/authorities"),
    "using/suppressions": ("Suppressed addresses", "/suppressions"),
    "using/came-back": ("What came back", "/notices"),
    "using/audit": ("Audit", "/audit"),
    "using/evidence": ("Audit", "/audit"),
    "using/approve": ("Mailouts", "/mailouts"),
    "using/render": ("Mailouts", "/mailouts"),
    "using/watch": ("Mailouts", "/mailouts"),
    "using/doubts": ("Mailouts", "/mailouts"),
    "using/unreached": ("Mailouts", "/mailouts"),
    "using/resend": ("Mailouts", "/mailouts"),
    "using/post": ("Mailouts", "/mailouts"),
    "using/correct": ("Mailouts", "/mailouts"),
    "using/publish": ("Mailouts", "/mailouts"),
    "running/doctor": ("Service", "/service"),
}
"""Where on the pages each task is done."""

TESTED_ON: Final = date(2026, 11, 30)
"""When the accessibility statement was last looked at. Renew it with each change of the pages."""

SHELF: Final = Shelf(shipped("docs"))

help_pages = Blueprint("help", __name__)


@help_pages.get("/help")
@open_to_all
def every() -> tuple[str, int]:
    """Show the list of all help."""
    found = SHELF.index
    return page("help.html", heading="Help", text=Markup(found.html), place=None, is_index=True)  # noqa: S704 - our own documentation


@help_pages.get("/help/<path:task>")
@open_to_all
def one(task: str) -> tuple[str, int]:
    """Show one page of the help."""
    found = SHELF.page(task)
    if found is None:
        abort(404)
    text = Markup(found.html)  # noqa: S704 - our own documentation
    place = PLACES.get(task)
    return page("help.html", heading=found.title, text=text, place=place, is_index=False)


@help_pages.get("/accessibility")
@open_to_all
def accessibility() -> tuple[str, int]:
    """Show the accessibility statement."""
    contact = office().settings.reply_to or office().settings.sender
    return page("accessibility.html", contact=contact, tested_on=TESTED_ON)


def help_here() -> str:
    """Return the address of the help with the page that is shown."""
    for beginning, name in ABOUT.items():
        if re.match(beginning.replace("*", "[^/]+") + "(/|$)", request.path):
            return f"/help/{name}"
    return "/help"
