"""Who may use a page, and on whose word it acts.

Each route declares it: `may` a role, or `open_to_all`. A route that declares nothing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, abort, current_app, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from dispatch.app import App
from dispatch.domain.people.account import Account, AccountRole
from dispatch.domain.people.signing_in import Visit
from dispatch.domain.word import Word
from dispatch.web.visiting import form_page, keep_form

View = TypeVar("View", bound=Callable[..., object])

Visitor = Callable[[], Account | None]
"""Says whose request this is, by its cookie; None if nobody has signed in."""

DECLARED: Final = "dispatch_may"
"""The attribute of a view that says for which role it is; None for everybody."""

CONFIRMED: Final = "dispatch_confirmed"
"""The attribute of a view that asks first who it is."""

NUL: Final = "\0"

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE: Final = frozenset({"same-origin", "none"})
"""What `Sec-Fetch-Site` says of a request that one of our own pages, or the person, began."""


def may(role: AccountRole) -> Callable[[View], View]:
    """Open a page to accounts that may use those of `role`."""

    def declare(view: View) -> View:
        setattr(view, DECLARED, role)
        return view

    return declare


def open_to_all(view: View) -> View:
    """Open a page to everybody, signed in or not."""
    setattr(view, DECLARED, None)
    return view


def confirmed(view: View) -> View:
    """Ask who it is before this is done, unless the person has confirmed that lately."""
    setattr(view, CONFIRMED, True)
    return view


def guard(site: Flask, visitor: Visitor) -> None:
    """Have every request checked before its page is made."""

    @site.before_request
    def check() -> Response | None:
        g.account = visitor()
        if request.endpoint is None:
            return None  # no page has this address: that is said without a sign-in
        if request.method not in SAFE:
            _refuse_from_elsewhere()
        view = current_app.view_functions[request.endpoint]
        if refused := _refuse_the_wrong_person(view) or _ask_who_it_is(view):
            return refused
        _refuse_nul()
        return None


def _refuse_nul() -> None:
    """Refuse a NUL, which no text in a database may have: PostgreSQL would fail on it."""
    if NUL in "".join((*_values(request.args), *map(str, (request.view_args or {}).values()))):
        abort(404)
    if request.method not in SAFE and NUL in "".join(_values(request.form)):
        abort(400, "A field has a character that cannot be kept (U+0000). Type it anew.")


def _values(given: MultiDict[str, str]) -> Iterator[str]:
    for _, values in given.lists():
        yield from values


def _refuse_from_elsewhere() -> None:
    """Refuse a form that another site has sent, before anything else is looked at."""
    site, origin = (request.headers.get(name) for name in ("Sec-Fetch-Site", "Origin"))
    if (site and site not in OWN_SITE) or (origin and not _is_own(origin)):
        abort(403, "The form came from another site.")


def _is_own(origin: str) -> bool:
    """Whether a page of ours has this origin; a proxy may have asked us under another name."""
    own = request.host, urlsplit(office().settings.address).netloc
    return urlsplit(origin).netloc.lower() in {each.lower() for each in own if each}


def _refuse_the_wrong_person(view: Callable[..., object]) -> Response | None:
    role = getattr(view, DECLARED, ...)
    if role is None:
        return None
    if role is ...:
        abort(403, "Nobody has said who may use this page.")
    if g.account is None:
        if request.method not in SAFE:
            keep_form()
        return redirect(sign_in_address(), 303 if request.method not in SAFE else 302)
    if not g.account.may(role):
        abort(403, f"This page is for the role {role.value}; yours is {g.account.role.value}.")
    return None


def _ask_who_it_is(view: Callable[..., object]) -> Response | None:
    """Send a person to confirm who they are, and keep the form until they come back."""
    visit: Visit | None = g.get("visit")
    if not hasattr(view, CONFIRMED) or visit is None or visit.is_confirmed(office().clock()):
        return None
    if request.method not in SAFE:
        keep_form()
    return redirect(f"/confirm?{urlencode({'next': form_page()})}", 303)


def sign_in_address() -> str:
    """Return where to sign in, so that the person comes back to this page."""
    back = request.full_path.rstrip("?") if request.method in SAFE else form_page()
    return f"/sign-in?{urlencode({'next': back})}"


def signed_in() -> Account:
    """Return who has signed in, on a page that is not open to all."""
    account: Account | None = g.account
    if account is None:
        abort(403)
    return account


def office() -> App:
    """Return the app whose pages these are."""
    found: App = current_app.extensions["dispatch"]
    return found


def word(because: str = "") -> Word:
    """Return the word of who has signed in."""
    name, visit = signed_in().name, g.get("visit")
    keyboard = visit.entered_as if visit else name
    return Word(person=name, keyboard=keyboard, because=because, at=office().clock())
