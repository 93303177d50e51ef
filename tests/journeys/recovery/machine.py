"""What fails on the machine: its processes, its clock, its disk, its files."""

from __future__ import annotations

import os
import shutil
import socket
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from kombu.exceptions import OperationalError
from pydantic import SecretStr

from dispatch.app import from_environ
from dispatch.database import DatabaseTrouble
from dispatch.documents import Templates
from dispatch.domain.errors import RuleBroken
from dispatch.domain.jobs.job import Job, JobKind, Result
from dispatch.embedded import home
from dispatch.embedded.broker import Broker
from dispatch.jobs import orders, work
from dispatch.jobs.work import Progress
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.worker import jobs, tasks
from dispatch.worker.means import Means
from tests import steps
from tests.conftest import KEY, ROOT
from tests.factories import RELEASE_AT, a_word
from tests.files import certificates
from tests.journeys.recovery.service import Service
from tests.outages import FailingSessions, PowerCut

HOUR = timedelta(hours=1)


def the_clock_stops(service: Service) -> str:
    """It stops an hour before the letters should leave."""
    steps.scheduled(service.app, "OXO", cc_roles=())
    service.clock.reach(RELEASE_AT - HOUR)
    service.work()
    service.clock.reach(RELEASE_AT + timedelta(minutes=6))
    service.do(tasks.pulse)
    return service.status() + service.run("alive", "clock") + service.emailed()


def the_clock_is_wrong(service: Service) -> str:
    """A hand sets it forward by a week."""
    steps.scheduled(service.app, "OXO", cc_roles=())
    service.work()
    service.clock.set_by(days=7)
    service.work()

    def mend() -> None:
        service.clock.set_by(days=-7)

    service.terminal.by_hand["timedatectl set-ntp true"] = mend
    return service.status() + service.log


def the_clock_was_wrong(service: Service) -> str:
    """A time server sets it back by two hours, to what it is."""
    steps.scheduled(service.app, "OXO", cc_roles=())
    service.work()
    service.clock.set_by(hours=-2)
    service.work()
    return service.status()


def the_machine_was_off(service: Service) -> str:
    """It was off when the letters should have left."""
    steps.scheduled(service.app, "OXO", cc_roles=())
    service.work()
    service.clock.reach(RELEASE_AT + HOUR)
    service.clock.boot = "the second start"
    service.work()
    shown = service.status()
    assert not service.transport.sent

    def wait() -> None:
        service.clock.advance(minutes=5)
        service.work()

    service.terminal.meanwhile = wait
    return shown


def the_broker_is_lost(service: Service) -> str:
    """Nobody listens where the broker should."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service.set(redis_url=SecretStr(f"redis://127.0.0.1:{port}/0"))

    def wake(means: Means) -> None:
        raise OperationalError(f"Error 111 connecting to 127.0.0.1:{port}. Connection refused.")

    service.do(wake)

    def mend() -> None:
        broker = Broker(service.folder / "broker")
        broker.start()
        service.stack.callback(broker.stop)
        service.set(redis_url=SecretStr(broker.url))

    service.terminal.by_hand["systemctl restart valkey"] = mend
    return service.run("doctor") + service.log


class FullDisk(FailingSessions):
    """A database whose disk is full while a certain file is there."""

    def begin(self):  # type: ignore[no-untyped-def] # noqa: ANN201
        raise DatabaseTrouble("COMMIT", {}, OSError("database or disk is full"))


def the_disk_is_full(service: Service) -> str:
    """Old backups have filled it."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    well = service.app.sessions
    old = service.folder / "dispatch-2019-07-21.backup"
    old.touch()

    def room(_: object) -> SimpleNamespace:
        free = 100 if old.exists() else 50 * 1024
        return SimpleNamespace(f_bavail=free, f_frsize=1024**2, f_files=10**6, f_favail=10**5)

    service.patch.setattr(os, "statvfs", room)
    shown = service.run("doctor")
    service.change(sessions=FullDisk(well.writing, well.reading))
    shown += service.status()

    def go_on() -> None:
        if not old.exists():
            service.change(sessions=well)
            service.work()

    service.terminal.meanwhile = go_on
    service.terminal.fill |= {".dispatch": service.home, "/backups": service.folder}
    return shown


def files_are_open(service: Service) -> str:
    """The home was made writable for all, and a key readable."""
    in_a_home(service)
    service.home.chmod(0o777)
    shown = service.run("mailout", "list")
    service.home.chmod(0o700)
    (service.home / "secret.key").chmod(0o644)
    shown += service.run("doctor")
    service.home.chmod(0o777)
    service.terminal.fill[".dispatch"] = service.home
    return shown


def in_a_home(service: Service) -> None:
    """Let commands take everything from settings, as they do outside tests."""
    url, service.terminal.app = service.database_url, None
    service.terminal.meanwhile = lambda: None
    key = service.home / "secret.key"
    key.touch(mode=0o600)
    key.write_bytes(KEY)
    service.terminal.environ = {
        "DISPATCH_HOME": str(service.home),
        "DISPATCH_DATABASE_URL": url,
        "DISPATCH_SMTP_URL": "catcher",
        "DISPATCH_TEMPLATES": str(ROOT / "templates"),
    }
    shown = service.run("audit", "key")
    assert (service.home / "ledger.pem").exists(), shown


def other_templates(service: Service) -> str:
    """A worker has another wording than the machine on which somebody asked for letters."""
    steps.planned(service.app, "OXO", cc_roles=())
    with service.app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, service.app.templates, a_word(service.clock()))
    folder = service.folder / "templates"
    shutil.copytree(ROOT / "templates" / "annual-review", folder / "annual-review")
    wording = folder / "annual-review" / "letter.md"
    safe = service.folder / "letter.md"
    safe.write_bytes(wording.read_bytes())
    wording.write_text(f"{wording.read_text()}\nMore.\n")
    service.change(templates=Templates(folder))
    service.do(tasks.render_letters)
    shown = service.status()
    service.terminal.fill |= {
        "/safe/templates/letter.md": safe,
        "templates/annual-review": wording.parent,
    }
    service.terminal.around = lambda: steps.working(service.app)
    return shown


def started_twice(service: Service) -> str:
    """Somebody starts it in a second terminal."""
    lock = home.held(service.home)
    lock.__enter__()

    def start() -> str:
        try:
            with home.held(service.home):
                return "running"
        except RuleBroken as error:
            return str(error)

    service.terminal.by_hand |= {
        "systemctl stop dispatch.target": lambda: lock.__exit__(None, None, None),
        "dispatch run": start,
    }
    return start()


def the_certificate_has_ended(service: Service) -> str:
    """The certificate that signs letters was valid until the end of 2020."""
    in_a_home(service)
    old = certificates.write(service.folder / "office.p12")
    service.patch.setattr(certificates, "ENDS", certificates.ENDS.replace(year=2040))
    safe = certificates.write(service.folder / "renewed.p12")
    service.terminal.environ["DISPATCH_PDF_CERTIFICATE"] = str(old)
    app = from_environ({**os.environ, **service.terminal.environ})
    steps.planned(app, "OXO", cc_roles=())
    service.terminal.around = lambda: steps.working(
        from_environ({**os.environ, **service.terminal.environ})
    )
    service.terminal.fill |= {"/safe/office-2030.p12": safe}
    return service.run("mailout", "render", steps.NAME) + service.run("doctor")


def a_job_is_not_done(service: Service) -> str:
    """The worker that verifies the ledger dies over it."""
    with service.app.sessions.begin() as session:
        orders.ask(session, JobKind.VERIFY, uuid4().hex, a_word(service.clock()))

    def die(job: Job, progress: Progress) -> Result:
        raise PowerCut

    try:
        work.do_one(service.app.sessions, service.clock, lambda kind: die)
    except PowerCut:
        service.clock.advance(hours=1)
    shown = service.run("metrics")
    service.terminal.by_hand["systemctl restart dispatch-worker@1"] = lambda: service.do(
        jobs.do_jobs
    )
    return shown
