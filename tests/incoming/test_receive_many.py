"""A mailbox of 1,000 messages, 50 of them broken, of which each costs no other its reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from benchmarks.notices_made import made
from dispatch.app import App, processor
from dispatch.database.tables import IncomingMail
from dispatch.domain.incoming.message import MailState
from dispatch.incoming import receive
from dispatch.incoming.store import notices
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.incoming.reader import Reader
from tests.mail.classifiers import ALMOST_OBEDIENT

COUNT: Final = 1000
BROKEN: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda mail: mail[: len(mail) // 2],
    lambda mail: mail.replace(b"From: ", b"From: " + b"(" * 5000, 1),
    lambda mail: mail.replace(b"@", b"\0@"),
    lambda mail: mail.replace(b"utf-8", b"punycode").replace(b"8bit", b"x-uuencode"),
    lambda mail: b"\xff\xfe" + bytes(range(256)) * 40 + mail[::-1],
    lambda mail: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 3000 + mail,
    lambda mail: b"\n".join(b"X-%d: %s" % (n, mail[:70].hex().encode()) for n in range(500)),
    lambda mail: b"die " + mail,
    lambda mail: b"fail " + mail,
    lambda mail: b"eat " + mail,
)
"""Ways to break a message; the last three bring down what reads it."""

UNREADABLE: Final = 15
"""As many of 50 broken ones bring down their reader."""


def a_mailbox(folder: Path) -> Path:
    """Write a Maildir, in which every twentieth message is broken."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    whole = [each.content for each in (*made.machines(5, 0), *made.people(5, 0, COUNT // 2))]
    for number, mail in enumerate(whole[:COUNT]):
        breaks = BROKEN[number // 20 % len(BROKEN)] if number % 20 == 0 else bytes
        mark = b"X-Number: %d\n" % number
        (folder / "new" / f"{number:04}.made").write_bytes(breaks(mark + mail))
    return folder


@pytest.mark.slow
def test_each_of_a_thousand_is_stored_and_read_or_quarantined_with_its_reason(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    box = a_mailbox(tmp_path / "incoming")
    assert [receive.collect(app.sessions, Maildir(box), app.clock) for _ in range(3)] == [
        COUNT // 2,
        COUNT // 2,
        0,
    ]
    with Reader(ALMOST_OBEDIENT) as reader:
        receive.read_due(app.sessions, reader, lease=app.lease, clock=app.clock, limit=COUNT)
    processor(app).conclude()
    with app.sessions.read() as session:
        states = Counter(session.scalars(select(IncomingMail.state)))
        reasons = [mail.trouble for mail in notices.quarantined(session)]
    assert states == {MailState.READ: COUNT - UNREADABLE, MailState.QUARANTINED: UNREADABLE}
    assert Counter(reasons) == {
        "reading it took too much memory, or ended its reader": 10,
        "its reader failed: ValueError": 5,
    }
    assert list((box / "new").iterdir()) == []
    assert len(list((box / "cur").iterdir())) == COUNT
