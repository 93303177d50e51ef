"""The cookie of a browser, who has signed in by it, and what is kept for it.

The cookie holds a secret and nothing else; what it opens is in the database (`dispatch.people`).
Forms are tied to it, so that a form is good for as long as its browser's cookie, and one that was
refused since nobody is signed in any more comes back filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.routing import Rule
from wtforms.validators import ValidationError

from dispatch.app import App
from dispatch.clock import machine_time
from dispatch.database import DatabaseTrouble
from dispatch.domain.people.account import Account
from dispatch.domain.people.signing_in import Visit
from dispatch.domain.proof.mac import mac
from dispatch.people import codes, visits
from dispatch.people.visits import Caller

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
CSRF: Final = "csrf_token"
FLASHES: Final = "_flashes"
LONGEST_KEPT: Final = 64_000
"""Characters of a form that is kept while its person signs in again."""

SAID_FOR: Final = timedelta(minutes=10)
WITHOUT_VISIT: Final = frozenset({"files.file", "health.alive", "health.is_ready"})
"""What is the same for everybody, and asks the database nothing."""

NOT_KEPT: Final = frozenset({CSRF, "digest", "shown_at", "password", "again", "code", "telephone"})
"""Fields that are not kept: secrets, and what a person agrees to by seeing it anew."""


class Browser(dict[str, Any], SessionMixin):
    """What Flask calls the session: a browser's cookie, its token for forms, and what to say next.

    Nothing else can be put in it: that would be lost without a word.
    """

    def __init__(self, secret: str, token: str, said: list[tuple[str, str]]) -> None:
        super().__init__({CSRF: token})
        self.secret = secret
        self.is_used = False
        """Whether a form on this page needs the cookie."""
        if said:
            self[FLASHES] = said

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as a dictionary of anything
        self.is_used = self.is_used or name == CSRF
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:  # noqa: ANN401 - as above
        if name not in {CSRF, FLASHES}:
            raise KeyError(f"{name} cannot be kept in a cookie: see `keep`")
        super().__setitem__(name, value)


class Visits(SessionInterface):
    """Opens and saves a browser's cookie."""

    def __init__(self, app: App) -> None:
        self._key = app.sender.key
        self._is_secure = app.settings.is_secure
        prefix = "__Host-" if self._is_secure else ""  # no other host of the domain can set it
        self._cookie, self._said = f"{prefix}visit", f"{prefix}said"

    def open_session(self, app: Flask, request: Request) -> Browser:
        """Return the browser of a request; one without a cookie of ours gets a new secret."""
        given = request.cookies.get(self._cookie, "")
        secret = given if SECRET.fullmatch(given) else codes.new_secret()
        return Browser(secret, self._token(secret), self._heard(app, request))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Give the browser its cookie, if a form needs it, and what the next page says."""
        assert isinstance(session, Browser)  # noqa: S101 - for the type checker
        given = request.cookies.get(self._cookie, "")
        if session.secret != given and (session.is_used or SECRET.fullmatch(given)):
            self._set(response, self._cookie, session.secret)
        said = session.get(FLASHES)
        if said:
            self._set(response, self._said, str(self._signer(app).dumps(said)), SAID_FOR)
        elif self._said in request.cookies:
            response.delete_cookie(self._said, secure=self._is_secure, httponly=True)

    def renew(self, browser: Browser, secret: str) -> None:
        """Give a browser another secret: the token of its forms changes with it."""
        browser.secret, browser.is_used = secret, True
        browser[CSRF] = self._token(secret)

    def _token(self, secret: str) -> str:
        return mac(self._key, "token of forms", secret.encode())

    def _heard(self, app: Flask, request: Request) -> list[tuple[str, str]]:
        try:
            found = self._signer(app).loads(
                request.cookies.get(self._said, ""), max_age=int(SAID_FOR.total_seconds())
            )
        except BadSignature:
            return []
        return [(str(kind), str(words)) for kind, words in found]

    @staticmethod
    def _signer(app: Flask) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(app.secret_key or b"", salt="said")

    def _set(
        self, response: Response, name: str, value: str, for_: timedelta | None = None
    ) -> None:
        response.set_cookie(
            name, value, max_age=for_, secure=self._is_secure, httponly=True, samesite="Lax"
        )


def browser() -> Browser:
    """Return the browser that this request came from."""
    found = session._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's proxy
    assert isinstance(found, Browser)  # noqa: S101 - for the type checker
    return found


def caller() -> Caller:
    """Return who is at the page, as far as the request says."""
    name = request.headers.get("User-Agent", "")
    return Caller(at=_app().clock(), machine_at=machine_time(), browser=name_of(name))


BROWSERS: Final = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome")),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


def name_of(agent: str) -> str:
    """Return what people call a browser, by what it says of itself."""
    name = next((words for mark, words in BROWSERS if mark in agent), "Another browser")
    system = next((words for mark, words in SYSTEMS if mark in agent), None)
    return f"{name} on {system}" if system else name


def visitor() -> Account | None:
    """Say whose request this is, by its cookie."""
    g.visit = None
    if request.endpoint in WITHOUT_VISIT or not request.cookies:
        return None
    app = _app()
    now = app.clock()
    with app.sessions.read() as reading:
        found = visits.visit_of(reading, browser().secret, now)
    if found is None:
        return None
    g.visit = found
    # A page that looks again by itself says nothing about whether anybody is there.
    if "HX-Request" not in request.headers and now - found.seen_at >= visits.SEEN_EVERY:
        # A database that takes no writing now can still be looked at.
        with suppress(DatabaseTrouble), app.sessions.begin() as writing:
            visits.note_seen(writing, found, now)
    return found.account


def visit() -> Visit:
    """Return the visit by which somebody has signed in."""
    found = g.get("visit")
    assert isinstance(found, Visit)  # noqa: S101 - for the type checker: the page is for somebody
    return found


def enter(secret: str) -> None:
    """Have the browser's cookie hold another secret from now on: none from before counts."""
    interface = current_app.session_interface
    assert isinstance(interface, Visits)  # noqa: S101 - for the type checker
    interface.renew(browser(), secret)
    g.pop(CSRF, None)  # where Flask-WTF keeps the token that it made of the secret before


def own_path(text: str | None) -> str:
    """Return an address of ours to go on to; the first page for any other.

    Browsers read a backslash as a slash, and two slashes as another host.
    """
    path = text or "/"
    is_plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if is_plain and path.startswith("/") and not path.startswith("//") else "/"


def form_page() -> str:
    """Return the page that has the form of this request: the nearest address above it to open."""
    known = {each.rule: each for each in current_app.url_map.iter_rules() if _opens(each)}
    own = place = request.url_rule.rule if request.url_rule else ""
    while place and place not in known:
        place = place.rpartition("/")[0]
    built = known[place].build(request.view_args or {}, append_unknown=False) if place else None
    asked = request.query_string.decode("ascii", "ignore") if place == own else ""
    return (built[1] if built else "/") + (f"?{asked}" if asked else "")


def _opens(rule: Rule) -> bool:
    return "GET" in (rule.methods or ())


def keep_form() -> None:
    """Keep the form of this request while its person signs in again, or confirms who they are.

    Only one that a page of ours sent from this browser, and without its files.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True)]
    kept = [each for each in fields if each[0] not in NOT_KEPT]
    is_small = sum(len(name) + len(value) for name, value in kept) <= LONGEST_KEPT
    try:
        validate_csrf(request.form.get(CSRF))
    except ValidationError:
        return
    if not is_small:
        return
    here, app = caller(), _app()
    form: dict[str, Any] = {"path": form_page(), "fields": kept}
    with app.sessions.begin() as writing:
        if g.get("visit"):
            visits.put(writing, browser().secret, {"form": form})
            return
        form["account"] = visits.account_of(writing, browser().secret)
        if form["account"]:
            enter(visits.keep(writing, {"form": form}, here))


def form_kept() -> list[tuple[str, str]] | None:
    """Return the fields of a form of this page that was refused a while ago."""
    found: Visit | None = g.get("visit")
    form: Mapping[str, Any] = found.kept.get("form", {}) if found else {}
    if not form or request.method != "GET" or form["path"] != form_page():
        return None
    return [(str(name), str(value)) for name, value in form["fields"]]


def forget_form() -> None:
    """Let go of a form that was kept, now that one of its page is carried out."""
    found: Visit | None = g.get("visit")
    if request.method in {"GET", "HEAD", "OPTIONS"} or not found or "form" not in found.kept:
        return
    if found.kept["form"]["path"] == form_page():
        with _app().sessions.begin() as writing:
            visits.put(writing, browser().secret, {})


def _app() -> App:
    found: App = current_app.extensions["dispatch"]
    return found
