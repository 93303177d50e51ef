"""A home as the release before left it: `home.db.xz`, its database, made by that release itself.

Whoever has such a home upgrades it, and every command must then work on it. In it are a mailout of
years ago, public and purged; one that was sent, with what came back, doubts, letters that were sent
again and new versions, one of which waits; one that is scheduled, one that is approved, one that
was cancelled, and a draft. Its PDF files say next to nothing, so that the home is small.

To renew it, run in a checkout of the release that becomes the one before:

    RENEW_FROZEN=home pytest -n 0 tests/frozen/test_previous.py
"""

from __future__ import annotations

import csv
import json
import lzma
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import typst
from sqlalchemy import text

from dispatch.app import App
from dispatch.demo.sample import SMALL
from dispatch.documents import Templates
from dispatch.domain.digest import sha256
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.mailout import MailoutState
from dispatch.domain.upkeep.retention import retention
from dispatch.domain.word import Word
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.tracking import reminders
from dispatch.worker.means import reminder_means
from tests import steps
from tests.conftest import ROOT
from tests.factories import a_word
from tests.frozen import story
from tests.frozen.office import NAME, PLAN, Office, fuller_plan, sample_files

HOME: Final = Path(__file__).parent / "home.db.xz"
TAKEN_AT: Final = datetime(2020, 7, 24, 10, 0, tzinfo=UTC)

PAST: Final = "annual-review-2018"
SENT: Final = NAME
SCHEDULED: Final = "annual-review-2021"
APPROVED: Final = "annual-review-2022"
CANCELLED: Final = "annual-review-2023"
DRAFT: Final = "annual-review-2024"
FEW: Final = ("DUR", "OXO", "HAT")
"""The authorities that have letters in every year."""
PROPOSED: Final = "CAM"
"""The authority whose letter has a new version that waits for approval."""


PAGE: Final = """
#set document(title: "A letter, NUMBER", date: datetime(year: 2020, month: 7, day: 1))
#set text(lang: "en")
A
"""


class Light(Templates):
    """Templates whose PDF files are small, each other than the rest."""

    def render(
        self, content: Content, *, attachments: int = 0, asked_for: str | None = None
    ) -> Rendered:
        made = super().render(content, attachments=attachments, asked_for=asked_for)
        page = PAGE.replace("NUMBER", sha256(made.pdf)).encode()
        pdf = typst.compile(page, format="pdf", pdf_standards=["a-2a", "ua-1"])
        return replace(made, pdf=pdf)


def lived(office: Office) -> None:
    """Live through what the home tells."""
    office.app = replace(office.app, templates=Light(ROOT / "templates"))
    _years_ago(office)
    _this_year(office)
    _years_to_come(office)
    office.clock.reach(TAKEN_AT)
    office.beat()


def _years_ago(office: Office) -> None:
    """Make a mailout public and purge it."""
    office.clock.reach(datetime(2018, 7, 23, 9, 0, tzinfo=UTC))
    sample_files(FEW)
    office.run("import", "authorities", "sample/authorities.csv")
    office.run("contacts", "import", "sample/contacts.csv", "--yes", "--as", "kim")
    _planned(office, 2018)
    _approved(office, PAST)
    _scheduled(office, PAST)
    office.clock.reach(datetime(2018, 7, 25, 8, 0, tzinfo=UTC))
    assert steps.tick(office.app) == [PAST]
    office.send()
    office.clock.reach(datetime(2018, 8, 1, 9, 0, tzinfo=UTC))
    office.run("upload", "bundle", PAST, "--out", "past", "--as", "alex", "--yes")
    office.clock.reach(datetime(2020, 7, 13, 9, 0, tzinfo=UTC))
    settings, kept = office.app.settings, retention("mail=1y addresses=1y letters=1y")
    office.app = replace(office.app, settings=settings.model_copy(update={"keep": kept}))
    office.run("audit", "purge", "--yes", "--as", "alex")
    office.app = replace(office.app, settings=settings)


def _this_year(office: Office) -> None:
    """Send a mailout, and leave undone some of what it needs then."""
    office.clock.reach(datetime(2020, 7, 20, 9, 0, tzinfo=UTC))
    sample_files(SMALL)
    office.run("import", "authorities", "sample/authorities.csv")
    office.run("contacts", "import", "sample/contacts.csv", "--yes", "--as", "kim")
    office.run("import", "figures", "sample/figures.csv")
    office.run("mailout", "new", fuller_plan())
    _approved(office, SENT)
    _scheduled(office, SENT)
    story.letters_go(office)
    _came_back(office)
    story.doubts_settled(office)
    _reminded(office.app)
    story.corrections_made(office)
    why = ("--because", "a complaint was counted twice", "--as", "kim", "--yes")
    story.corrected(PROPOSED)
    office.run("import", "figures", "sample/figures.csv")
    office.run("mailout", "reissue", SENT, "--authority", PROPOSED, *why)


def _came_back(office: Office) -> None:
    """Take in what came back, and decide on some of it."""
    office.clock.advance(hours=1)
    for name, mail in story.came_back(office).items():
        Path(name).write_bytes(mail)
        office.run("receive", name)
    [suggested] = office.show("suggestions", "notice", "suggestions", SENT)
    decided = ("--because", "he wrote", "--as", "kim", "--yes")
    office.run("notice", "suggestion", "accept", suggested["id"], *decided)
    rows = office.show("notices", "notice", "list", SENT)
    guessed = next(row["id"] for row in rows if row["authority"] == "ENO")
    office.run("notice", "confirm", guessed, *decided)


def _reminded(app: App) -> None:
    settings = app.settings.model_copy(update={"office": ("staff@ombudsman.example",)})
    assert reminders.remind(reminder_means(replace(app, settings=settings)), SENT)


def _years_to_come(office: Office) -> None:
    """Bring one mailout to each state before the release, and stop one."""
    for year in (2021, 2022, 2023, 2024):
        _planned(office, year)
    _approved(office, SCHEDULED)
    _scheduled(office, SCHEDULED)
    _approved(office, APPROVED)
    _approved(office, CANCELLED)
    office.run("mailout", "cancel", CANCELLED, "--because", "another year has its letters", "--yes")


def _planned(office: Office, year: int) -> None:
    """Plan a mailout like the sample year's for another year, with that year's figures."""
    said = f"{year - 1}-{year % 100}"
    figures = Path("sample/figures.csv").read_text(encoding="utf-8").replace("2019-20", said)
    other = Path(f"sample/figures-{said}.csv")
    other.write_text(figures, encoding="utf-8")
    office.run("import", "figures", other)
    plan = PLAN.read_text(encoding="utf-8").replace("2019-20", "ITS YEAR")
    plan = plan.replace('bespoke = "annual-review-2020/bespoke"', "")
    plan = plan.replace("without = []", f"without = {_others()}")
    plan = plan.replace("2020-07-22", str(_wednesday(year)))
    plan = plan.replace("2020-07-28", str(_wednesday(year) + timedelta(days=6)))
    plan = plan.replace("2020-07-29", str(_wednesday(year) + timedelta(days=7)))
    plan = plan.replace("2020", str(year)).replace("ITS YEAR", said)
    Path(f"{year}.toml").write_text(plan, encoding="utf-8")
    office.run("mailout", "new", f"{year}.toml")


def _others() -> str:
    """Return the codes that get no letter in the years before and after."""
    with Path("sample/authorities.csv").open(encoding="utf-8", newline="") as file:
        return json.dumps([row["code"] for row in csv.DictReader(file) if row["code"] not in FEW])


def _wednesday(year: int) -> date:
    """Return the first Wednesday after 20 July."""
    day = datetime(year, 7, 21, tzinfo=UTC).date()
    return day + timedelta(days=(2 - day.weekday()) % 7)


def _approved(office: Office, name: str) -> None:
    app = office.app
    with app.sessions.begin() as session:
        render.ask(session, mailout_named(session, name), app.templates, a_word(app.clock()))
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, name, templates=app.templates, now=app.clock())
    with app.sessions.begin() as session:
        word = Word(person="alex", keyboard="alex", at=app.clock())
        assert steps.signed(session, name, app.templates, word).digest


def _scheduled(office: Office, name: str) -> None:
    app = office.app
    with app.sessions.begin() as session:
        mailout = mailout_named(session, name)
        release.schedule(session, mailout, app.templates, a_word(app.clock(), because=""))
        assert mailout.state is MailoutState.SCHEDULED


def renewed(office: Office) -> None:
    """Make the file of this folder, in an office that has a SQLite database."""
    lived(office)
    with office.app.sessions.read() as session:
        [_, _, database] = session.execute(text("PRAGMA database_list")).one()
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("VACUUM INTO 'kept.db'")
    HOME.write_bytes(lzma.compress(Path("kept.db").read_bytes(), preset=9))


def put(folder: Path) -> Path:
    """Put the database of the home into a folder; return its file."""
    path = folder / "previous.db"
    path.write_bytes(lzma.decompress(HOME.read_bytes()))
    return path
