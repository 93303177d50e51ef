from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App, own_signer
from dispatch.database.engine import KEY
from dispatch.proof.verify import audit
from dispatch.worker import ledger_tasks, tasks
from dispatch.worker.means import Means
from tests import steps
from tests.cli.conftest import Dispatch
from tests.dumps import contents, vacancy
from tests.fakes import FakeClock


@pytest.fixture
def other(app: App, tmp_path: Path, migrated: str) -> Iterator[App]:
    """The same service with a database that is empty."""
    with vacancy(tmp_path, migrated) as sessions:
        yield replace(app, sessions=sessions)


@pytest.fixture(autouse=True)
def _home(app: App) -> None:
    app.settings.home.mkdir()


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


def test_a_service_that_was_started_with_a_new_database_stands_in_no_backups_way(
    app: App, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.scheduled(app, "OXO")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    tasks.tick(Means(other, lambda task, workers: None))
    ledger_tasks.look_for_audit(Means(other, lambda task, workers: None))
    ledger_tasks.seal_events(Means(other, lambda task, workers: None))
    assert dispatch("mailout", "list", obj=other).exit_code == 0
    done = dispatch("db", "restore", file, "--yes", obj=other)
    assert done.exit_code == 0, done.output
    assert steps.NAME in dispatch("mailout", "list", obj=other).output


def test_nothing_is_restored_unasked(
    app: App, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.scheduled(app, "OXO")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    assert dispatch("db", "restore", file, answer="n\n", obj=other).exit_code == 3
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


def repacked(file: Path, *, is_signed: bool = True) -> None:
    """Change a letter's asker in a backup, and make its digest that of its lines again."""
    *lines, last = gzip.decompress(file.read_bytes()).replace(b"sam", b"kim").splitlines()
    body = b"".join(line + b"\n" for line in lines)
    end = {"sha256": hashlib.sha256(body).hexdigest()}
    note = {"note": json.loads(last)["note"]} if is_signed else {}
    file.write_bytes(gzip.compress(body + json.dumps(end | note).encode() + b"\n"))


def unsigned(app: App, file: Path) -> None:
    repacked(file, is_signed=False)


def changed(app: App, file: Path) -> None:
    repacked(file)


def of_another_key(app: App, file: Path) -> None:
    app.settings.signing_key_file.unlink()
    own_signer(app)


def without_the_key(app: App, file: Path) -> None:
    app.settings.signing_key_file.unlink()


@pytest.mark.parametrize(
    "case",
    [
        (unsigned, "has no signature", "none"),
        (changed, "is not signed with the key in", "not by our key"),
        (of_another_key, "is not signed with the key in", "not by our key"),
        (without_the_key, "copy the signing key to", "not checked: the key was not there"),
    ],
)
def test_what_our_key_has_not_signed_is_restored_only_on_a_persons_word(
    app: App,
    dispatch: Dispatch,
    other: App,
    tmp_path: Path,
    case: tuple[Callable[[App, Path], None], str, str],
) -> None:
    happen, why, recorded = case
    steps.planned(app)
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    happen(app, file)
    refused = dispatch("db", "restore", file, "--yes", obj=other)
    said = " ".join(refused.output.split())
    assert (refused.exit_code, why in said, "--unsigned --because TEXT" in said) == (1, True, True)
    no_reason = dispatch("db", "restore", file, "--yes", "--unsigned", obj=other)
    assert (no_reason.exit_code, "give a reason" in no_reason.output) == (1, True)
    assert not any(contents(other.sessions).values())
    words = ("--yes", "--unsigned", "--because", "it came out of our own safe")
    assert dispatch("db", "restore", file, *words, obj=other).exit_code == 0
    [event] = steps.events(other, "backup:backup.gz")
    assert event.detail["because"] == "it came out of our own safe"
    assert event.detail["signature"] == recorded


def test_a_backup_whose_keys_are_lost_is_restored_on_a_persons_word(
    app: App, dispatch: Dispatch, other: App, tmp_path: Path
) -> None:
    steps.planned(app)
    dispatch("mailout", "list")
    file = tmp_path / "backup.gz"
    dispatch("db", "backup", file)
    other.sessions.writing.kw["info"][KEY] = b"another key for tests"
    refused = dispatch("db", "restore", file, "--yes", obj=other)
    assert (refused.exit_code, "does not have the secret key" in refused.output) == (1, True)
    assert not any(contents(other.sessions).values())
    words = ("--yes", "--keys-lost", "--because", "the house burned")
    assert dispatch("db", "restore", file, *words, obj=other).exit_code == 0
    [event] = steps.events(other, "key:writes")
    assert event.detail["because"] == "the house burned"
    with other.sessions.read() as session:
        assert not any("service" in each for each in audit(session).wrong)


DECLARED = ("db", "restored", "--as-of", "2020-07-22T09:00", "--because", "the disk failed")


def test_a_restore_by_other_means_is_declared_and_says_what_to_do_next(
    app: App, clock: FakeClock, dispatch: Dispatch
) -> None:
    steps.released(app, clock, "OXO")
    clock.advance(hours=1)
    assert dispatch(*DECLARED, answer="n\n").exit_code == 3
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
