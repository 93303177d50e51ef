"""What each step of a mailout's life takes grows with its letters, and not with their square."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.corrections import asked_for, covering, reissue
from dispatch.database import sql
from dispatch.letters.store import letters
from dispatch.proof import precheck, report, seal, verify
from dispatch.proof.store import contents, entries, sealed_records, states
from dispatch.publishing import store as publishing
from dispatch.register import register
from dispatch.sending import release
from dispatch.settings import Settings
from dispatch.upkeep import purge
from dispatch.upkeep.store import dump, expired
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock
from tests.journeys.growth import live
from tests.journeys.meter import Cost, Meter

MOST = 3.6
"""Times as much for three times the letters; a sort takes a little more than three."""
FEW = 2_000
"""Instructions that are too few to tell anything, whatever they grow by."""
MOST_WRITTEN = 5
"""Times as many bytes: SQLite writes whole pages, and more of them for a row in a larger table."""
LITTLE = 200_000
"""Bytes written that are too few."""
MOST_TURNS = 5
"""Times as many lines that one function runs: nine would be a square; a path in a tree for each
letter takes almost four."""
FEW_TURNS = 30_000
"""Lines that are too few: to look at all of 180 letters for each of them takes 32,400. What one
life keeps in a cache the next one does not count, so that there may be none of a function."""


BATCH = 5
"""Letters that go at a time, so that few letters already go in several batches."""
IN_BATCHES = (
    "render",
    "store the others",
    "mailout schedule --yes",
    "tick that releases",
    "queue the others",
)
"""Steps that go through all letters some at a time, in transactions that do not grow."""
MOST_IN_ONE = 1.3
"""Times as many instructions in the longest of them: a look at all that is there is in some."""


SMALL = (
    (sql, "AT_ONCE"),
    (register, "PAGE"),
    (letters, "PAGE"),
    (release, "BATCH"),
    (asked_for, "PAGE"),
    (covering, "AT_ONCE"),
    (reissue, "COMPARED"),
    (reissue, "MADE_AGAIN"),
    (seal, "BATCH"),
    (seal, "RECORDS"),
    (verify, "BATCH"),
    (states, "PAGE"),
    (entries, "PAGE"),
    (sealed_records, "PAGE"),
    (contents, "PAGE"),
    (precheck, "MANY"),
    (publishing, "PAGE"),
    (contents, "MANY"),
    (report, "PAGE"),
    (publishing, "AT_ONCE"),
    (dump, "BATCH"),
    (expired, "AT_ONCE"),
    (purge, "BATCH"),
)
"""What is read or written at a time, by the modules that say how much that is."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in SMALL:
        monkeypatch.setattr(module, name, BATCH)


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRESQL), reason="counts the instructions of SQLite")
def test_no_step_grows_faster_than_the_letters_and_no_batch_grows(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (lived(app, tmp_path, monkeypatch, Meter(), size) for size in (20, 60))
    grown = {
        name: (cost.instructions, few[name].instructions)
        for name, cost in more.items()
        if cost.instructions > max(FEW, MOST * few[name].instructions)
    }
    assert not grown
    imports = [name for name in more if name.startswith("import ")]
    assert imports
    # All rows are prepared before SQLite is locked, and go in by one call.
    assert all(more[name].statements == few[name].statements for name in imports)
    longest = {name: (more[name].longest, few[name].longest) for name in IN_BATCHES}
    assert not {name: found for name, found in longest.items() if found[0] > MOST_IN_ONE * found[1]}


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRESQL), reason="counts the instructions of SQLite")
def test_nor_do_calls_of_functions_statements_or_bytes_written(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (
        lived(app, tmp_path, monkeypatch, Meter(counts_calls=True), size) for size in (60, 180)
    )
    for what, most, least in (
        ("calls", MOST, FEW),
        ("statements", MOST, 20),
        ("written", MOST_WRITTEN, LITTLE),
    ):
        counts = {name: (getattr(more[name], what), getattr(few[name], what)) for name in more}
        assert not {
            name: found for name, found in counts.items() if found[0] > max(least, most * found[1])
        }, what
    # A loop inside a function is no call, and hardly shows among all others of a step.
    loops = {
        (name, place): (count, few[name].lines.get(place, 0))
        for name, cost in more.items()
        for place, count in cost.lines.items()
    }
    assert loops
    assert not {
        name: found
        for name, found in loops.items()
        if found[0] > max(FEW_TURNS, MOST_TURNS * found[1])
    }


def lived(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meter: Meter, size: int
) -> dict[str, Cost]:
    folder = tmp_path / str(size)
    (folder / "home").mkdir(parents=True)
    monkeypatch.chdir(folder)
    settings = {"home": folder / "home", "keep": "mail=1y addresses=7y letters=10y"}
    made = replace(app, settings=Settings.model_validate(settings))
    live(made, FakeClock(), size, meter, (folder / "dispatch.db", folder / "restored.db"))
    return meter.costs
