"""What fails where messages come back."""

from __future__ import annotations

import socket
from pathlib import Path

from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.incoming.maildir import Maildir
from dispatch.worker import tasks
from tests import steps
from tests.journeys.recovery.service import Service
from tests.notices import a_dsn


def sent(service: Service) -> Path:
    """Send a letter; return a Maildir to which it has come back."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    service.work()
    [delivery] = steps.deliveries_of(service.app).values()
    folder = service.folder / "Maildir"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1").write_bytes(a_dsn(service.app, delivery))
    return folder


def it_cannot_be_read(service: Service) -> str:
    """Nobody listens where the mailbox should."""
    folder = sent(service)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    at = Mailbox("127.0.0.1", port, "office", "secret", security="none")
    service.change(inboxes=(ImapInbox(at),))
    service.do(tasks.collect_mail)

    def mend() -> None:
        service.change(inboxes=(Maildir(folder),))

    service.terminal.by_hand["systemctl restart dispatch.target"] = mend
    return service.log + service.run("receive", "--poll")


def nobody_read_it(service: Service) -> str:
    """No worker has looked since the letters left."""
    service.change(inboxes=(Maildir(sent(service)),))
    service.clock.advance(hours=50)
    service.tick()
    service.terminal.by_hand["systemctl restart dispatch-worker@1 dispatch-incoming"] = lambda: (
        service.do(tasks.collect_mail)
    )
    return service.status() + service.run("doctor")
