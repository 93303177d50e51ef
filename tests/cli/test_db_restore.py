from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.dumps import contents, vacancy
from tests.fakes import FakeClock


@pytest.fixture
def other(app: App, tmp_path: Path, migrated: str) -> Iterator[App]:
    """The same service with a database that is empty."""
    with vacancy(tmp_path, migrated) as sessions:
        yield replace(app, sessions=sessions)


def test_a_restored_service_verifies_and_says_what_to_do_next(
    app: App, clock: FakeClock, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    result = dispatch("db", "restore", file, answer="y\n", obj=other)
    assert result.exit_code == 0
    assert "as of Wed 22 July 2020 09:00 BST." in result.output
    assert "2 deliveries are in doubt" in result.output
    assert f"{steps.NAME} is paused. Go on: dispatch mailout resume {steps.NAME}" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert dispatch("audit", "verify", obj=other).exit_code == 0
    doubtful = dispatch("delivery", "doubtful", steps.NAME, obj=other).output
    assert "2 deliveries" in doubtful


def test_nothing_is_restored_unasked(
    app: App, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.scheduled(app, "OXO")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    assert dispatch("db", "restore", file, answer="n\n", obj=other).exit_code == 1
    said = dispatch("db", "restore", file, "--yes", obj=other).output
    assert f"{steps.NAME} is paused, and may have been sent since" in said
    assert f"If they left: dispatch mailout cancel {steps.NAME}" in said


def test_who_moves_a_stopped_service_is_told_how_to_go_on(
    app: App, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.scheduled(app, "OXO")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    said = dispatch("db", "restore", file, "--yes", "--nothing-lost", obj=other).output
    assert f"dispatch mailout resume {steps.NAME}" in said
    assert "may have been sent" not in said


def test_a_database_that_is_not_empty_is_refused_before_anything_is_asked(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    steps.rendered(app, "OXO")
    dispatch("db", "backup", tmp_path / "backup.gz")
    result = dispatch("db", "restore", tmp_path / "backup.gz")
    assert (result.exit_code, "not empty" in result.output) == (1, True)
    assert "Restore " not in result.output


def test_a_damaged_file_is_refused_and_nothing_is_written(
    dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    file.write_bytes(file.read_bytes()[:-9])
    result = dispatch("db", "restore", file, "--yes", obj=other)
    assert (result.exit_code, "damaged or cut off" in result.output) == (1, True)
    assert not any(contents(other.sessions).values())


DECLARED = ("db", "restored", "--as-of", "2020-07-22T09:00", "--because", "the disk failed")


def test_a_restore_by_other_means_is_declared_and_says_what_to_do_next(
    app: App, clock: FakeClock, dispatch: Dispatch
) -> None:
    steps.released(app, clock, "OXO")
    clock.advance(hours=1)
    assert dispatch(*DECLARED, answer="n\n").exit_code == 1
    assert "db.restored" not in steps.actions(app)
    result = dispatch(*DECLARED, "--as", "alex", answer="y\n")
    assert result.exit_code == 0, result.output
    assert "Was the database restored to Wed 22 July 2020 09:00 BST? [y/N]" in result.output
    assert "2 deliveries are in doubt" in result.output
    assert f"{steps.NAME} is paused. Go on: dispatch mailout resume {steps.NAME}" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    [event] = steps.events(app, "backup:elsewhere")
    assert (event.actor, event.detail["taken_at"]) == ("alex", "2020-07-22T08:00:00+00:00")


@pytest.mark.parametrize("moment", ["last night", "2020-07-22T25:00"])
def test_a_moment_that_cannot_be_read_is_refused_with_an_example(
    dispatch: Dispatch, moment: str
) -> None:
    result = dispatch("db", "restored", "--as-of", moment, "--because", "x")
    assert (result.exit_code, "2021-07-21T22:00" in result.output) == (2, True)


def test_a_moment_may_name_its_offset(app: App, clock: FakeClock, dispatch: Dispatch) -> None:
    steps.planned(app)
    words = ("--as-of", "2020-07-19T09:00:00+02:00", "--because", "x", "--yes")
    assert dispatch("db", "restored", *words).exit_code == 0
    [event] = steps.events(app, "backup:elsewhere")
    assert event.detail["taken_at"] == "2020-07-19T07:00:00+00:00"
