"""Mail taken in by a process that is killed again and again, at whatever it was doing."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from dispatch.app import from_environ, ready
from dispatch.database.tables import IncomingMail
from dispatch.domain.digest import sha256
from tests.journeys.services import BIN, environ, wait_until

MAILS = 40
KILLS = 5


@pytest.mark.slow
def test_no_mail_is_lost_or_stored_twice_however_often_the_process_is_killed(
    tmp_path: Path, database_url: str
) -> None:
    incoming = tmp_path / "incoming"
    for folder in ("tmp", "new", "cur"):
        (incoming / folder).mkdir(parents=True)
    mails = [f"Subject: {number}\r\n\r\nThank you.\r\n".encode() for number in range(MAILS)]
    for number, mail in enumerate(mails):
        (incoming / "new" / f"{number:03}").write_bytes(mail)
    settings = environ(
        DISPATCH_HOME=str(tmp_path / "home"),
        DISPATCH_DATABASE_URL=database_url,
        DISPATCH_SMTP_URL="catcher",
        DISPATCH_INCOMING_MAILDIR=str(incoming),
    )
    poll = [str(BIN / "dispatch"), "receive", "--poll"]

    def left() -> int:
        return len(list((incoming / "new").iterdir()))

    def is_down_to(goal: int) -> bool:
        return left() <= goal

    for kill in range(KILLS):
        goal = MAILS - 1 - kill * MAILS // KILLS
        with subprocess.Popen(poll, env=settings, stdout=subprocess.DEVNULL) as process:
            wait_until(partial(is_down_to, goal))
            process.kill()
    subprocess.run(poll, env=settings, check=True, capture_output=True)

    assert left() == 0
    assert len(list((incoming / "cur").iterdir())) == MAILS
    app = ready(from_environ(settings))
    with app.sessions.read() as session:
        stored = list(session.scalars(select(IncomingMail.sha256)))
    assert sorted(stored) == sorted(map(sha256, mails))
