"""An office whose set-up is sound, for tests that spoil one thing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import LedgerAudit
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.ledger import journal, upkeep_events
from dispatch.mail.incoming.inbox import Inbox
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.ways import RelayTransport
from dispatch.settings import Settings
from dispatch.tracking.store import audits, heartbeats
from tests.factories import a_word

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
    sender = replace(
        app.sender,
        address=settings.sender,
        return_path=settings.return_path,
        reply_to=settings.reply_to,
    )
    return replace(app, settings=settings, transport=transport, sender=sender, inboxes=inboxes)


def beat(session: Session, kind: str, at: datetime) -> None:
    heartbeats.beat(session, kind, f"{kind}@here", at, timedelta(0))


def audited(session: Session, at: datetime, *wrong: str) -> None:
    row = LedgerAudit(
        number=0, began_at=at, ended_at=at, held_at=None if wrong else at, wrong=list(wrong)
    )
    audits.keep(session, row)
    session.add(row)


def backed_up(session: Session, at: datetime) -> None:
    detail = {"sha256": "0" * 64, "rows": "1", "bytes": "1", "taken_at": at.isoformat()}
    event = upkeep_events.DB_BACKED_UP.by(a_word(at), "nightly.backup", **detail)
    journal.append(session, event)


def served(app: App) -> None:
    """Have a service that runs, and that was verified and backed up last night."""
    with app.sessions.begin() as session:
        now = app.clock()
        beat(session, "clock", now)
        beat(session, "worker", now)
        audited(session, now - timedelta(hours=7))
        backed_up(session, now - timedelta(hours=8))


def faults(findings: Iterable[Finding]) -> dict[str, Level]:
    """Return what is not fine, by the check's name."""
    return {each.check: each.level for each in findings if each.level is not Level.FINE}


def words(findings: Iterable[Finding]) -> str:
    """Return all that is said, in one line; each fault must say what it means and what to do."""
    found = list(findings)
    assert all(each.means and each.to_do for each in found if each.level is not Level.FINE)
    assert [each.found for each in found if each.level is Level.FINE and len(each.found) > 73] == []
    return " ".join(f"{each.found} {each.means} {each.to_do}" for each in found)
