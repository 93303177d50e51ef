"""All letters of a mailout, the oddest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, request

from dispatch.domain.people.account import AccountRole
from dispatch.letters.store import oddest
from dispatch.letters.store.oddest import Row, Wanted
from dispatch.mailouts.store import mailout_named
from dispatch.views import approval as views
from dispatch.web.access import may, office, signed_in
from dispatch.web.shown import page

letters = Blueprint("letters", __name__)

ROWS: Final = 50
"""Letters on a page."""

NO_GROUP: Final = "none"
"""How an address names the letters without a comparison group."""

ONLY: Final = {
    "failed": ("Not made", "that could not be made", Wanted(is_failed=True)),
    "odd": ("Something odd", "with something odd", Wanted(is_odd=True)),
    "own": ("Own paragraph", "with a paragraph of their own", Wanted(has_own_paragraph=True)),
    "changed": ("Not approved so", "that were not approved as they are", Wanted(is_changed=True)),
    "unseen": ("Not looked at", "that you have not looked at", Wanted(is_unseen=True)),
}
"""Which letters are shown, by the word in the address: in short, in a sentence, as conditions."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are shown, as the address of the page says."""

    only: str
    group: str

    @classmethod
    def of_request(cls) -> Filter:
        only = request.args.get("only", "")
        # An address that somebody kept, or the link of the page of approvals.
        only = "changed" if request.args.get("changed") else only
        return cls(only if only in ONLY else "", request.args.get("group", ""))

    @property
    def wanted(self) -> Wanted:
        _, _, wanted = ONLY.get(self.only, ("", "", Wanted()))
        if not self.group:
            return wanted
        group = "" if self.group == NO_GROUP else self.group
        return replace(wanted, group=group)

    @property
    def said(self) -> str:
        """What is shown, in words; empty if all are."""
        group = "of no comparison group" if self.group == NO_GROUP else f"of {self.group}"
        parts = [ONLY[self.only][1] if self.only else "", group if self.group else ""]
        words = ", ".join(each for each in parts if each)
        return f"Only letters {words}." if words else ""

    def address(self, name: str, after: Row | None = None) -> str:
        """Return the address of these letters, from one on."""
        place = f"{after.plainness}:{after.code}" if after else ""
        values = {"only": self.only, "group": self.group, "after": place}
        query = urlencode({key: value for key, value in values.items() if value})
        return f"/mailouts/{name}/letters?{query}" if query else f"/mailouts/{name}/letters"


@letters.get("/mailouts/<name>/letters")
@may(AccountRole.VIEWER)
def every(name: str) -> tuple[str, int]:
    """Show letters, the oddest first, with what is odd about each."""
    chosen, after = Filter.of_request(), _after()
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        person = signed_in().name
        found = oddest.page(session, mailout, chosen.wanted, person, after=after, limit=ROWS + 1)
        groups = oddest.groups(session, mailout)
        return page(
            "letters/every.html",
            mailout=mailout,
            rows=found[:ROWS],
            chosen=chosen,
            only=[(key, words) for key, (words, *_) in ONLY.items()],
            groups=[(each or NO_GROUP, each or "No group") for each in groups],
            next=chosen.address(name, found[ROWS - 1]) if len(found) > ROWS else "",
            previous=chosen.address(name) if after else "",
            views=views,
        )


def _after() -> tuple[int, str] | None:
    """Return the place in the list that the address names."""
    plainness, _, code = request.args.get("after", "").partition(":")
    try:
        return (int(plainness), code) if code else None
    except ValueError:
        return None
