"""What each step of a mailout's life takes grows with its letters, and not with their square."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.settings import Settings
from tests.conftest import POSTGRESQL
from tests.fakes import FakeClock
from tests.journeys.growth import Cost, Meter, live

MOST = 3.6
"""Times as much for three times the letters; a sort takes a little more than three."""
FEW = 2_000
"""Instructions that are too few to tell anything, whatever they grow by."""


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRESQL), reason="counts the instructions of SQLite")
def test_no_step_grows_faster_than_the_letters(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (lived(app, tmp_path, monkeypatch, size) for size in (20, 60))
    grown = {
        name: (cost.instructions, few[name].instructions)
        for name, cost in more.items()
        if cost.instructions > max(FEW, MOST * few[name].instructions)
    }
    assert not grown


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRESQL), reason="counts the instructions of SQLite")
def test_nor_do_calls_of_functions_or_statements(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (lived(app, tmp_path, monkeypatch, size, counts_calls=True) for size in (60, 180))
    for what in ("instructions", "calls", "statements"):
        counts = {name: (getattr(more[name], what), getattr(few[name], what)) for name in more}
        assert not {
            name: found for name, found in counts.items() if found[0] > max(FEW, MOST * found[1])
        }


def lived(
    app: App,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    *,
    counts_calls: bool = False,
) -> dict[str, Cost]:
    folder = tmp_path / str(size)
    (folder / "home").mkdir(parents=True)
    monkeypatch.chdir(folder)
    settings = {"home": folder / "home", "keep": "mail=1y addresses=7y letters=10y"}
    made = replace(app, settings=Settings.model_validate(settings))
    meter = Meter(counts_calls=counts_calls)
    live(made, FakeClock(), size, meter, folder / "dispatch.db")
    return meter.costs
