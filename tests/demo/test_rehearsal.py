from __future__ import annotations

import csv
from pathlib import Path

from dispatch.app import App
from dispatch.demo import rehearsal
from dispatch.files.plan.plan import PlanFile
from dispatch.letters import plan
from tests.conftest import ROOT
from tests.factories import a_word

REALS = ROOT / "config" / "sample"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_its_councils_are_fit_for_letters_of_any_day(tmp_path: Path) -> None:
    files = rehearsal.files(tmp_path, REALS)
    councils = rows(files.authorities)
    assert 20 < len(councils) < 40
    assert {row["last_day"] for row in councils} == {""}
    assert {row["code"] for row in councils} == {row["authority"] for row in rows(files.contacts)}
    assert not any(row["address"].startswith("defer") for row in rows(files.contacts))


def planned(app: App, *, is_saved: bool = False) -> PlanFile:
    with app.sessions.begin() as session:
        file = plan.read_file(session, ROOT / "config" / "mailouts" / "annual-review-2020.toml")
        made = rehearsal.plan_for(session, file, app.clock())
        if is_saved:
            plan.save(session, made, a_word(app.clock()))
        return made


def test_a_plan_is_as_it_is_but_for_its_dates(app: App) -> None:
    made = planned(app).plan
    now = app.clock()
    assert made.release_at <= now
    assert made.leaves_at(now, ()) == now  # at once, on whatever day and at whatever hour
    assert made.not_after > now
    assert made.reminders is None
    assert (made.year, made.template, made.title) == (
        "2019-20",
        "annual-review",
        "Annual Review letter 2020",
    )


def test_each_rehearsal_has_a_name_of_its_own(app: App) -> None:
    names = [planned(app, is_saved=True).plan.name for _ in range(3)]
    assert names == [
        "annual-review-2020-rehearsal",
        "annual-review-2020-rehearsal-2",
        "annual-review-2020-rehearsal-3",
    ]
