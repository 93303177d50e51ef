"""What is lost or altered: the database, its backups, its keys, its tables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from dispatch.database import Sessions, schema
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from dispatch.worker import ledger_tasks
from tests import steps
from tests.dumps import copied, emptiness, vacancy
from tests.factories import RELEASE_AT
from tests.journeys.recovery.machine import in_a_home
from tests.journeys.recovery.service import Service

STOP, START = "systemctl stop dispatch.target", "systemctl start dispatch.target"


def vacant(service: Service) -> Sessions:
    """Return a database that has tables and nothing in them."""
    party = service.app.sender.party
    return service.stack.enter_context(vacancy(service.folder, service.migrated, party))


def backed_up(service: Service, name: str) -> Path:
    file = service.folder / name
    assert "SHA-256" in service.run("db", "backup", file)
    return file


def only_while_it_runs(service: Service) -> None:
    """Let the services work from the command that starts them on."""
    service.terminal.meanwhile = lambda: None

    def start() -> None:
        service.terminal.meanwhile = service.work

    service.terminal.by_hand[START] = start


def the_database_is_lost(service: Service) -> str:
    """It is lost just after a letter has left, which no backup knows of."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    seal_all(service)
    file = backed_up(service, "night.backup")
    log = service.mail_log(RELEASE_AT)
    service.work()
    service.change(sessions=vacant(service))
    only_while_it_runs(service)
    service.terminal.fill |= {
        "/backups/dispatch-2021-07-21.backup": file,
        "/var/log/mail.log": log,
    }
    service.clock.advance(hours=1)
    return service.status()


def it_was_copied(service: Service) -> str:
    """A snapshot of before the letters left is put in the place of the database."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    service.tick()
    copy = copied(service.app.sessions, service.database_url, service.folder / "copy.db")
    snapshot = service.stack.enter_context(copy)
    log = service.mail_log(RELEASE_AT)
    service.work()
    assert len(service.transport.sent) == 1
    service.change(sessions=snapshot)
    only_while_it_runs(service)
    service.terminal.fill |= {"2021-07-21T22:00": "2020-07-22T09:00", "/var/log/mail.log": log}
    service.clock.advance(hours=1)
    return service.status()


def a_bad_backup(service: Service) -> str:
    """The disk was full when the last backup was written."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    seal_all(service)
    good = backed_up(service, "good.backup")
    bad = service.folder / "bad.backup"
    bad.write_bytes(good.read_bytes()[:-9])
    service.change(sessions=vacant(service))
    service.terminal.meanwhile = lambda: None
    service.terminal.fill["/backups/dispatch-2021-07-20.backup"] = good
    return service.run("db", "restore", bad)


def seal_all(service: Service) -> None:
    """Seal what happened, with an event about what tests put in the register without one."""
    with service.app.sessions.begin() as session:
        changed = Event(service.clock(), "sam", "authority.changed", "authority:OXO")
        journal.append(session, changed)
        while seal(session, now=service.clock()):
            pass


def a_key_is_missing(service: Service) -> str:
    """The disk with the home was replaced; copies of the keys are kept elsewhere."""
    steps.planned(service.app)
    in_a_home(service)
    safe = service.folder / "safe"
    safe.mkdir()
    for name in ("secret.key", "ledger.pem"):
        (service.home / name).rename(safe / name)
    service.terminal.fill |= {"/safe": safe, ".dispatch": service.home}
    return service.run("mailout", "list")


def a_key_is_lost(service: Service) -> str:
    """The same, and nobody has a copy."""
    steps.planned(service.app, cc_roles=())
    seal_all(service)
    in_a_home(service)
    for name in ("secret.key", "ledger.pem"):
        (service.home / name).unlink()
    return service.run("mailout", "list")


def it_was_altered(service: Service) -> str:
    """Somebody with the database's password changes what a mail server said."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    service.work()
    seal_all(service)
    service.do(ledger_tasks.look_for_audit)
    file = backed_up(service, "before.backup")
    with service.app.sessions.begin() as session:
        session.execute(text("UPDATE attempt SET text = '2.0.0 read by all'"))
    service.clock.reach(RELEASE_AT + timedelta(days=1))
    shown = service.emailed(ledger_tasks.audit_ledger) + service.status() + service.run("doctor")

    def stop() -> None:
        service.change(sessions=vacant(service))
        service.terminal.meanwhile = lambda: None

    service.terminal.by_hand[STOP] = stop
    service.terminal.may_fail = frozenset({"dispatch audit verify"})
    service.terminal.fill |= {
        "/backups/altered.backup": service.folder / "altered.backup",
        "/backups/dispatch-2021-07-21.backup": file,
    }
    return shown


def the_database_is_older(service: Service) -> str:
    """The program was upgraded, and the database was not."""
    sessions = service.stack.enter_context(emptiness(service.folder))
    with sessions.begin() as session:
        schema.upgrade(session, "0013")
    service.change(sessions=sessions)
    service.terminal.meanwhile = lambda: None
    service.terminal.fill["/backups/before-upgrade.backup"] = service.folder / "before.backup"
    return service.run("mailout", "list")


def the_database_is_newer(service: Service) -> str:
    """The database was upgraded by another machine, and this one was left out."""

    def at(revision: str) -> None:
        with service.app.sessions.begin() as session:
            change = text("UPDATE alembic_version SET version_num = :it")
            session.execute(change, {"it": revision})

    with service.app.sessions.read() as session:
        known = session.scalar(text("SELECT version_num FROM alembic_version"))
    at("9999")
    install = (
        "/opt/dispatch/bin/pip install ombudsman_dispatch-0.1.0-py3-none-any.whl "
        "--constraint constraints.txt"
    )
    service.terminal.by_hand[install] = lambda: at(str(known))
    service.terminal.meanwhile = lambda: None
    return service.run("mailout", "list")
