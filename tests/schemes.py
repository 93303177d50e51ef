"""The samples of other schemes, each taken from its files to the public folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.domain import calendar
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.proof.checkpoint import PublicKey
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.files.plan.plan import PlanFile, read_plan
from dispatch.letters import approval, plan, render
from dispatch.letters.plan import Surroundings
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import verify
from dispatch.publishing.upload import Publishing, Uploaded, prepare, upload
from dispatch.register import imports
from dispatch.register.file_kinds import File
from dispatch.sending import release
from dispatch.tracking.standing import standing
from tests import steps
from tests.conftest import ROOT
from tests.fakes import FakeClock
from tests.uploads import SITE

MAILOUTS: Final = ROOT / "config/mailouts"
SAMPLES: Final = ROOT / "config/sample"
LEAD: Final = timedelta(days=7)
"""How long before its letter date a mailout is planned."""


@dataclass(frozen=True)
class Scheme:
    """A sample: its plan, and the folder with its register."""

    name: str
    sample: str

    @property
    def file(self) -> PlanFile:
        return read_plan(MAILOUTS / f"{self.name}.toml")


LANDLORDS: Final = Scheme("landlord-reports-2026", "landlords")
QUARTERS: Final = tuple(Scheme(f"quarterly-2026-27-q{n}", "quarterly") for n in (1, 2, 3, 4))
WALES: Final = Scheme("welsh-letters-2026", "wales")


def word(app: App, person: str = "sam", because: str = "") -> Word:
    return Word(person=person, keyboard=person, because=because, at=app.clock())


def planned(app: App, clock: FakeClock, file: PlanFile) -> None:
    """Plan a mailout some days before its letter date."""
    clock.reach(file.plan.release_at - LEAD)
    with app.sessions.begin() as session:
        plan.save(session, file, word(app))


def imported(app: App, scheme: Scheme, codes: Collection[str] = ()) -> None:
    """Take in a sample's files, or only the rows about some authorities."""
    for kind, key in (("authorities", "code"), ("contacts", "authority"), ("figures", "authority")):
        content = (SAMPLES / scheme.sample / f"{kind}.csv").read_bytes()
        taken = _only(content, key, codes) if codes else content
        take_in(app, kind, taken)


def take_in(app: App, kind: str, content: bytes) -> None:
    file = File(kind, f"{kind}.csv", content)
    with app.sessions.begin() as session:
        imports.take_in(session, file, word(app), drawable=app.templates.drawable)


def _only(content: bytes, key: str, codes: Collection[str]) -> bytes:
    head, *rows = csv.reader(io.StringIO(content.decode()))
    at, made = head.index(key), io.StringIO()
    csv.writer(made).writerows([head, *(row for row in rows if row[at] in codes)])
    return made.getvalue().encode()


def checked(app: App, name: str) -> plan.Check:
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        by = Surroundings(bank_holidays={}, now=app.clock(), templates=app.templates)
        return plan.check(session, mailout, by)


def rendered(app: App, name: str) -> dict[str, Letter]:
    """Have the letters made, and return them by their codes, failed ones too."""
    with app.sessions.begin() as session:
        render.ask(session, mailout_named(session, name), app.templates, word(app))
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        render.finish(session, name, templates=app.templates, now=app.clock())
    return letters_of(app, name)


def letters_of(app: App, name: str) -> dict[str, Letter]:
    with app.sessions.read() as session:
        found = letters.in_force(session, mailout_named(session, name))
        session.expunge_all()
    return {each.authority_code: each for each in found}


def scheduled(app: App, name: str) -> None:
    """Have a second person check the PDFs, approve and schedule."""
    done = approval.sign_off(app.sessions, name, app.templates, word(app, "alex"))
    assert done.digest, done
    with app.sessions.begin() as session:
        release.schedule(session, mailout_named(session, name), app.templates, word(app))


def sent(app: App, clock: FakeClock, file_plan: Plan) -> None:
    """Let the letter date come, and everything leave."""
    clock.reach(file_plan.release_at)
    assert steps.tick(app) == [file_plan.name]
    steps.send_due(app)
    steps.tick(app)
    with app.sessions.read() as session:
        mailout = mailout_named(session, file_plan.name)
        assert mailout.state is MailoutState.SENT
        assert not standing(session, mailout).not_surely_reached


def uploaded(app: App, clock: FakeClock, file_plan: Plan, folder: Path) -> Uploaded:
    """Let the day of the upload come, make all public, and compare it with what was sent."""
    day = calendar.moment(file_plan.upload_date, file_plan.send_at)
    clock.reach(day)
    with bundles.held(folder) as public:
        proposal = prepare(app.sessions, public, file_plan.name, word(app))
        done = upload(app.sessions, proposal, Publishing(public, SITE), word(app))
    with app.sessions.read() as session:
        verify.verify(session, bundles.read(folder), _no_key)
    return done


def _no_key() -> PublicKey:
    raise AssertionError("nothing is public that somebody signed")


def whole(
    app: App, clock: FakeClock, scheme: Scheme, folder: Path, codes: Collection[str] = ()
) -> dict[str, Letter]:
    """Take a sample all the way, and return its letters."""
    file = scheme.file
    planned(app, clock, file)
    imported(app, scheme, codes)
    check = checked(app, scheme.name)
    assert check.is_ready, [str(each) for each in check.findings if each.is_fatal]
    found = rendered(app, scheme.name)
    assert not [each.error for each in found.values() if each.error]
    scheduled(app, scheme.name)
    sent(app, clock, file.plan)
    uploaded(app, clock, file.plan, folder)
    return found
