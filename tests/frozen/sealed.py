"""A small ledger: three letters, one of which came back, went elsewhere and was made anew.

It was made once, by the code of November 2026, and lies in `ledger/`: a backup, two checkpoints,
the key they are signed with, and the evidence about one letter, whole and redacted. It is never
made again, since it stands for the ledgers that offices have. What made it is here to read; with
`RENEW_FROZEN=ledger pytest tests/frozen/test_ledger.py` it would make another.
"""

from __future__ import annotations

import io
import shutil
import tarfile
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests import packs, steps
from tests.frozen.office import NAME, Office, scheduled
from tests.frozen.story import DEFERRED, PUBLIC_AT, RELEASE_AT, corrected
from tests.notices import a_dsn

FOLDER: Final = Path(__file__).parent / "ledger"
BACKUP: Final = FOLDER / "backup.dispatch"
CHECKPOINTS: Final = (FOLDER / "after-the-release.txt", FOLDER / "after-the-upload.txt")
PACK: Final = FOLDER / "evidence-DUR.tar.xz"
REDACTED: Final = FOLDER / "evidence-DUR-redacted.tar.xz"

CODES: Final = ("DUR", "OXO", "BIR")
TAKEN_AT: Final = datetime(2020, 7, 30, 9, 0, tzinfo=UTC)


def lived(office: Office) -> None:
    """Live through what the small ledger tells."""
    _sent(office)
    _came_back(office)
    _corrected(office)
    office.clock.reach(PUBLIC_AT)
    steps.tick(office.app)
    although = ("--although", "they have it on paper", "--as", "alex", "--yes")
    office.run("upload", "bundle", NAME, "--out", "public", *although)
    office.run("audit", "checkpoint", "--out", CHECKPOINTS[1].name)


def _sent(office: Office) -> None:
    scheduled(office, CODES)
    office.server.answers = {office.address("OXO"): deque([DEFERRED])}
    office.clock.reach(RELEASE_AT)
    assert steps.tick(office.app) == [NAME]
    office.send()
    office.clock.advance(minutes=5)
    office.send()
    office.run("audit", "checkpoint", "--out", CHECKPOINTS[0].name)


def _came_back(office: Office) -> None:
    office.clock.advance(minutes=30)
    Path("bounce.eml").write_bytes(a_dsn(office.app, office.delivery("DUR")))
    Path("delivered.eml").write_bytes(
        a_dsn(office.app, office.delivery("OXO"), action="delivered", status="2.0.0")
    )
    office.run("receive", "bounce.eml", "delivered.eml")
    why = ("--because", "the address is wrong", "--as", "kim", "--yes")
    to = ("--authority", "DUR", "--to", "office@county-durham.example")
    office.clock.advance(hours=1)
    office.run("resend", NAME, *to, *why)
    office.send()


def _corrected(office: Office) -> None:
    corrected("DUR")
    office.run("import", "figures", "sample/figures.csv")
    why = ("--because", "a complaint was counted twice", "--as", "kim", "--yes")
    office.run("mailout", "reissue", NAME, "--authority", "DUR", *why)
    office.clock.advance(hours=1)
    office.run("mailout", "approve", NAME, "--authority", "DUR", "--as", "alex", "--yes")
    office.send()


def made(office: Office) -> None:
    """Make the files of the folder."""
    lived(office)
    office.clock.reach(TAKEN_AT)
    for path in CHECKPOINTS:
        shutil.copy(path.name, path)
    office.run("db", "backup", BACKUP, "--force")
    BACKUP.chmod(0o644)
    for path, is_redacted in ((PACK, False), (REDACTED, True)):
        archived(path, packs.packed(office.app, "DUR", is_redacted=is_redacted))


def archived(path: Path, files: Mapping[str, bytes]) -> None:
    """Keep the files of a pack; this way, what is the same in several takes space once."""
    with tarfile.open(path, "w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def kept(path: Path) -> dict[str, bytes]:
    """Return the files of a pack."""
    with tarfile.open(path) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive]
        return {name: file.read() for name, file in files if file}
