"""How fast each page is with 100,000 deliveries: `python -m benchmarks.pages [--database URL]`.

Once with all of them in one mailout and once in 145: on SQLite and on a PostgreSQL that is started
for it, or on the server of a URL. Every route of the pages is asked for as a browser does, without
the network, by somebody who has signed in. A row of the table says how many questions a page asked
the database and what it took, in this process and in the database's own; a page that breaks a bar
is marked, and the program ends with 1.

Filled databases are kept in a folder: the first run takes minutes longer. Judge wall times on a
quiet machine; processor time and the counts hold on any.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import select, update
from werkzeug.routing import Rule

from benchmarks import ground, offices, plans
from benchmarks.offices import COMING, LOOKED_AT, LOOKED_AT_LETTER, Keys, Office
from dispatch import garbage, log
from dispatch.app import App
from dispatch.database.tables import (
    Delivery,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Suggestion,
)
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.incoming.message import MailState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.upkeep.logged import LogLevel
from dispatch.web.shown import Inbox
from dispatch.web.site import site
from tests.fakes import FakeClock
from tests.journeys.offices import values
from tests.web.questions import MOST, questions
from tests.web.walk import UNKNOWN, Walk

MEDIAN_MS: Final = 150
P95_MS: Final = 400
KEPT_IN: Final = Path("/var/tmp/dispatch-pages")  # noqa: S108 - an office that is made up
SENT: Final = "mailout-000"
HERE: Final = f"/mailouts/{SENT}"
LETTER: Final = f"{HERE}/letters/{LOOKED_AT_LETTER}"

MORE: Final = (
    "/mailouts?after=mailout-100",
    f"{HERE}/deliveries?after=ACCEPTED",
    *(f"{HERE}/deliveries?shown={each}" for each in ("failed", "in-doubt", "accepted")),
    f"{HERE}/deliveries?shown=accepted&after=ACCEPTED",
    *(f"{HERE}/letters?only={each}" for each in ("failed", "odd", "own", "changed", "unseen")),
    f"{HERE}/letters?group=London+Borough&after=0:T00100",
    *(f"{HERE}/resend?choice={each}" for each in ("bounced", "changed")),
    f"{HERE}/resend?authority=T00003",
    f"{HERE}/reissues/new?authority={LOOKED_AT_LETTER}",
    *("/audit?authority=T00007", "/audit?kind=delivery.refused", "/audit?kind=delivery.accepted"),
    *("/audit?since=2020-07-22&until=2020-07-22", "/authorities?q=testshire+0001"),
    *(f"/authorities?q={each}" for each in ("T0010", "test", "tetshire+00017")),
    *("/deliveries/REFUSED", "/deliveries/BOUNCED"),
)
"""Addresses with a question, and others that differ from the first of their route."""

AS_APPROVED: Final = ("", "/approval", "/schedule", "/pause", "/letters", "/check")
"""Pages of the coming mailout that differ once it is approved."""

GOOD: Final = frozenset({200, 204, 302, 303})
OTHERWISE: Final[Mapping[str, tuple[int, str]]] = {
    f"/audit/packs/{COMING}/{LOOKED_AT_LETTER}": (404, "nothing of it was sent: no pack yet"),
    f"/mailouts/{COMING}/resend": (409, "none of its letters have left"),
    f"/mailouts/{COMING}/reissues/new?authority={LOOKED_AT_LETTER}": (409, "none have left"),
    f"/mailouts/{COMING}/reissues/new/others": (409, "none have left"),
    f"/mailouts/{COMING}/upload/bundle.zip": (404, "it was not made public: no bundle yet"),
    f"{HERE}/upload/bundle.zip": (404, "it was not made public: no bundle yet"),
    "/metrics": (401, "it wants a secret of its own, and none is set"),
    "/sign-in/office/back": (404, "no provider of identities is set"),
}
"""Pages that answer otherwise by design in these offices, and why; their bars hold all the same."""

NOT_LOOKED_AT: Final = frozenset({"files.file", "api.nothing"})
"""A file of the pages, which is the same everywhere; what no route of the API answers."""

HEAD: Final = (
    f"{'page':62}{'asks':>5}{'median':>8}{'p95':>7}{'own CPU':>8}{'database':>9}{'rows':>9}  bars"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address, and who asks for it."""

    address: str
    role: AccountRole
    label: str
    is_of_programs: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page took."""

    label: str
    questions: int
    milliseconds: Sequence[float]
    processor: Sequence[float]
    served: float
    """Milliseconds of the database's own processes for one page."""
    reading: plans.Reading
    statuses: frozenset[int]
    is_of_programs: bool

    @property
    def broken(self) -> list[str]:
        """Which bars it breaks; what programs read has none."""
        if self.is_of_programs:
            return []
        expected, _ = OTHERWISE.get(self.label, (None, ""))
        bars = {
            f"answers {sorted(self.statuses)}": not self.statuses <= GOOD | {expected},
            f"asks more than {MOST}": self.questions > MOST,
            "reads a whole table": bool(self.reading.whole),
            f"median over {MEDIAN_MS} ms": median(self.milliseconds) >= MEDIAN_MS,
            f"p95 over {P95_MS} ms": self.p95 >= P95_MS,
        }
        return [name for name, is_broken in bars.items() if is_broken]

    @property
    def p95(self) -> float:
        return quantiles(self.milliseconds, n=20)[-1]

    @property
    def line(self) -> str:
        middle, own = median(self.milliseconds), median(self.processor)
        numbers = f"{self.questions:5}{middle:8.0f}{self.p95:7.0f}{own:8.0f}{self.served:9.0f}"
        status, why = OTHERWISE.get(self.label, (0, ""))
        said = self.broken or ([f"{status}, since {why}"] if status in self.statuses else [])
        return f"{self.label[:61]:62}{numbers}{self.reading.rows:9}  {', '.join(said)}"


@dataclass
class Visitor:
    """Asks for the pages of an office."""

    walk: Walk
    keys: Keys
    server: int | None
    """The process of a PostgreSQL whose children count too."""
    times: int
    found: list[Taken] = field(default_factory=list)

    def look(self, place: Place) -> None:
        """Ask for a page so many times, after once that does not count, and print what it took."""
        took, own, statuses = [], [], {self.ask(place)}
        served = ground.seconds_of(self.server)
        for _ in range(self.times):
            began, worked = time.perf_counter(), time.process_time()
            statuses.add(self.ask(place))
            took.append(1000 * (time.perf_counter() - began))
            own.append(1000 * (time.process_time() - worked))
        served = 1000 * (ground.seconds_of(self.server) - served) / self.times
        with questions(self.walk.app) as asked:
            self.ask(place)
        reading = plans.reading(self.walk.app, asked)
        label = place.label
        counted = len(asked.asked), took, own, served, reading
        taken = Taken(label, *counted, frozenset(statuses), place.is_of_programs)
        self.found.append(taken)
        print(taken.line, flush=True)

    def ask(self, place: Place) -> int:
        """Ask for a page as somebody does who has not looked at it for a while."""
        extensions = self.walk.pages.extensions
        extensions.pop("live", None)
        inbox = self.walk.pages.jinja_env.globals["inbox_count"]
        assert isinstance(inbox, Inbox)
        inbox.forget()
        if not place.is_of_programs:
            return self.walk.ask(place.role, "GET", place.address).status_code
        shown = {"Authorization": f"Bearer {self.keys.token}"}
        return self.walk.ask(None, "GET", place.address, headers=shown).status_code


def places(walk: Walk) -> Iterator[Place]:
    """Yield every page, each once for the mailout that was sent and once for the coming one."""
    named = _deliveries(walk.app)
    rules = [each for each in walk.rules("GET") if each.endpoint not in NOT_LOOKED_AT]
    for rule in sorted(rules, key=lambda each: each.rule):
        for address in _addresses(walk, rule, named):
            yield Place(address, _role(walk, rule), address, rule.rule.startswith("/api/"))
    for each in MORE:
        address = each
        for state, id_ in named.items():
            address = address.replace(state.name, id_)
        role = AccountRole.EDITOR if "/re" in each else AccountRole.VIEWER
        yield Place(address, role, each)


def _addresses(walk: Walk, rule: Rule, named: Mapping[DeliveryState, str]) -> Iterator[str]:
    for address in islice(walk.places(rule), 3):
        is_settled = rule.rule.endswith("/settle")
        if "delivery_id" in rule.arguments:
            state = DeliveryState.IN_DOUBT if is_settled else DeliveryState.ACCEPTED
            if state in named:
                yield rule.rule.replace("<uuid:delivery_id>", named[state])
        else:
            yield address
            if "name" in rule.arguments:
                yield address.replace(SENT, COMING)


def _role(walk: Walk, rule: Rule) -> AccountRole:
    """Return an administrator, unless the page is not for one."""
    declared, admin = walk.declared(rule), AccountRole.ADMIN
    return declared if declared in {AccountRole.EDITOR, AccountRole.APPROVER} else admin


def _deliveries(app: App) -> dict[DeliveryState, str]:
    """Return a delivery of the mailout that was sent in each state."""
    is_its = Delivery.mailout_id == Mailout.id, Mailout.name == SENT
    with app.sessions.read() as session:
        rows = {
            state: session.scalars(
                select(Delivery.id).where(*is_its, Delivery.state == state).limit(1)
            ).one_or_none()
            for state in DeliveryState
        }
    return {state: str(id_) for state, id_ in rows.items() if id_}


def _parts(app: App) -> dict[str, list[object]]:
    """Return what stands for the parts of addresses: of the many rows where there are many."""
    of_sent = select(Delivery.id).join(Mailout, Mailout.id == Delivery.mailout_id)
    of_sent = of_sent.where(Mailout.name == SENT)
    queries = {
        "mail_id": select(NoticeRow.mail_id).where(NoticeRow.delivery_id.in_(of_sent)),
        "suggestion_id": select(Suggestion.id).where(Suggestion.delivery_id.in_(of_sent)),
    }
    known = UNKNOWN | values(app)
    with app.sessions.read() as session:
        for name, query in queries.items():
            known[name] = [session.scalars(query.limit(1)).one()]
        unread = select(IncomingMail.id).where(IncomingMail.state == MailState.QUARANTINED)
        known["mail_id"].append(session.scalars(unread.limit(1)).one())
    several = {"mail_id"}
    first = {name: each if name in several else each[:1] for name, each in known.items()}
    return {**first, "name": [SENT], "code": [LOOKED_AT_LETTER]}


def walk_of(app: App, keys: Keys) -> Walk:
    """Return a walk along the pages of an office."""
    return Walk(app, site(app), dict(keys.cookies), _parts(app))


def visit(app: App, keys: Keys, asked: argparse.Namespace, server: int | None) -> list[Taken]:
    """Look at every page of an office."""
    assert isinstance(app.clock, FakeClock)
    app.clock.reach(LOOKED_AT)
    walk = walk_of(app, keys)
    gc.collect()
    garbage.settle()
    visitor = Visitor(walk, keys, server, asked.times)
    for place in places(walk):
        if _is_asked_for(asked, place.label):
            visitor.look(place)
    later = (
        (_approved, "approved", [f"/mailouts/{COMING}{each}" for each in AS_APPROVED]),
        (_over, "all over", [f"{HERE}/upload"]),
    )
    for state, called, addresses in later:
        with state(app):
            for address in addresses:
                if _is_asked_for(asked, address):
                    visitor.look(Place(address, AccountRole.APPROVER, f"{address} ({called})"))
    return visitor.found


def _is_asked_for(asked: argparse.Namespace, address: str) -> bool:
    return asked.only in address and not any(each in address for each in asked.without)


@contextmanager
def _approved(app: App) -> Iterator[None]:
    """Have the coming mailout approved meanwhile, as far as its row says."""
    coming = update(Mailout).where(Mailout.name == COMING)
    now = {"approved_by": "alex", "approved_at": LOOKED_AT, "approved_digest": "0" * 64}
    try:
        with app.sessions.begin() as session:
            session.execute(coming.values(state=MailoutState.APPROVED, **now))
        yield
    finally:
        with app.sessions.begin() as session:
            before = dict.fromkeys(now)
            session.execute(coming.values(state=MailoutState.RENDERED, **before))


@contextmanager
def _over(app: App) -> Iterator[None]:
    """Have nothing of the mailout that was sent on its way, and no version proposed, meanwhile."""
    of_sent = select(Mailout.id).where(Mailout.name == SENT).scalar_subquery()
    waiting = select(Delivery.id).where(
        Delivery.mailout_id == of_sent, Delivery.state == DeliveryState.DEFERRED
    )
    proposed = select(Letter.id).where(
        Letter.mailout_id == of_sent, Letter.state == LetterState.PROPOSED
    )
    with app.sessions.read() as session:
        deliveries, letters = session.scalars(waiting).all(), session.scalars(proposed).all()
    deferred, versions = update(Delivery).where(Delivery.id.in_(deliveries)), update(Letter)
    versions = versions.where(Letter.id.in_(letters))
    try:
        with app.sessions.begin() as session:
            session.execute(deferred.values(state=DeliveryState.EXPIRED))
            session.execute(versions.values(state=LetterState.VOID))
        yield
    finally:
        with app.sessions.begin() as session:
            session.execute(deferred.values(state=DeliveryState.DEFERRED))
            session.execute(versions.values(state=LetterState.PROPOSED))


@contextmanager
def filled(folder: Path, office: Office, server: str | None) -> Iterator[tuple[App, Keys]]:
    """Open an office in a folder, filled before or now; on a server, if its URL is given."""
    name = f"dispatch_pages_{office.mailouts}_{office.authorities}_{_version()}"
    own = folder / f"{name}_{'postgresql' if server else 'sqlite'}"
    keys, is_new = own / "keys.json", not (own / "keys.json").exists()
    if is_new:
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
    url = _database(server, name, is_new=is_new) if server else f"sqlite:///{own / 'dispatch.db'}"
    app = ground.app(url, own / "home")
    if is_new:
        began = time.monotonic()
        ground.migrate(url)
        made = offices.fill(app, office)
        _settle(server, name)
        keys.write_text(json.dumps([dict(made.cookies), made.token]))
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
    cookies, token = json.loads(keys.read_text())
    try:
        yield app, Keys({AccountRole(role): each for role, each in cookies.items()}, token)
    finally:
        app.sessions.dispose()


def _version() -> str:
    """Return what differs once a filled database would."""
    migrations = sorted((ground.ROOT / "dispatch/database/migrations/versions").glob("*.py"))
    files = (*migrations, Path(offices.__file__))
    return sha256(b"".join(each.read_bytes() for each in files))[:8]


def _database(server: str, name: str, *, is_new: bool) -> str:
    """Return the URL of a database of that name on a server, empty if it is to be new."""
    with psycopg.connect(server, autocommit=True) as admin:
        if is_new:
            own = sql.Identifier(name)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(own))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(own))
    return f"{server.replace('postgresql://', 'postgresql+psycopg://').rpartition('/')[0]}/{name}"


def _settle(server: str | None, name: str) -> None:
    """Have a PostgreSQL count the rows, as it does by itself a minute later."""
    if server:
        own = f"{server.rpartition('/')[0]}/{name}"
        with psycopg.connect(own, autocommit=True) as admin:
            admin.execute("VACUUM ANALYZE")


@contextmanager
def _server(folder: Path) -> Iterator[ground.Server]:
    """Run a PostgreSQL of our own, whose data stay in the folder."""
    own = folder / "postgresql"
    if not (own / "data" / "PG_VERSION").exists():
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        ground.make_cluster(own)
    with ground.serve_postgresql(own, ground.free_port()) as server:
        yield server


def _look(asked: argparse.Namespace, url: str | None, process: int | None) -> list[Taken]:
    """Look at both offices on one database."""
    found: list[Taken] = []
    made = {"one": offices.one, "many": offices.many}
    for name in [asked.office] if asked.office else made:
        office = made[name](asked.deliveries)
        counted = f"{office.mailouts} of {2 * office.authorities:,} deliveries each"
        print(f"\n{'PostgreSQL' if url else 'SQLite'}, {counted}\n{HEAD}", flush=True)
        with filled(asked.keep, office, url) as (app, keys):
            found += visit(app, keys, asked, process)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="one database only")
    parser.add_argument("--deliveries", type=int, default=100_000, help="how many there are")
    parser.add_argument("--office", choices=["one", "many"], help="one office only")
    parser.add_argument("--database", help="a PostgreSQL that may be filled, by its URL")
    parser.add_argument("--only", default="", help="pages with this in their address")
    parser.add_argument("--without", nargs="*", default=[], help="and none with any of these")
    parser.add_argument("--keep", type=Path, default=KEPT_IN, help="the folder of what is filled")
    parser.add_argument("--explain", action="store_true", help="print what reads a whole table")
    return parser.parse_args()


def main() -> int:
    """Look at every page of both offices on both databases; return 1 if a bar is broken."""
    asked = _arguments()
    log.begin(level=LogLevel.WARNING)  # a line for each page would be most of what is printed
    asked.keep.mkdir(exist_ok=True)
    asked.keep.chmod(0o711)  # PostgreSQL passes through as another user
    found: list[Taken] = []
    if asked.on != "postgresql" and not asked.database:
        found += _look(asked, None, None)
    if asked.on != "sqlite":
        with ExitStack() as stack:
            own = None if asked.database else stack.enter_context(_server(asked.keep))
            url = own.url if own else asked.database.replace("+psycopg", "")
            found += _look(asked, url, own.process.pid if own else None)
    broken = [each for each in found if each.broken]
    if asked.explain:
        print(*(f"\n{each.label}\n  {step}" for each in broken for step in each.reading.whole))
    print(f"\n{len(found)} pages, {len(broken)} of which break a bar")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
