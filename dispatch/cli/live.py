"""The live preview of a template: a page for this machine's own browser that follows each save.

It listens on loopback alone, on a free port, below a path that nobody else on the machine can
guess, and answers only to its own name: a page of a stranger cannot read it by another (DNS
rebinding). It stores nothing.
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from dispatch.documents import Templates
from dispatch.documents.pictures import sheets
from dispatch.documents.wording.page import ASSETS, asset, page
from dispatch.domain.digest import sha256
from dispatch.domain.errors import DispatchError, NotFound
from dispatch.domain.letter import Rendered
from dispatch.letters.wording.faults import Fault, located
from dispatch.letters.wording.preview import Basis, Made, made, tour_of
from dispatch.letters.wording.tour import Stop, Tour
from dispatch.views.oddities import reasons

LOOK_SECONDS: Final = 0.3
"""How often the files are looked at. By their times, and not by events of the system: those do not
come from network drives."""
WAIT_SECONDS: Final = 20.0
"""How long a page's question is held while nothing changes."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY: Final = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""What the HTML of the email may do: nothing but look as it does."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Stamp = tuple[tuple[str, int, int], ...]
"""Each file with its time and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is previewed, and how it is read again."""

    template: str
    load: Callable[[], Basis]
    """Reads the plan and the register. Raises `DispatchError`."""
    wording: Callable[[], Iterable[Path]]
    """The files of the template."""
    plan: Callable[[], Iterable[Path]]
    """The file of the plan, and those beside it."""


@dataclass(slots=True)
class Live:
    """What the page shows now, and what it showed last without an error."""

    source: Source
    templates: Templates
    basis: Basis
    version: int = 1
    tour: Tour | None = None
    """None until it has been worked out, which takes a few seconds."""
    fault: Fault | None = None
    """What is wrong in the plan."""
    _made: dict[str, Made] = field(default_factory=dict)
    _good: dict[str, Rendered] = field(default_factory=dict)
    _wording: Stamp = ()
    _plan: Stamp = ()
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._wording, self._plan = _stamps(self.source.wording()), _stamps(self.source.plan())

    def look(self) -> bool:
        """Look whether a file has changed, and read what is to be read again."""
        wording, plan = _stamps(self.source.wording()), _stamps(self.source.plan())
        if (wording, plan) == (self._wording, self._plan):
            return False
        if plan != self._plan:
            self._load()
        self._wording, self._plan = wording, plan
        with self._changed:
            self._made.clear()
            self.version += 1
            self._changed.notify_all()
        return True

    def _load(self) -> None:
        """Read the plan again; with an error in it, the one before stays."""
        try:
            self.basis, self.fault = self.source.load(), None
        except DispatchError as error:
            self.fault = located(str(error), _texts(self.source.plan()))

    def choose(self) -> None:
        """Choose the letters that show every branch."""
        tour = tour_of(self.basis, self.templates)
        with self._changed:
            is_known = any(each.shows for each in tour.stops) or self.tour is None
            if is_known and tour != self.tour:  # else an error stops every letter
                self.tour = tour
                self.version += 1
                self._changed.notify_all()

    def wait(self, since: int, seconds: float = WAIT_SECONDS) -> int:
        """Return the version, once it is another one or after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != since, seconds)
            return self.version

    def shown(self, code: str) -> tuple[Rendered | None, Fault | None]:
        """Return a letter, and the error that it has now; it is then as it was before."""
        stop = self.basis.stop(code)
        with self._changed:
            version, found = self.version, self._made.get(stop.code)
        if found is None:
            found = made(stop.draft, self.templates)
            with self._changed:
                if version == self.version:
                    self._made[stop.code] = found
        if found.rendered:
            self._good[stop.code] = found.rendered
        return found.rendered or self._good.get(stop.code), self.fault or found.fault

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The letters of the tour; the oddest alone until that is known."""
        return self.tour.stops if self.tour else self.basis.stops[:1]


def _stamps(paths: Iterable[Path]) -> Stamp:
    return tuple(map(_stamp, paths))


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


def _texts(paths: Iterable[Path]) -> dict[str, str]:
    found = {}
    for path in paths:
        if path.suffix in {".toml", ".md"} and path.is_file():
            found[path.name] = path.read_text(encoding="utf-8", errors="replace")
    return found


def page_of(live: Live, base: str, code: str) -> str:
    """Return the page of one letter. Raises `NotFound`."""
    version = live.version
    stop = live.basis.stop(code)
    rendered, fault = live.shown(code)
    stops = live.stops
    codes = [each.code for each in stops]
    at = codes.index(stop.code) if stop.code in codes else -1
    pages = sheets.count(rendered.pdf) if rendered else 0
    return page(
        base=base,
        version=version,
        template=live.source.template,
        source=live.basis.source,
        name=stop.draft.content.authority.official_name,
        code=stop.code,
        before=codes[at - 1] if at > 0 else "",
        after=_after(codes, at),
        position=_position(live, at),
        stops=[
            {"code": each.code, "name": each.draft.content.authority.official_name}
            for each in stops
        ],
        reasons=reasons(stop.odd),
        shows=stops[at].shows if at >= 0 else (),
        fault=fault,
        rendered=rendered,
        digest=_digest(rendered),
        pages=pages,
        unseen=live.tour.unseen if live.tour else (),
        letters=len(live.basis.stops),
    )


def _after(codes: list[str], at: int) -> str:
    return codes[at + 1] if at + 1 < len(codes) else ""


def _position(live: Live, at: int) -> str:
    letters = f"{len(live.basis.stops):,}"
    if live.tour is None:
        return f"The oddest of {letters}; the round through every turn of the words is being chosen"
    where = f"Letter {at + 1} of {len(live.tour.stops)}" if at >= 0 else "Not in the round of"
    if at < 0:
        return f"{where} {len(live.tour.stops)} letters"
    return f"{where} that show every turn of the words in {letters} letters"


def _digest(rendered: Rendered | None) -> str:
    if rendered is None:
        return ""
    return sha256(rendered.pdf + rendered.note_html.encode())[:16]


class Server(ThreadingHTTPServer):
    """Serves the page to this machine."""

    daemon_threads = True

    def __init__(self, live: Live) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.live = live
        self.base = f"/{secrets.token_urlsafe(16)}"
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that has gone on to another page before the answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def address(self, code: str) -> str:
        """Return the address of a letter's page."""
        return f"http://127.0.0.1:{self.server_port}{self.base}/letter/{quote(code)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the browser."""

    content: bytes
    kind: str
    policy: str = POLICY


def answered(server: Server, target: str) -> Answer:
    """Return the answer to a question for `target`. Raises `NotFound`."""
    parts = urlsplit(target)
    path = unquote(parts.path)
    if not path.startswith(f"{server.base}/"):
        raise NotFound("there is no such page")
    what, _, rest = path.removeprefix(f"{server.base}/").partition("/")
    if what in ASSETS and not rest:
        return Answer(asset(what), ASSETS[what])
    match what:
        case "changed":
            since = parse_qs(parts.query).get("since", ["0"])[0]
            version = server.live.wait(int(since) if since.isdecimal() else 0)
            return Answer(str(version).encode(), "text/plain")
        case "letter":
            return Answer(page_of(server.live, server.base, rest).encode(), "text/html")
        case "email":
            return Answer(_letter(server.live, rest).note_html.encode(), "text/html", MAIL_POLICY)
        case "page":
            code, _, file = rest.rpartition("/")
            return _picture(_letter(server.live, code), file)
    raise NotFound("there is no such page")


def _letter(live: Live, code: str) -> Rendered:
    rendered, _ = live.shown(code)
    if rendered is None:
        raise NotFound("the letter cannot be made")
    return rendered


def _picture(rendered: Rendered, file: str) -> Answer:
    number = file.removesuffix(".png")
    if not number.isdecimal():
        raise NotFound("there is no such page")
    digest = sha256(rendered.pdf)
    return Answer(sheets.picture(digest, int(number), lambda: rendered.pdf), "image/png")


class Handler(BaseHTTPRequestHandler):
    """Answers this machine's browser."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a page, or say that there is none."""
        if self.headers.get("Host") not in self.server.hosts:
            self._say(HTTPStatus.MISDIRECTED_REQUEST, Answer(b"", "text/plain"))
            return
        try:
            self._say(HTTPStatus.OK, answered(self.server, self.path))
        except DispatchError as error:
            self._say(HTTPStatus.NOT_FOUND, Answer(str(error).encode(), "text/plain"))

    def _say(self, status: HTTPStatus, answer: Answer) -> None:
        self.send_response(status)
        headers = {
            **HEADERS,
            "Content-Security-Policy": answer.policy,
            "Content-Type": f"{answer.kind}; charset=utf-8",
            "Content-Length": str(len(answer.content)),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing of each question."""


def follow(live: Live, stop: threading.Event) -> None:
    """Look at the files until `stop`, and choose the letters anew after each change."""
    live.choose()
    while not stop.wait(LOOK_SECONDS):
        if live.look():
            live.choose()
