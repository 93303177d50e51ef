"""The mailout day by day: the guide's commands in its order, with the clock from T-60 to T+30."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from dispatch.app import App, processor
from dispatch.cli.output import asked
from dispatch.doctor import dns, recipients
from dispatch.domain.incoming.message import FILE, Arrival
from dispatch.incoming import process
from dispatch.proof.seal import seal
from tests import steps
from tests.fakes import FakeClock
from tests.frozen import story
from tests.frozen.office import PLAN, Office, opened, sample_files
from tests.guides import DOCS, Section, Terminal, sections, walk
from tests.journeys.recovery.service import NAMES
from tests.notices import a_dsn

GUIDE: Final = sections(DOCS / "using/year.md")
T: Final = story.RELEASE_AT
CODES: Final = ("DUR", "OXO", "HAT")


def day_of(section: Section) -> int:
    """Return on which day it is, counted from the letter date."""
    if section.title.startswith("The letter date: "):
        return 0
    found = re.match(r"(\d+) days? (before|after): ", section.title)
    assert found, section.title
    return int(found[1]) * (-1 if found[2] == "before" else 1)


@dataclass
class TwoPeople(Terminal):
    """The editor's terminal, and the approver's, who gives what says `--as alex`."""

    is_slow: bool = False
    """Whether the workers wait until somebody lets the mailout go on."""

    def give(self, line: str) -> str:
        assert self.app
        self.app = replace(self.app, person="alex" if "--as alex" in line else "sam")
        self.is_slow &= " resume " not in line
        return super().give(line)


def nothing(office: Office) -> None:
    pass


def go(office: Office) -> None:
    """The letters are let go, and one will be in doubt."""
    office.server.answers[office.address("DUR")] = deque([story.DOUBT])
    office.clock.reach(T)
    assert steps.tick(office.app) == [steps.NAME]


def come_back(office: Office) -> None:
    """The letter to one council comes back, and the lease of the letter in doubt is over."""
    office.send()
    dsn = a_dsn(office.app, office.delivery("HAT"))
    process.take_in(processor(office.app), [(dsn, Arrival(source=FILE, folder="-"))])


def correct(office: Office) -> None:
    """The figures of an authority were wrong."""
    story.corrected("DUR")


HAPPENS: Final[Mapping[int, Callable[[Office], None]]] = {0: go, 1: come_back, 5: correct}
"""What nobody does by a command, by the day."""


@pytest.fixture
def office(app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "can_answer", lambda: True)
    for asking_others in (dns, recipients):
        monkeypatch.setattr(asking_others, "find", lambda *_: iter(()))
    clock.reach(T - timedelta(days=60))
    made = opened(app, clock, keep="mail=2y addresses=7y letters=10y")
    sample_files(CODES)
    return made


def seal_all(app: App) -> None:
    with app.sessions.begin() as session:
        while seal(session, now=app.clock()):
            pass


@pytest.mark.slow
def test_the_commands_of_the_year_lead_from_the_plan_to_the_proof(office: Office) -> None:
    terminal = TwoPeople(Path(), office.app)
    terminal.fill = {
        "mailouts/annual-review-2021.toml": PLAN,
        **NAMES,
        **{f"{kind}.csv": f"sample/{kind}.csv" for kind in ("authorities", "contacts", "figures")},
        "/backups/": "",
    }
    terminal.around = lambda: steps.working(office.app)

    def meanwhile() -> None:
        if not terminal.is_slow:
            office.send()
        seal_all(office.app)

    terminal.meanwhile = meanwhile
    for section in GUIDE:
        day = day_of(section)
        moment = T + timedelta(days=day) - (timedelta(hours=1) if day <= 0 else timedelta())
        office.clock.reach(max(office.clock(), moment))
        HAPPENS.get(day, nothing)(office)
        terminal.is_slow = day == 0
        if day == 1:
            terminal.fill["3f2a"] = office.delivery("DUR").id
        walk(section, terminal, "")
    assert office.clock() >= T + timedelta(days=30)


def test_the_days_of_the_year_follow_each_other_and_each_is_in_the_table() -> None:
    days = [day_of(section) for section in GUIDE]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (-60, 30)
    before = (DOCS / "using/year.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert before.count("| [T") == len(GUIDE)
