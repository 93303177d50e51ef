"""A mailout's life with so many letters, each step of it counted: what grows faster than letters?

Two things are counted, and both are the same on any machine: instructions of SQLite's own virtual
machine, and calls of Python functions. Letters are made small, and their PDF files say nothing.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from dispatch.app import App
from dispatch.cli.output import progress
from dispatch.database import Session, connect, schema
from dispatch.domain.letter import Made
from dispatch.letters import approval, render
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from dispatch.sending import release, sweep
from dispatch.sending.store import deliveries
from dispatch.tracking import reminders
from dispatch.tracking.staff import ReminderMeans
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock
from tests.frozen.office import Mailboxes, Office
from tests.frozen.story import DOUBT, REFUSED
from tests.notices import a_dsn

NAME: Final = steps.NAME
EVERY: Final = 10
"""Instructions between two calls of SQLite's progress handler."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took."""

    instructions: int
    calls: int
    seconds: float
    """Of processor time."""
    locked: float
    """Seconds of it in the longest transaction that may write, and so holds SQLite's only lock."""
    statements: int


@dataclass
class Meter:
    """Counts what each step takes."""

    counts_calls: bool = True
    costs: dict[str, Cost] = field(default_factory=dict)
    ticks: int = 0
    calls: int = 0
    statements: int = 0
    locked: float = 0.0
    _locked_at: float = 0.0

    def watch(self, engine: Engine) -> None:
        """Count what the connections of an engine do from now on."""
        event.listen(engine, "connect", self._install)
        event.listen(engine, "before_cursor_execute", self._count)
        event.listen(engine, "begin", self._begins)
        event.listen(engine, "commit", self._ends)
        event.listen(engine, "rollback", self._ends)

    def _install(self, connection: DBAPIConnection, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(self._tick, EVERY)

    def _tick(self) -> int:
        self.ticks += 1
        return 0

    def _count(self, *_: object) -> None:
        self.statements += 1

    def _begins(self, connection: Any) -> None:
        is_reading = connection.get_execution_options().get("dispatch_reads_only")
        self._locked_at = 0.0 if is_reading else time.process_time()

    def _ends(self, _: object) -> None:
        if self._locked_at:
            self.locked = max(self.locked, time.process_time() - self._locked_at)
            self._locked_at = 0.0

    def step(self, name: str, take: Callable[[], object]) -> None:
        """Take a step, and keep what it cost."""
        self.ticks = self.calls = self.statements = 0
        self.locked, self._locked_at, began = 0.0, 0.0, time.process_time()
        if self.counts_calls:
            sys.setprofile(self._profile)
        try:
            take()
        finally:
            sys.setprofile(None)
        seconds = time.process_time() - began
        cost = Cost(self.ticks * EVERY, self.calls, seconds, self.locked, self.statements)
        assert name not in self.costs
        self.costs[name] = cost

    def _profile(self, _frame: object, what: str, _argument: object) -> None:
        self.calls += what in {"call", "c_call"}


@dataclass
class Life:
    """The life of one mailout of so many letters."""

    office: Office
    meter: Meter
    size: int

    @property
    def app(self) -> App:
        return self.office.app

    def command(self, *words: object, exit_code: int = 0) -> None:
        """Count a command; its name is its words."""
        said = " ".join(str(each) for each in words if len(str(each)) < 30)
        self.meter.step(said, lambda: self.office.run(*words, exit_code=exit_code))

    def lived(self) -> None:
        for chapter in (self._plan, self._made, self._agreed, self._sent, self._returned):
            chapter()
        for chapter in (self._asked, self._proven, self._corrected, self._ended):
            chapter()

    def _plan(self) -> None:
        for kind, lines in files(self.size).items():
            Path(f"{kind}.csv").write_text("\n".join(lines) + "\n")
            self.command("import", kind, f"{kind}.csv")
        with self.app.sessions.begin() as session:
            steps.plan_one(session, self.app.clock())
        self.command("mailout", "check", NAME)
        self.meter.step("render", self._ask)

    def _ask(self) -> None:
        with self.app.sessions.read() as session:
            render.draw(session, NAME, self.app.templates)
        with self.app.sessions.begin() as session:
            mailout = mailout_named(session, NAME)
            render.ask(session, mailout, self.app.templates, a_word(self.app.clock()))

    def _made(self) -> None:
        self.meter.step("watch letters being made", lambda: self._watch(progress.letters_made))
        self.meter.step("make letters", self._make)
        self.meter.step("tick that ends rendering", self._tick)

    def _watch(self, count: Callable[[Session, str], object]) -> None:
        with self.app.sessions.read() as session:
            count(session, NAME)

    def _make(self) -> None:
        while True:
            with self.app.sessions.begin() as session:
                jobs = render.claim(session, now=self.app.clock(), lease=self.app.lease, limit=20)
            if not jobs:
                return
            made = [(job, a_letter(job)) for job in jobs]
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
        for name in made:
            with app.sessions.read() as session:
                render.look(session, name)
        for name in due:
            with app.sessions.read() as session:
                found = release.look(session, name, app.templates, now=now)
                assert found
                ready[name] = found
        done: list[tuple[list[str], Callable[[Session, str], object]]] = [
            (settled, partial(sweep.finish, now=now)),
            (made, partial(render.finish, templates=app.templates, now=now)),
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
            covered = approval.coverage(session, mailout, app.templates.digest("annual-review"))
        with app.sessions.begin() as session:
            mailout = mailout_named(session, NAME, is_locked=True)
            word = a_word(app.clock(), "alex", keyboard="alex")
            assert approval.approve(session, mailout, app.templates, covered.digest, word).digest

    def _sent(self) -> None:
        self.office.clock.reach(RELEASE_AT)
        self.meter.step("tick that releases", self._tick)
        self.meter.step(
            "watch letters being sent", lambda: self._watch(progress.deliveries_settled)
        )
        self.meter.step("idle tick", self._tick)
        with self.app.sessions.read() as session:
            rows = deliveries.of_mailout(session, mailout_named(session, NAME))
        answers = self.office.server.answers
        for row in rows[::10]:
            answers[row.address] = deque([REFUSED])
        for row in rows[5::10]:
            answers[row.address] = deque([DOUBT])
        self.meter.step("send", lambda: steps.send_due(self.app))
        self.meter.step("tick that ends sending", self._tick)

    def _returned(self) -> None:
        self.office.clock.advance(minutes=30)
        with self.app.sessions.read() as session:
            rows = deliveries.of_mailout(session, mailout_named(session, NAME))
        for number, row in enumerate(rows[2::10]):
            Path(f"{number}.eml").write_bytes(a_dsn(self.app, row))
        files = [f"{number}.eml" for number in range(len(rows[2::10]))]
        self.meter.step("receive", lambda: self.office.run("receive", *files))
        self.meter.step("seal", lambda: catch_up(self.app.sessions, self.app.clock))

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
        self.command("letter", "show", NAME, "AAB")
        self.command("contacts", "show", "AAB")
        with self.app.sessions.read() as session:
            row = deliveries.of_mailout(session, mailout_named(session, NAME))[2]
        self.meter.step("delivery show", lambda: self.office.run("delivery", "show", row.id))
        log = Path("mail.log")
        log.write_text("Jul 22 09:00:00 relay postfix/master[1]: daemon started\n")
        words = ("delivery", "reconcile", "--postfix-log", log, "--dry-run")
        self.command(*words)

    def _proven(self) -> None:
        self.command("audit", "verify")
        self.command("audit", "show")
        self.command("audit", "show", "--events")
        for wanted in (
            ("--authority", "AAC"),
            ("--address", "chief.executive@aac.example"),
            ("--person", "nobody is called this"),
            ("--since", "2020-07-23"),
        ):
            self.command("audit", "show", *wanted)
            self.command("audit", "show", "--events", *wanted)
        self.command("audit", "evidence", NAME, "AAC", "--out", "one.zip")
        self.command("audit", "purge", "--dry-run")
        self.command("db", "backup", "all.gz")
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

    def _corrected(self) -> None:
        why = ("--because", "x", "--as", "kim")
        self.command("resend", NAME, "--unreached", *why, "--json")
        self.command("resend", NAME, "--changed", *why, "--json")
        lines = files(self.size)["figures"]
        Path("corrected.csv").write_text("\n".join(lines).replace(",5,4,4,2", ",4,4,4,2") + "\n")
        self.command("import", "figures", "corrected.csv")
        chosen = [word for line in lines[1::10] for word in ("--authority", line[:3])]
        self.meter.step("mailout reissue", lambda: self._reissue(*chosen, *why))

    def _reissue(self, *words: str) -> None:
        self.office.run("mailout", "reissue", NAME, *words, "--json")

    def _ended(self) -> None:
        self.office.clock.advance(days=8)
        self.meter.step("tick long after", self._tick)
        why = ("--although", "x", "--as", "alex")
        self.command("upload", "bundle", NAME, "--out", "public", *why, "--dry-run", exit_code=1)
        self.command("mailout", "cancel", NAME, "--because", "x", "--yes")


def files(size: int) -> dict[str, list[str]]:
    """Return the lines of the office's files, about so many councils."""
    codes = ["".join(letters) for letters in islice(product(ascii_uppercase, repeat=3), size)]
    authorities = [
        f"{code},a-{code.lower()},Anytown {code},Anytown {code} Council,council,District Council"
        for code in codes
    ]
    contacts = [
        f"{code},{role},{role.replace(' ', '.')}@{code.lower()}.example,Ms,Jo,Smith"
        for code in codes
        for role in ("chief executive", "link officer")
    ]
    figures = [f"{code},2019-20,30,28,10,5,4,4,2" for code in codes]
    return {
        "authorities": ["code,slug,name,official_name,kind,group", *authorities],
        "contacts": ["authority,role,address,honorific,given_name,surname", *contacts],
        "figures": [
            "authority,year,received,decided,investigated,upheld,compliance_outcomes,complied,remedied",
            *figures,
        ],
    }


def a_letter(job: render.Job) -> Made:
    """Return small bytes for each form of a letter."""
    names = ("text", "html", "pdf", "note_text", "note_html", "mail")
    code = job.draft.content.authority.code
    return Made(f"Letter to {code}", {name: f"{name} {code}\r\n".encode() for name in names})


def live(app: App, clock: FakeClock, size: int, meter: Meter, database: Path | str) -> None:
    """Live through the life of a mailout with so many letters, in an empty database."""
    sessions = connect(database, app.sender.key)
    with sessions.begin() as session:
        schema.upgrade(session)
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    sessions.dispose()
    meter.watch(engine)
    server = Mailboxes()
    made = replace(app, sessions=sessions, clock=clock, transport=server)
    Life(Office(made, clock, server), meter, size).lived()
    sessions.dispose()
