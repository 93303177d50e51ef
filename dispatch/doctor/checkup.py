"""Run all checks side by side; one that breaks or hangs is a finding, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.trouble import in_words
from dispatch.doctor import database, dns, imap, keys, machine, pace, recipients, settings, smtp
from dispatch.doctor.dns import OurDns
from dispatch.domain.doctor.finding import Finding, look, stops
from dispatch.domain.errors import DispatchError
from dispatch.mail.probes import names

SECONDS: Final = 25.0
"""How long all checks together may take. What is not known by then is said to be unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants to have looked at."""

    mailout: str | None = None
    """The mailout whose recipients and pace are looked at; without one, all present contacts."""
    dns_servers: tuple[str, ...] = ()
    """DNS servers to ask instead of the system's, as ADDRESS or ADDRESS:PORT."""
    relay_address: str | None = None
    """The address from which our mail server sends, where its name does not lead to it."""
    selectors: tuple[str, ...] = ()
    """The selectors that our messages are signed with (DKIM)."""
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Check:
    """One subject to look at."""

    name: str
    find: Callable[[], Iterator[Finding]]


def examine(app: App, wanted: Wanted) -> list[Finding]:
    """Return what was found, by subject. Raises `BadInput` for a DNS server that is not one."""
    given = names.resolver_for(wanted.dns_servers) if wanted.dns_servers else None
    ours = OurDns(given, wanted.relay_address, wanted.selectors)
    checks = [
        Check("settings", partial(settings.find, app)),
        Check("machine", partial(machine.find, app)),
        Check("database", partial(database.find, app)),
        Check("keys", partial(keys.find, app)),
        Check("smtp", partial(smtp.find, app)),
        Check("imap", partial(imap.find, app)),
        Check("dns", partial(dns.find, app, ours)),
        Check("recipients", partial(recipients.find, app, given, wanted.mailout)),
        Check("pace", partial(pace.find, app, wanted.mailout)),
    ]
    return run(checks, wanted.seconds)


def now(app: App) -> datetime | None:
    """Return what time it is; None if the database, which keeps it, does not answer."""
    try:
        return app.clock()
    except DatabaseTrouble:
        return None


def without_app(trouble: DispatchError) -> list[Finding]:
    """Return what is found where the settings cannot be used: nothing else can be looked at."""
    first, *rest = str(trouble).splitlines()
    lines = [first.rstrip(":") if rest else first, *(line.strip() for line in rest)]
    return [
        stops("settings", lines[0], "; ".join(lines[1:]) or NO_COMMAND, TO_MEND),
        look("doctor", "Nothing else was looked at.", "Every check needs the settings.", AGAIN),
    ]


NO_COMMAND: Final = "No command works until that is mended."
TO_MEND: Final = "Mend these settings; `config/dispatch.env.example` explains each."
AGAIN: Final = "Run `dispatch doctor` again when they are mended."


def run(checks: Sequence[Check], seconds: float) -> list[Finding]:
    """Return the findings of all checks, in the order of the checks."""
    ends_at = monotonic() + seconds
    running = [_Running(check) for check in checks]
    for each in running:
        Thread(target=each.work, daemon=True).start()
    return [finding for each in running for finding in each.until(ends_at)]


@dataclass(frozen=True, slots=True)
class _Running:
    """A check in a thread of its own. What it has found stays, if it hangs after that."""

    check: Check
    found: SimpleQueue[Finding | None] = field(default_factory=SimpleQueue)

    def work(self) -> None:
        try:
            for finding in self.check.find():
                self.found.put(finding)
        except Exception as error:  # noqa: BLE001 - whatever breaks one check must not stop the others
            self.found.put(self._broken(error))
        self.found.put(None)

    def until(self, ends_at: float) -> Iterator[Finding]:
        while True:
            try:
                finding = self.found.get(timeout=max(ends_at - monotonic(), 0.0))
            except Empty:
                yield self._unknown("it did not end in time")
                return
            if finding is None:
                return
            yield finding

    def _broken(self, error: Exception) -> Finding:
        match error:
            case DispatchError():
                return self._unknown(str(error))
            case DatabaseTrouble():
                return self._unknown(f"the database does not answer: {in_words(error)}")
            case _:  # without its words, which may hold a secret
                return self._unknown(f"it failed ({type(error).__name__})")

    def _unknown(self, why: str) -> Finding:
        return look(
            f"{self.check.name}.unknown",
            f"The check of {SUBJECTS[self.check.name]} could not be finished.",
            f"What it would have found is not known: {why}.",
            "Mend that, and run `dispatch doctor` again.",
        )


SUBJECTS: Final = {
    "settings": "the settings",
    "machine": "this machine",
    "database": "the database",
    "keys": "the keys",
    "smtp": "the mail server",
    "imap": "the mailboxes",
    "dns": "our own DNS records",
    "recipients": "the recipients' domains",
    "pace": "the pace",
}
