"""A ledger, its backup and its evidence, made in November 2026, hold for every later version."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from dispatch.app import App
from dispatch.domain.errors import RuleBroken
from tests import packs
from tests.conftest import ROOT
from tests.fakes import FakeClock
from tests.frozen import golden, sealed
from tests.frozen.office import NAME, Office, elsewhere, opened

LEDGER: Final = {
    "holds": True,
    "wrong": [],
    "seals": 2,
    "entries": 100,
    "root": "e98da3f63fd2b1d52b0e1ed49ca3a847df37eda32d402e8cd3c6b7a09350113e",
    "sealed_at": "2020-07-29T09:00:00+00:00",
    "unsealed": 1,  # that it was restored
    "late": 35,
    "late_until": "2020-07-29T09:00:00+00:00",
    "checkpoints": ["after-the-release.txt", "after-the-upload.txt"],
    "held_at": None,
}
SEALS: Final = [
    (0, 0, "ae5c223f6c886c320c84f081985bff2c8c6aca9956edbb91a4afabaf9199dd29"),
    (1, 58, "30015eb0be6b24611358f5eb41eb781a385a8bce976e77e13b8a7ee6935a5fc7"),
    (2, 100, "02a468156f6ff0a2a297711f05b98f32fd4f481010c095bfc8b56dff448b9807"),
]
PUBLIC_KEY: Final = (
    "ombudsman.example/dispatch+ff204565+AQbyp7MxtCzkr/mpeXHiZrRhgE7EB29ihFPav6pNTJie"
)

REWORDED: Final = {"README.txt", "verify.py", "summary.pdf"}
"""Files of a pack that `templates/evidence` says, in words that may become better."""

ADDED: Final = {"consistency.json"}
"""Files of a pack that a later release has brought."""

OF_ALL: Final = {"manifest.json", "manifest.sig"}
"""Files of a pack that go over all others, and so over those."""

OF_NOW: Final = {"checkpoint.txt", "events.json", "summary.pdf", *OF_ALL}
"""Files of a pack that change once the ledger has grown: how far it goes, and the proofs to that.

Its next seal has the event that the backup was restored, with a random salt of its own.
"""


@pytest.fixture
def office(app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office that has lost its database, and restores it from the backup."""
    elsewhere(tmp_path, monkeypatch)
    restored = opened(app, clock)
    if golden.RENEWS == "ledger":
        sealed.made(restored)
        pytest.fail("another ledger is made: write down what it holds")
    clock.reach(sealed.TAKEN_AT)
    unsigned = ("--unsigned", "--because", "it was made before backups were signed")
    restored.run("db", "restore", sealed.BACKUP, "--nothing-lost", *unsigned, "--yes")
    return restored


def test_an_old_ledger_is_found_in_order_by_its_checkpoints(office: Office) -> None:
    checkpoints = [word for path in sealed.CHECKPOINTS for word in ("--checkpoint", path)]
    assert json.loads(office.run("audit", "verify", *checkpoints, "--json")) == LEDGER


def test_the_signing_key_of_an_office_has_the_same_public_key(office: Office) -> None:
    assert office.run("audit", "key").strip() == PUBLIC_KEY
    assert sealed.kept(sealed.PACK)["key.txt"].decode().strip() == PUBLIC_KEY


def test_the_seals_are_the_ones_that_were_made(office: Office) -> None:
    office.run("db", "backup", "again")
    assert [
        (row["number"], row["size"], row["hash"]) for row in rows(Path("again"), "seal")
    ] == SEALS


def rows(backup: Path, table: str) -> list[dict[str, golden.Json]]:
    """Return the rows of a table in a backup."""
    found, columns = list[dict[str, golden.Json]](), None
    for line in map(json.loads, lines(backup)):
        if isinstance(line, dict):
            columns = line["columns"] if line.get("table") == table else None
        elif columns:
            found.append(dict(zip(columns, line, strict=True)))
    return found


def lines(backup: Path) -> list[str]:
    return gzip.decompress(backup.read_bytes()).decode().splitlines()


def test_what_is_backed_up_after_a_restore_is_the_backup_and_that_it_was_restored(
    office: Office,
) -> None:
    office.run("db", "backup", "again")
    head, head_again = (json.loads(lines(path)[0]) for path in (sealed.BACKUP, Path("again")))
    for table, count in head["tables"].items():
        before, after = rows(sealed.BACKUP, table), rows(Path("again"), table)
        if table == "event":
            restored = after.pop()
            assert restored["action"] == "db.restored"
            assert restored["subject"] == "backup:backup.dispatch"
        known = before[0].keys() if before else ()  # a later release may have more columns
        assert [{name: row[name] for name in known} for row in after] == before, table
        assert head_again["tables"][table] == count + (table == "event")
    same = head.keys() - {"tables", "version", "revision"}
    assert {name: head_again[name] for name in same} == {name: head[name] for name in same}


@pytest.mark.parametrize("path", [sealed.PACK, sealed.REDACTED], ids=["whole", "redacted"])
def test_todays_verifier_accepts_an_old_pack(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    for name, content in sealed.kept(path).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for verifier in (ROOT / "templates" / "evidence" / "verify.py", folder / "verify.py"):
        words = ["-I", str(verifier), str(folder), "--key", PUBLIC_KEY]
        done = subprocess.run(  # noqa: S603 - our own
            [sys.executable, *words], capture_output=True, check=False, encoding="utf-8"
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "All of this is proven, and nothing is wrong.\n" in done.stdout


def test_a_letter_sealed_with_a_digest_of_names_is_in_no_pack_that_is_published(
    office: Office,
) -> None:
    with pytest.raises(RuleBroken, match=r"the letter of DUR .* names in it can be guessed"):
        packs.packed(office.app, "DUR", is_redacted=True)


def test_the_same_ledger_gives_the_same_pack(office: Office) -> None:
    """With the same key and moment every file is the same, but for what is reworded meanwhile."""
    before = sealed.kept(sealed.PACK)
    again = packs.packed(office.app, "DUR")
    assert [path for path in again if path not in ADDED] == list(before)
    assert differing(before, again) <= REWORDED | OF_ALL
    assert proven(again) == proven(before)


def differing(before: Mapping[str, bytes], again: Mapping[str, bytes]) -> set[str]:
    return {name for name, content in before.items() if again[name] != content}


def proven(files: Mapping[str, bytes]) -> golden.Json:
    """Return a manifest without its format, and the files that are reworded or new since."""
    manifest = json.loads(files["manifest.json"])
    entries = [each for each in manifest["files"] if each["path"] not in REWORDED | ADDED]
    return {**manifest, "files": entries, "format": ""}


def test_a_grown_ledger_gives_a_pack_that_differs_only_in_how_far_it_goes(office: Office) -> None:
    before = sealed.kept(sealed.PACK)
    office.run("audit", "evidence", NAME, "DUR", "--out", "pack.zip")
    with zipfile.ZipFile("pack.zip") as archive:
        again = {name: archive.read(name) for name in archive.namelist()}
    assert [path for path in again if path not in ADDED] == list(before)
    assert {"checkpoint.txt", "events.json"} < differing(before, again) <= OF_NOW | REWORDED
