"""A mailout's life with so many letters, each step counted: what grows faster than they do?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select

from dispatch.app import App
from dispatch.cli.output import progress
from dispatch.database import Session, connect, schema
from dispatch.database.tables import Delivery
from dispatch.domain.calendar import local
from dispatch.domain.delivery import DeliveryState
from dispatch.letters import approval, render
from dispatch.mail.outgoing.headers import message_id
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from dispatch.sending import release, send, sweep
from dispatch.tracking import reminders
from dispatch.tracking.staff import ReminderMeans
from dispatch.worker import tasks
from dispatch.worker.means import Means
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock
from tests.frozen.office import Office
from tests.frozen.story import YEARS_LATER
from tests.journeys import many
from tests.journeys.meter import Meter
from tests.notices import a_dsn

NAME: Final = steps.NAME
MADE_AT_ONCE: Final = 20
SENT_AT_ONCE: Final = 500
REISSUED: Final = 100
"""New versions at most: each is really made, which takes long and has nothing to do with others."""
BOUNCED: Final = 1_000
"""Notices at most: each is read by itself."""
FILES: Final = {
    "authorities": "authorities",
    "chiefs": "contacts",
    "officers": "contacts",
    "figures": "figures",
}
"""The kind of each file that is brought in."""
WHY: Final = ("--because", "x", "--as", "kim")


@dataclass
class Life:
    """The life of one mailout of so many letters."""

    office: Office
    elsewhere: Office
    """Another database, for a restore."""
    meter: Meter
    size: int

    @property
    def app(self) -> App:
        return self.office.app

    def command(self, *words: object, exit_code: int = 0) -> None:
        """Count a command; its name is its words."""
        said = " ".join(str(each) for each in words if len(str(each)) < 30 and each != NAME)
        self.meter.step(said, lambda: self._given(self.office, *words, exit_code=exit_code))

    def _given(self, office: Office, *words: object, exit_code: int = 0) -> None:
        office.run_into(Path("printed"), *words, exit_code=exit_code)

    def lived(self) -> None:
        for chapter in (self._plan, self._made, self._agreed, self._sent, self._returned):
            chapter()
        for chapter in (self._asked, self._proven, self._restored, self._corrected, self._ended):
            chapter()

    def _write(self, name: str, lines: Callable[[], Iterable[str]]) -> None:
        """Write a file in the folder; nothing of that is counted."""
        self.meter.aside(lambda: Path(name).write_text("\n".join([*lines(), ""])))

    def _plan(self) -> None:
        for name, kind in FILES.items():
            self._write(f"{name}.csv", partial(many.file, name, self.size))
            self.command("import", kind, f"{name}.csv")
        with self.app.sessions.begin() as session:
            steps.plan_one(session, self.app.clock())
        self.command("mailout", "check", NAME)
        self.meter.step("render", self._ask)

    def _ask(self) -> None:
        with self.app.sessions.read() as session:
            mailout = mailout_named(session, NAME)
            drawn = render.draw(session, mailout, self.app.templates)
        with self.app.sessions.begin() as session:
            mailout = mailout_named(session, NAME)
            word = a_word(self.app.clock())
            render.ask(session, mailout, self.app.templates, word, drawn=drawn)

    def _go_on(self) -> None:
        """Do what workers do where work goes through all letters of a mailout."""
        tasks.go_on(Means(self.app, lambda *_: None))

    def _made(self) -> None:
        self.meter.step("store the others", self._go_on)
        self.meter.step("watch letters being made", lambda: self._watch(progress.letters_made))
        self.meter.step("make letters", self._make)
        self.meter.step("tick that ends rendering", self._tick)

    def _watch(self, count: Callable[[Session, str], object]) -> None:
        with self.app.sessions.read() as session:
            count(session, NAME)

    def _make(self) -> None:
        while True:
            with self.app.sessions.begin() as session:
                jobs = render.claim(
                    session, now=self.app.clock(), lease=self.app.lease, limit=MADE_AT_ONCE
                )
            if not jobs:
                return
            made = [(job, many.a_letter(job)) for job in jobs]
            with self.app.sessions.begin() as session:
                render.store(session, made, now=self.app.clock())

    def _tick(self) -> None:
        """Do what the clock does, each step in a transaction of its own."""
        app, now = self.app, self.app.clock()
        with app.sessions.begin() as session:
            sweep.sweep(session, now=now)
        with app.sessions.read() as session:
            settled, made = sweep.settled(session), render.made(session)
            due = release.due(session, now=now)
        ready: dict[str, release.Ready] = {}
        looked: dict[str, approval.Looked] = {}
        for name in made:
            with app.sessions.read() as session:
                seen = render.look(session, name)
                assert seen
                looked[name] = seen
        for name in due:
            with app.sessions.read() as session:
                found = release.look(session, name, app.templates)
                assert found
                ready[name] = found
        done: list[tuple[list[str], Callable[[Session, str], object]]] = [
            (settled, partial(sweep.finish, now=now)),
            (made, partial(render.finish, templates=app.templates, now=now, looked=looked)),
            (due, partial(release.release, templates=app.templates, now=now, ready=ready)),
        ]
        for names, step in done:
            for name in names:
                with app.sessions.begin() as session:
                    step(session, name)

    def _agreed(self) -> None:
        self.command("mailout", "list")
        self.command("mailout", "show", NAME)
        self.meter.step("approve", self._approve)
        self.command("mailout", "schedule", NAME, "--yes")
        self.command("mailout", "pause", NAME, "--because", "x")
        self.command("mailout", "resume", NAME, "--yes")

    def _approve(self) -> None:
        """Approve as the command does; it would check PDF files, which these letters have not."""
        app = self.app
        with app.sessions.read() as session:
            mailout = mailout_named(session, NAME)
            looked = approval.look(session, mailout, app.templates.digest("annual-review"))
        with app.sessions.begin() as session:
            mailout = mailout_named(session, NAME, is_locked=True)
            word = a_word(app.clock(), "alex", keyboard="alex")
            agreed = looked.covered.digest
            assert approval.approve(session, mailout, app.templates, agreed, word, looked).digest
        self._go_on()

    def _sent(self) -> None:
        self.office.clock.reach(RELEASE_AT)
        self.meter.step("tick that releases", self._tick)
        self.meter.step("queue the others", self._go_on)
        self.meter.step(
            "watch letters being sent", lambda: self._watch(progress.deliveries_settled)
        )
        self.meter.step("idle tick", self._tick)
        self._sends("send")

    def _sends(self, what: str) -> None:
        """Do what workers and the clock do until nothing is due."""
        self.meter.step(what, self._send)
        self.meter.step(f"tick after: {what}", self._tick)

    def _send(self) -> None:
        while send.send(steps.means(self.app), limit=SENT_AT_ONCE):
            pass

    def _deliveries(self, session: Session, role: str, place: int) -> Iterator[Delivery]:
        """Yield the deliveries to a role of those at a place among every few."""
        query = select(Delivery).where(Delivery.role == role).order_by(Delivery.authority_code)
        found = session.scalars(query.execution_options(yield_per=500))
        return (each for each in found if many.place_of(each.authority_code) == place)

    def _returned(self) -> None:
        self.office.clock.advance(minutes=30)
        self.meter.aside(self._write_notices)
        notices = [f"{each}.eml" for each in many.codes(self.size, many.BOUNCED_AT)[:BOUNCED]]
        self.meter.step("receive", lambda: self._given(self.office, "receive", *notices))
        self.meter.step("seal", lambda: catch_up(self.app.sessions, self.app.clock))

    def _write_notices(self) -> None:
        with self.app.sessions.read() as session:
            rows = self._deliveries(session, many.ROLES[0], many.BOUNCED_AT)
            for row in islice(rows, BOUNCED):
                Path(f"{row.authority_code}.eml").write_bytes(a_dsn(self.app, row))

    def _asked(self) -> None:
        self.command("mailout", "status", NAME)
        self.command("mailout", "unreached", NAME)
        self.command("delivery", "list", NAME)
        self.command("delivery", "list", NAME, "--state", "in_doubt")
        self.command("delivery", "doubtful", NAME)
        self.command("notice", "list", NAME)
        self.command("notice", "quarantine")
        self.command("notice", "suggestions", NAME)
        self.command("suppression", "list")
        self.command("letter", "show", NAME, many.codes(2)[1])
        self.command("contacts", "show", many.codes(2)[1])
        with self.app.sessions.read() as session:
            row = next(self._deliveries(session, many.ROLES[0], many.BOUNCED_AT))
        words = ("delivery", "show", row.id)
        self.meter.step("delivery show", lambda: self._given(self.office, *words))

    def _proven(self) -> None:
        self.command("audit", "verify")
        self.command("audit", "show")
        self.command("audit", "show", "--csv")
        self.command("audit", "show", "--events")
        for wanted in (
            ("--authority", many.codes(3)[2]),
            ("--address", many.address(many.codes(3)[2], many.ROLES[0])),
            ("--person", "nobody is called this"),
            ("--since", "2020-07-23"),
        ):
            self.command("audit", "show", *wanted)
            self.command("audit", "show", "--events", *wanted)
        self.command("audit", "evidence", NAME, many.codes(3)[2], "--out", "one.zip")
        self.command("audit", "purge", "--dry-run")
        self.meter.step("reminder", self._remind)

    def _remind(self) -> None:
        means = ReminderMeans(
            staff=("staff@ombudsman.example",),
            sessions=self.app.sessions,
            transport=self.app.transport,
            sender=self.app.sender,
            templates=self.app.templates,
            clock=self.app.clock,
            in_words=str,
        )
        with self.app.sessions.read() as session:
            reminders.due(session, now=self.app.clock())
        reminders.remind(means, NAME)

    def _restored(self) -> None:
        """Move to another database, and stop there what is under way."""
        self.command("db", "backup", "all.gz")
        self.meter.step(
            "db restore", lambda: self._given(self.elsewhere, "db", "restore", "all.gz", "--yes")
        )
        words = ("mailout", "cancel", NAME, "--because", "x", "--yes")
        self.meter.step("mailout cancel", lambda: self._given(self.elsewhere, *words))

    def _corrected(self) -> None:
        self.command("mailout", "unreached", NAME, "--json")
        self._write("mail.log", self._log)
        self.command("delivery", "reconcile", "--postfix-log", "mail.log")
        self._write("newcomers.csv", lambda: many.newcomers(self.size))
        self.command("import", "contacts", "newcomers.csv", "--yes")
        self.command("resend", NAME, "--unreached", *WHY, "--json")
        self.command("resend", NAME, "--changed", *WHY, "--yes")
        self._sends("send again")
        self._write("corrected.csv", lambda: many.corrected(self.size))
        self.command("import", "figures", "corrected.csv", "--yes")
        self._reissued()

    def _log(self) -> Iterator[str]:
        """Yield the log of a mail server that has every letter that is in doubt."""
        with self.app.sessions.read() as session:
            first = RELEASE_AT - timedelta(hours=1)
            yield f"{_logged(first)} postfix/master[1]: daemon started"
            for number, row in enumerate(
                self._deliveries(session, many.ROLES[1], many.DOUBTFUL_AT)
            ):
                assert row.state is DeliveryState.IN_DOUBT
                at, queued = _logged(RELEASE_AT), f"3D25{number:07X}"
                mark = message_id(row.id, self.app.sender)
                yield f"{at} postfix/cleanup[2]: {queued}: message-id={mark}"
                yield f"{at} postfix/qmgr[3]: {queued}: from=<>, size=4, nrcpt=1 (queue active)"
            last = RELEASE_AT + timedelta(hours=1)
            yield f"{_logged(last)} postfix/qmgr[3]: 3D24: removed"

    def _reissued(self) -> None:
        some = many.codes(self.size, many.CORRECTED_AT)[:REISSUED]
        named = [word for code in some for word in ("--authority", code)]
        words = ("mailout", "reissue", NAME, *named, *WHY, "--yes")
        self.meter.step("mailout reissue", lambda: self._given(self.office, *words))
        self.command("mailout", "approve", NAME, "--as", "alex", "--yes")
        self._sends("send versions")

    def _ended(self) -> None:
        self.office.clock.advance(days=8)
        self.meter.step("tick long after", self._tick)
        self.meter.step("seal the rest", lambda: catch_up(self.app.sessions, self.app.clock))
        why = ("--although", "x", "--as", "alex")
        self.command("upload", "bundle", NAME, "--out", "public", *why, "--yes")
        self.command("upload", "verify", "public")
        self.office.clock.reach(YEARS_LATER)
        self.command("audit", "purge", "--yes")


def _logged(at: datetime) -> str:
    return f"{local(at):%b %d %H:%M:%S} relay"


def live(
    app: App, clock: FakeClock, size: int, meter: Meter, databases: tuple[Path | str, Path | str]
) -> None:
    """Live through the life of a mailout with so many letters, in an empty database.

    The second database is for a restore, and must be empty as well.
    """
    offices = [_office(app, clock, meter, each) for each in databases]
    own, other = offices
    with own.app.sessions.begin() as session:
        schema.upgrade(session)
    Life(own, other, meter, size).lived()
    for each in offices:
        each.app.sessions.dispose()


def _office(app: App, clock: FakeClock, meter: Meter, database: Path | str) -> Office:
    sessions = connect(database, app.sender.key, party=app.sender.party)
    with sessions.begin() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    meter.watch(engine)
    server = many.Server()
    made = replace(app, sessions=sessions, clock=clock, transport=server)
    return Office(made, clock, server)
