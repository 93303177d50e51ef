"""An office in which a journey is made: its people, its clock and its folder of files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dispatch.app import App
from dispatch.domain.people.account import Account, AccountRole
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import steps
from tests.fakes import FakeClock, FakeTransport
from tests.people import office as people

SAME_CODE: Final = timedelta(minutes=1)
"""For how long a telephone may show what it has shown: each code counts once."""


@dataclass
class Office:
    """An office, and who has signed in where."""

    app: App
    clock: FakeClock
    folder: Path
    """Where people have the files that they bring in and take."""
    noted: dict[str, str] = field(default_factory=dict)
    """What somebody reads on one page to type it on another."""
    _accounts: dict[str, Account] = field(default_factory=dict)
    _visits: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def transport(self) -> FakeTransport:
        assert isinstance(self.app.transport, FakeTransport)
        return self.app.transport

    def account(self, role: AccountRole, name: str = "") -> Account:
        """Return the account of somebody, who joins if they have not yet."""
        name = name or people.NAMES[role]
        if name not in self._accounts:
            self._accounts[name] = people.joined(self.app, role, name=name).account
        return self._accounts[name]

    def visit(self, role: AccountRole, name: str = "") -> str:
        """Return the cookie of somebody who has signed in just now."""
        account, now = self.account(role, name), self.clock()
        at, visit = self._visits.get(account.name, (datetime.min.replace(tzinfo=now.tzinfo), ""))
        if now >= at + SAME_CODE:
            visit = people.signed_in(self.app, account)
            self._visits[account.name] = now, visit
        return visit

    def code(self, role: AccountRole, name: str = "") -> str:
        """Return what the telephone of somebody shows."""
        return people.code_of(self.app, self.account(role, name), self.clock())

    def work(self) -> None:
        """Do what clock and workers do: letters are made and sent, jobs are done."""
        steps.render_wanted(self.app)
        steps.tick(self.app)
        steps.send_due(self.app)
        steps.tick(self.app)
        jobs.do_jobs(Means(self.app, lambda task, workers: None))

    def wait(self, **how_long: float) -> None:
        """Let time go by."""
        self.clock.advance(**how_long)
