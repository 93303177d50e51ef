"""The letters of the sample year, byte for byte: a digest of each of their forms.

They depend on no folder, home, time or machine: the councils of `sample.SMALL` are rendered in two
folders, and once with another home (in the story that `test_json.py` tells).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.demo.sample import SMALL
from tests.fakes import FakeClock
from tests.frozen import golden
from tests.frozen.office import fuller_plan, opened, scheduled
from tests.frozen.story import digests


def test_councils_of_every_kind_get_the_letter_they_got_before(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    office = opened(app, clock)
    scheduled(office, SMALL, fuller_plan())
    golden.check("json/letters", digests(office))


@pytest.mark.slow
def test_all_346_councils_get_the_letter_they_got_before(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    office = opened(app, clock)
    scheduled(office, None)
    found = digests(office)
    letters = {code: each["digest"] for code, each in found["letters"].items()}
    assert len(letters) == 346
    golden.check("letters-of-all", {"approved": found["approved"], "letters": letters})
