from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values
from prometheus_client.exposition import generate_latest

from dispatch.monitoring.pages import FOLDER, PageTimes, Places, emptied


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a server that has just been started."""
    monkeypatch.setenv(FOLDER, "")
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    (tmp_path / "page-times").mkdir()
    (tmp_path / "page-times" / "histogram_0.db").write_bytes(b"of the server before")
    return emptied(tmp_path / "page-times")


def counted(times: PageTimes) -> str:
    registry = CollectorRegistry()
    registry.register(times.collector)
    return generate_latest(registry).decode()


def test_any_process_tells_of_all_and_one_that_has_ended_is_counted_on(folder: Path) -> None:
    PageTimes(folder, 0).took("home.one", 200, 0.03)
    PageTimes(folder, 1).took("home.one", 200, 0.3)
    again = PageTimes(folder, 0)
    again.took("home.one", 200, 20)
    for said in (
        'dispatch_page_seconds_count{page="home.one",status="2xx"} 3.0',
        'dispatch_page_seconds_bucket{le="0.05",page="home.one",status="2xx"} 1.0',
        'dispatch_page_seconds_bucket{le="0.5",page="home.one",status="2xx"} 2.0',
    ):
        assert said in counted(again)
    assert len(list(folder.iterdir())) == 2
    assert folder.stat().st_mode & 0o077 == 0


def test_no_two_processes_count_in_one_place_and_few_places_are_enough() -> None:
    places = Places()
    assert [places.take() for _ in range(3)] == [0, 1, 2]
    places.leave(1)
    assert [places.take(), places.take()] == [1, 3]
