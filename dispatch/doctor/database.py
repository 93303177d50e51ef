"""The database, its migrations, who works on it, and when it was last verified and backed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from dispatch.app import App
from dispatch.clock import machine_time
from dispatch.database import DatabaseTrouble, Session, schema
from dispatch.database.schema import Age
from dispatch.database.trouble import in_words
from dispatch.doctor import store
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.errors import RuleBroken
from dispatch.sending.store import first_letters
from dispatch.tracking import timekeeping
from dispatch.tracking.status import UNLOOKED_AFTER, is_silent, ledger_state
from dispatch.tracking.store import heartbeats
from dispatch.tracking.store.timekeeping import database_time
from dispatch.views.ages import lasting
from dispatch.views.status import until_trusted

APART: Final = timedelta(minutes=1)
AUDIT_EVERY: Final = timedelta(days=2)
BACKUP_EVERY: Final = timedelta(days=2)
"""How old the last of each may be: both are due each night."""

AGES: Final[Mapping[Age, tuple[str, str]]] = {
    Age.EMPTY: ("The database is empty.", "Run `dispatch db upgrade`."),
    Age.OLDER: ("The database is older than this dispatch.", "Run `dispatch db upgrade`."),
    Age.NEWER: (
        "The database was made by a newer dispatch.",
        "Upgrade the program on this machine.",
    ),
    Age.TOO_OLD: (
        "The database is older than this dispatch can upgrade.",
        "Run `dispatch db upgrade` with a dispatch in between first.",
    ),
}


def find(app: App) -> Iterator[Finding]:
    """Yield what is found; no more than the first finding if the database is not ready."""
    try:
        with app.sessions.read() as session:
            age = schema.age(session)
    except DatabaseTrouble as error:
        yield stops(
            "database",
            "The database does not answer.",
            f"No command works, and nothing is sent: {in_words(error)}.",
            "See whether the server runs, and whether DISPATCH_DATABASE_URL is right.",
        )
        return
    if age is Age.EMPTY and not app.settings.database_url:
        yield fine("database", "The database is empty; the first command makes its tables.")
        return
    if age in AGES:
        found, to_do = AGES[age]
        yield stops("database", found, "No command works on it as it is.", to_do)
        return
    yield fine("database", "The database answers, and has had every migration.")
    now = app.clock()
    with app.sessions.read() as session:
        yield from _time(session, now)
        yield from _processes(session, now)
        yield from _ways_in(app, session, now)
        yield _audit(session, now)
        yield _backup(session, now)


def has_tables(session: Session) -> bool:
    """Whether anything can be asked of the database; False while it is empty.

    Raises `RuleBroken` if it is not of this version.
    """
    age = schema.age(session)
    if age not in {Age.CURRENT, Age.EMPTY}:
        raise RuleBroken("the database is not up to date")
    return age is Age.CURRENT


def _time(session: Session, now: datetime) -> Iterator[Finding]:
    if held := timekeeping.held(session):
        yield stops(
            "clock",
            "The clock is not trusted: nothing is released.",
            f"{until_trusted(held, now).text}.",
            "If it is right, run `dispatch clock --right --because TEXT`.",
        )
        return
    own, of_database = machine_time(), database_time(session)
    apart = abs(of_database - own) if of_database else timedelta()
    if apart > APART:
        between = lasting(apart)
        yield look(
            "clock",
            f"The clocks of this machine and of the database are {between} apart.",
            "Letters leave by the database's; certificates and access tokens are judged by ours.",
            "Let a time server set the clocks of both machines.",
        )
    else:
        yield fine("clock", "The clock is trusted.")


def _processes(session: Session, now: datetime) -> Iterator[Finding]:
    beats = heartbeats.all_seen(session)
    for kind, what in WORK.items():
        seen = [beat.seen_at for beat in beats if beat.kind == kind]
        alive = [at for at in seen if not is_silent(at, now)]
        if alive:
            running = (
                f"A {kind} process runs"
                if len(alive) == 1
                else f"{len(alive)} {kind} processes run"
            )
            yield fine(f"service.{kind}", f"{running}.")
            continue
        last = f"; the last was seen {_ago(max(seen), now)}" if seen else ""
        yield stops(
            f"service.{kind}",
            f"No {kind} process runs{last}.",
            what,
            "Start the service: `dispatch run`, or what docs/running/services.md says.",
        )


def _ways_in(app: App, session: Session, now: datetime) -> Iterator[Finding]:
    """Say by which ways nothing that came back was taken in lately. A new service has never."""
    for name, at in first_letters.looked_at(session, app.ways_in).items():
        if at and now - at < UNLOOKED_AFTER:
            yield fine("service.incoming", f"Messages were taken in {_ago(at, now)}.")
            continue
        last = f"since {_ago(at, now)}" if at else "for a day, or never"
        yield look(
            "service.incoming",
            f"No message was taken in {last}.",
            f"Nobody sees what comes back to {name}, such as bounces.",
            "Run `dispatch receive --poll`, which says what is wrong, and start a worker.",
        )


WORK: Final = {
    "clock": "Without it nothing is released on its date.",
    "worker": "Without one letters are neither made nor sent, and no bounce is read.",
}


def _audit(session: Session, now: datetime) -> Finding:
    state = ledger_state(session)
    if state is None:
        return look(
            "ledger.audit",
            "The ledger was not verified by night yet.",
            "Nobody knows whether it holds. A worker does it at two in the morning.",
            "Run `dispatch audit verify`, or look again tomorrow.",
        )
    if state.wrong:
        return stops(
            "ledger.audit",
            "The ledger does not hold.",
            f"What was sent may not be provable: {state.wrong[0]}.",
            "Run `dispatch audit verify`, and read docs/security.md.",
        )
    if now - state.at > AUDIT_EVERY:
        return look(
            "ledger.audit",
            f"The ledger was last verified {_ago(state.at, now)}.",
            "It is due each night, by a worker.",
            "See whether workers run at night.",
        )
    return fine("ledger.audit", f"The ledger held {_ago(state.at, now)}.")


def _backup(session: Session, now: datetime) -> Finding:
    """Say when a backup was recorded. Of snapshots and other means the database knows nothing."""
    at = store.last_backup(session)
    if at and now - at <= BACKUP_EVERY:
        return fine("database.backup", f"The database was backed up {_ago(at, now)}.")
    last = f"The last `dispatch db backup` was {_ago(at, now)}." if at else NO_BACKUP
    return look(
        "database.backup",
        last,
        "What is lost with the disk is lost: who was sent what, and the proof of it.",
        "Run `dispatch db backup FILE` each night, and copy the keys as well.",
    )


NO_BACKUP: Final = "No backup by `dispatch db backup` is on record."


def _ago(at: datetime, now: datetime) -> str:
    return f"{lasting(now - at)} ago"
