"""A service for failures to happen to: real parts, with the clock and the mail server made up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.domain.calendar import local
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.sending.envelope import return_path
from dispatch.mail.outgoing.headers import message_id
from dispatch.worker import tasks
from dispatch.worker.means import Means
from dispatch.worker.trouble import Troubles
from tests import steps
from tests.fakes import FakeClock, FakeTransport
from tests.guides import Terminal

NAMES: Final = {"annual-review-2021": steps.NAME}
"""The mailout of the guide, and what it is called here."""

OFFICE: Final = "annual.review.team@ombudsman.example"


@dataclass
class Service:
    """The processes that run, a person's terminal, and the means to break something."""

    clock: FakeClock
    folder: Path
    patch: pytest.MonkeyPatch
    stack: ExitStack
    migrated: str
    terminal: Terminal
    logged: list[str] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    @property
    def app(self) -> App:
        assert self.terminal.app
        return self.terminal.app

    @property
    def transport(self) -> FakeTransport:
        """The mail server, where it is made up."""
        assert isinstance(self.app.transport, FakeTransport)
        return self.app.transport

    @property
    def database_url(self) -> str:
        with self.app.sessions.read() as session:
            made = session.get_bind()
        assert isinstance(made, Engine)
        return made.url.render_as_string(hide_password=False)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def change(self, **changes: Any) -> None:
        """Let commands and processes have something else from now on."""
        self.terminal.app = replace(self.app, **changes)

    def set(self, **settings: Any) -> None:
        """Change settings."""
        self.change(settings=self.app.settings.model_copy(update=settings))

    @property
    def means(self) -> Means:
        worker = f"worker@{socket.gethostname()}"
        return Means(self.app, lambda task, workers: None, worker=worker)

    def do(self, task: Callable[[Means], object]) -> None:
        """Do a task as its process does: trouble is logged and stops nothing."""
        with capture_logs() as lines:
            self.troubles.run("a task", lambda: task(self.means))
        self.logged += [" ".join(map(str, line.values())) for line in lines]

    def tick(self) -> None:
        """Do what the clock does every second, ten seconds later."""
        self.clock.advance(seconds=10)
        self.do(tasks.tick)

    def work(self) -> None:
        """Let a clock and a worker do what is due: letters leave, and what they led to is seen."""
        self.tick()
        self.do(tasks.pulse)
        self.tick()

    def run(self, *words: object) -> str:
        """Give a command, and return what it shows."""
        return self.terminal.dispatch(*words).output

    def status(self) -> str:
        return self.run("mailout", "status", steps.NAME)

    @property
    def log(self) -> str:
        return "\n".join(self.logged)

    def emailed(self, task: Callable[[Means], object] = tasks.remind) -> str:
        """Let a worker email the office, and return what it wrote."""
        before = len(self.transport.sent)
        self.set(office=(OFFICE,))
        self.do(task)
        return "\n".join(text_of(message) for _, message in self.transport.sent[before:])

    def mail_log(self, sent_at: datetime) -> Path:
        """Write the log of a Postfix that took what is in doubt or waits; it covers two hours."""
        path = self.folder / "mail.log"
        day, hours = local(sent_at), timedelta(hours=2)
        lines = [f"{day - hours:%b %d %H:%M:%S} relay postfix/master[1]: daemon started"]
        for number, each in enumerate(steps.deliveries_of(self.app).values()):
            if each.state in {DeliveryState.IN_DOUBT, DeliveryState.QUEUED}:
                queue, sender = f"3D25621004{number}:", self.app.sender
                signed = return_path(sender.return_path, each.id, sender.key)
                known = message_id(each.id, sender)
                at = f"{day:%b %d %H:%M:%S} relay postfix"
                lines += [
                    f"{at}/cleanup[2]: {queue} message-id={known}",
                    f"{at}/qmgr[3]: {queue} from=<{signed}>, size=4, nrcpt=1 (queue active)",
                ]
        lines.append(f"{day + hours:%b %d %H:%M:%S} relay postfix/qmgr[3]: 3D256210050: removed")
        path.write_text("\n".join([*lines, ""]))
        return path


def text_of(message: bytes) -> str:
    """Return the subject and the text of a message."""
    read = message_from_bytes(message, policy=policy.default)
    body = read.get_body(("plain",))
    return f"{read['Subject']}\n{body.get_content() if body else ''}"
