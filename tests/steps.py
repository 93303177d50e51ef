"""The steps of a mailout's path, for tests that are about a later one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from dispatch.app import App
from dispatch.database import Session, codes, key_of
from dispatch.database.tables import Delivery, FiguresRow, Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.figures import Figures
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.ledger.events import CONTACT_REPLACED, MAILOUT_PLANNED
from dispatch.letters import approval, render
from dispatch.letters.approval import Approval
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release, send, sweep
from dispatch.sending.recorder import Spool
from dispatch.sending.store import deliveries
from tests import worlds
from tests.factories import RELEASE_AT, a_mailout, a_source_file, a_word, contact_in, register
from tests.fakes import FakeClock

NAME = "annual-review-2020"
SECOND = "second"


def planned(app: App, *codes: str, figures: Iterable[Figures] = (), **plan: Any) -> str:
    """Register authorities and plan a mailout to them."""
    with app.sessions.begin() as session:
        register(session, *(codes or ("OXO",)), figures=figures)
        plan_one(session, app.clock(), **plan)
    return NAME


def plan_one(session: Session, at: datetime, **plan: Any) -> None:
    """Plan a mailout to authorities that are registered."""
    mailout = a_mailout(session, **plan)
    detail = {"plan": mailout.plan_digest}
    journal.append(session, MAILOUT_PLANNED.by(a_word(at), mailout.name, **detail))


def rendered(app: App, *codes: str, **plan: Any) -> str:
    """Have every letter made, on the word of `sam`."""

    def make() -> None:
        planned(app, *codes, **plan)
        render_again(app)

    worlds.begun(app, make, "rendered", codes, plan)
    return NAME


def render_again(app: App) -> None:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))
    render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, NAME, templates=app.templates, now=app.clock())


def render_wanted(app: App) -> None:
    """Do what a worker does until no letter is wanted."""
    while True:
        with app.sessions.begin() as session:
            jobs = render.claim(session, now=app.clock(), lease=app.lease, limit=8)
        if not jobs:
            return
        results = [(job, render.render(app.templates, job)) for job in jobs]
        with app.sessions.begin() as session:
            render.store(session, results, now=app.clock())


def approved(app: App, *codes: str, **plan: Any) -> str:
    """Have the letters approved by `alex`."""
    rendered(app, *codes, **plan)
    approve_again(app)
    return NAME


def approve_again(app: App) -> None:
    with app.sessions.begin() as session:
        word = Word(person="alex", keyboard="alex", at=app.clock())
        assert signed(session, NAME, app.templates, word).digest


def signed(session: Session, name: str, templates: Templates, word: Word) -> Approval:
    """Approve a mailout as it is stored at this moment."""
    mailout = mailout_named(session, name)
    covered = approval.coverage(session, mailout, templates.digest(mailout.plan.template))
    return approval.approve(session, mailout, templates, covered.digest, word)


def second_approved(app: App) -> str:
    """Have another mailout, with the same plan and to the same authorities, approved by `alex`."""
    with app.sessions.begin() as session:
        mailout = a_mailout(session, name=SECOND)
        render.ask(session, mailout, app.templates, a_word(app.clock()))
    render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, SECOND, templates=app.templates, now=app.clock())
        word = Word(person="alex", keyboard="alex", at=app.clock())
        assert signed(session, SECOND, app.templates, word).digest
    return SECOND


def scheduled(app: App, *codes: str, **plan: Any) -> str:
    rendered(app, *codes, **plan)
    schedule_again(app)
    return NAME


def schedule_again(app: App) -> None:
    """Have the letters approved and scheduled."""
    approve_again(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, NAME)
        release.schedule(session, mailout, app.templates, a_word(app.clock(), because=""))


def released(app: App, clock: FakeClock, *codes: str, **plan: Any) -> str:
    """Let the letter date come."""

    def make() -> None:
        scheduled(app, *codes, **plan)
        clock.reach(RELEASE_AT)
        assert tick(app) == [NAME]

    worlds.begun(app, make, "released", codes, plan)
    clock.reach(RELEASE_AT)
    return NAME


def sent_today(app: App, *codes: str, **plan: Any) -> str:
    """Have letters sent by a service whose clock is the machine's."""
    planned_today(app, *codes, **plan)
    send_today(app)
    return NAME


def planned_today(app: App, *codes: str, **plan: Any) -> str:
    """Plan a mailout whose letters may leave as soon as they are approved."""
    now = app.clock()
    return planned(
        app,
        *codes,
        letter_date=(now - timedelta(days=1)).date(),
        not_after=now + timedelta(hours=1),
        upload_date=(now + timedelta(days=6)).date(),
        **plan,
    )


def send_today(app: App) -> None:
    """Take a mailout that is planned for today all the way."""
    render_again(app)
    schedule_again(app)
    assert tick(app) == [NAME]
    send_due(app)


def coded(app: App) -> None:
    """Give each delivery a code of ours as it is now, as if it had been queued like that."""
    with app.sessions.begin() as session:
        codes.give_deliveries(session.connection(), key_of(session))


def tick(app: App) -> list[str]:
    """Do what the clock does; return the names of the mailouts that it released."""
    now = app.clock()
    with app.sessions.begin() as session:
        sweep.sweep(session, now=now)
        for name in sweep.settled(session):
            sweep.finish(session, name, now=now)
        for name in render.made(session):
            render.finish(session, name, templates=app.templates, now=now)
        return [
            name
            for name in release.due(session, now=now)
            if release.release(session, name, app.templates, now=now)
        ]


def means(app: App) -> send.SendingMeans:
    return send.SendingMeans(
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        clock=app.clock,
        lease=app.lease,
        run_time=app.lease / 2,
        retry_waits=(timedelta(minutes=5), timedelta(minutes=15)),
        sleep=lambda _: None,
        random=lambda: 0.0,
        spool=Spool(app.settings.home / "spool"),
    )


def send_due(app: App) -> None:
    """Do what the workers do until nothing is due."""
    while send.send(means(app), limit=5):
        pass


def mailout_of(app: App) -> Mailout:
    with app.sessions.read() as session:
        return mailout_named(session, NAME)


def state_of(app: App) -> MailoutState:
    return mailout_of(app).state


def letters_of(app: App) -> dict[str, Letter]:
    with app.sessions.read() as session:
        found = letters.in_force(session, mailout_named(session, NAME))
        return {letter.authority_code: letter for letter in found}


def deliveries_of(app: App) -> dict[str, Delivery]:
    """Return the deliveries by address."""
    with app.sessions.read() as session:
        found = deliveries.of_mailout(session, mailout_named(session, NAME))
        return {delivery.address: delivery for delivery in found}


def events(app: App, subject: str | None = None) -> list[Event]:
    with app.sessions.read() as session:
        return list(journal.events(session, subject))


def actions(app: App, subject: str | None = None) -> list[str]:
    return [event.action for event in events(app, subject)]


def figures_corrected(app: App, *corrected: Figures) -> None:
    """Have figures put right, as an import does."""
    with app.sessions.begin() as session:
        file = a_source_file(session)
        for each in corrected:
            of_it = FiguresRow.authority_code == each.authority
            before = session.scalars(select(FiguresRow).where(of_it, FiguresRow.is_current)).one()
            before.is_current = False
            session.flush()
            session.add(
                FiguresRow(
                    authority_code=each.authority,
                    year=before.year,
                    counts=dict(each.counts),
                    percentages=before.percentages,
                    synthetic=before.synthetic,
                    source=before.source,
                    replaces_id=before.id,
                    source_file_id=file.id,
                )
            )


def appointed(app: App, code: str, address: str, role: str = "chief executive") -> None:
    """Put Dr Okafor in post."""
    with app.sessions.begin() as session:
        contact = contact_in(session, code, role)
        contact.address, contact.honorific, contact.surname = address, "Dr", "Okafor"
        somebody_came(session, app, code)


def somebody_came(session: Session, app: App, code: str) -> None:
    """Have the ledger tell that somebody else is a contact there, as each change of one does."""
    journal.append(session, CONTACT_REPLACED.by(a_word(app.clock()), code))


@contextmanager
def working(app: App) -> Iterator[None]:
    """Have letters made as a worker and the clock do, for a command that waits for them."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            render_wanted(app)
            tick(app)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
