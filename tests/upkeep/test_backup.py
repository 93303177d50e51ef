from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files.dumps import Dump
from dispatch.files.keys import SigningKey
from dispatch.proof.checkpoints import Signer
from dispatch.upkeep.backup import Backup, Writer, backup
from tests import steps
from tests.database import next_migration
from tests.dumps import emptiness
from tests.factories import a_word
from tests.fakes import FakeClock

WRITER = Writer("1.0", Signer("o.example/dispatch", SigningKey(Ed25519PrivateKey.generate())))


def backed_up(app: App, path: Path, *, is_forced: bool = False) -> Backup:
    return backup(
        app.sessions,
        path,
        a_word(app.clock(), "sam"),
        WRITER,
        clock=app.clock,
        is_forced=is_forced,
    )


def test_a_backup_is_a_whole_file_that_only_its_owner_reads(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.rendered(app, "OXO")
    path = tmp_path / "backup.gz"
    made = backed_up(app, path)
    assert Dump(path).check().header == made.header
    assert path.stat().st_mode & 0o777 == 0o600
    assert (made.bytes, made.header.taken_at) == (path.stat().st_size, clock())
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_backup_is_on_record(app: App, tmp_path: Path) -> None:
    made = backed_up(app, tmp_path / "backup.gz")
    [event] = steps.events(app, "backup:backup.gz")
    assert (event.action, event.actor) == ("db.backed_up", "sam")
    assert event.detail["sha256"] == made.sha256
    assert event.detail["rows"] == str(made.header.rows)


def test_a_file_that_is_there_is_replaced_only_on_demand(app: App, tmp_path: Path) -> None:
    path = tmp_path / "backup.gz"
    path.write_text("the last one")
    with pytest.raises(RuleBroken, match="there already"):
        backed_up(app, path)
    assert path.read_text() == "the last one"
    backed_up(app, path, is_forced=True)
    assert Dump(path).check()


def test_what_goes_wrong_leaves_no_half_backup_and_no_record(app: App, tmp_path: Path) -> None:
    path = tmp_path / "there" / "backup.gz"
    path.parent.mkdir()
    path.write_text("the last one")
    with app.sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RuleBroken, match="newer"):
        backed_up(app, path, is_forced=True)
    assert os.listdir(path.parent) == ["backup.gz"]  # noqa: PTH208 - hidden ones as well
    assert path.read_text() == "the last one"
    assert steps.actions(app, "backup:backup.gz") == []


def test_a_folder_that_is_not_there_is_named(app: App, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file"):
        backed_up(app, tmp_path / "nowhere" / "backup.gz")


@pytest.mark.database
def test_an_older_database_can_be_backed_up_before_it_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backup.gz"
    with emptiness(tmp_path) as older:
        with older.begin() as session:
            schema.upgrade(session)
        next_migration.add(tmp_path, monkeypatch)
        made = backup(older, path, a_word(FakeClock()(), "sam"), WRITER, clock=FakeClock())
    assert (made.header.revision, Dump(path).check().header.rows) == (next_migration.head(), 0)
