"""An office whose set-up is sound, for tests that spoil one thing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from dispatch.app import App, RelayTransport
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.mail.incoming.inbox import Inbox
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.settings import Settings

SETTINGS: Final[dict[str, Any]] = {
    "smtp_url": "smtp://relay.office.example:25",
    "sender": "letters@ombudsman.example",
    "return_path": "bounces@ombudsman.example",
    "office": "office@ombudsman.example",
}


def office(
    app: App, *, inboxes: tuple[Inbox, ...] = (), server: SmtpServer | None = None, **changes: Any
) -> App:
    """Return an app with sound settings, but for these changes."""
    settings = Settings(home=app.settings.home, **SETTINGS | changes)
    settings.home.mkdir(mode=0o700, exist_ok=True)
    transport = RelayTransport(server or SmtpServer("relay.office.example", 25))
    sender = replace(app.sender, address=settings.sender, return_path=settings.return_path)
    return replace(app, settings=settings, transport=transport, sender=sender, inboxes=inboxes)


def faults(findings: Iterable[Finding]) -> dict[str, Level]:
    """Return what is not fine, by the check's name."""
    return {each.check: each.level for each in findings if each.level is not Level.FINE}


def words(findings: Iterable[Finding]) -> str:
    """Return all that is said, in one line; each fault must say what it means and what to do."""
    found = list(findings)
    assert all(each.means and each.to_do for each in found if each.level is not Level.FINE)
    assert [each.found for each in found if each.level is Level.FINE and len(each.found) > 73] == []
    return " ".join(f"{each.found} {each.means} {each.to_do}" for each in found)
