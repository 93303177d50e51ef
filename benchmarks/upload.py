"""How fast a year becomes public, beside writing its bytes: `benchmarks/upload.py [LETTERS]`.

The letters lie in a database as they do after sending, with PDFs of 62 kB. An upload reads and
checks each letter and its message twice, makes tables and pages, writes every file down to the disk
and renames. The bare limit writes the same bytes down to the disk and does nothing else.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import update

from benchmarks.population import populate
from dispatch.database import Sessions, connect, schema
from dispatch.database.tables import Delivery, Mailout
from dispatch.documents.site import Site
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.checkpoint import PublicKey
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.publishing.upload import Publishing, Uploaded, prepare, upload
from dispatch.publishing.verify import verify

SITE: Final = Site(Path(__file__).parents[1] / "templates" / "upload")
NAME: Final = "annual-2020"
"""As the letters themselves call their mailout."""

MESSAGE_OCTETS: Final = 88_000
ROUNDS: Final = 3
PROMISED_SECONDS: Final = 30.0


def sent(folder: Path, count: int) -> Sessions:
    """Return a database with a mailout that is sent."""
    url = f"sqlite:///{folder / 'dispatch.db'}"
    sessions = connect(url)
    with sessions.begin() as session:
        schema.upgrade(session)
    populate(url, count, MESSAGE_OCTETS, state=MailoutState.SENT)
    with sessions.begin() as session:
        session.execute(update(Mailout).values(name=NAME))
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
    return sessions


def make_public(sessions: Sessions, folder: Path) -> Uploaded:
    now = datetime.now(UTC)  # noqa: TID251 - long after the upload date
    word = Word(person="sam", keyboard="sam", at=now)
    with bundles.held(folder) as public:
        proposal = prepare(sessions, public, NAME, word)
        return upload(sessions, proposal, Publishing(public, SITE), word)


def no_key() -> PublicKey:
    """Refuse to say whose signature a checkpoint has: none is in the bundle."""
    raise LookupError("nothing here is signed")


def verify_all(sessions: Sessions, folder: Path) -> None:
    with sessions.read() as session:
        verify(session, bundles.read(folder), no_key)


def copy(contents: dict[Path, bytes], folder: Path) -> None:
    """Write the same files down to the disk, and nothing else."""
    for path, content in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(count: int) -> None:
    """Measure each in turns, and print the medians."""
    taken: dict[str, list[float]] = {"upload": [], "verify": [], "bare": []}
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        sessions = sent(home, count)
        for turn in range(ROUNDS):
            public, other = home / f"public{turn}", home / f"bare{turn}"
            taken["upload"].append(seconds(partial(make_public, sessions, public)))
            taken["verify"].append(seconds(partial(verify_all, sessions, public)))
            files = (path for path in public.rglob("*") if path.is_file())
            contents = {path.relative_to(public): path.read_bytes() for path in files}
            taken["bare"].append(seconds(partial(copy, contents, other)))
        sessions.dispose()
    size = sum(map(len, contents.values())) / 1_000_000
    median = {what: statistics.median(each) for what, each in taken.items()}
    print(f"{count} letters, {len(contents)} files, {size:.1f} MB, median of {ROUNDS}")
    print(f"the same bytes down to the disk  {median['bare']:6.2f} s")
    print(f"upload                           {median['upload']:6.2f} s")
    print(f"upload verify                    {median['verify']:6.2f} s")
    assert median["upload"] < PROMISED_SECONDS, "slower than promised"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 346)
