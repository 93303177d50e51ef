"""A mailout that was over long ago, and what a purge takes of it."""

from __future__ import annotations

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.upkeep.retention import retention
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from dispatch.proof.verify import audit
from dispatch.register import imports, staging
from dispatch.register.file_kinds import File
from dispatch.upkeep.purge import delete, propose
from tests import packs, steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport

KEPT = retention("mail=1y addresses=2y letters=3y")
CONTACTS = (
    b"authority,role,address,honorific,surname\nOXO,chief executive,old@oxo.example,Mr,Older\n"
)


def lived_through(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """Have a mailout sent, with all that came of it, and nothing left to do."""
    packs.lived_through(app, clock, transport)
    with app.sessions.begin() as session:
        file = File("contacts", "contacts.csv", CONTACTS)
        imports.take_in(session, file, a_word(clock()))
        mailout_named(session, steps.NAME).move_to(MailoutState.SENT)
        sent = Event(clock(), "clock", "mailout.sent", f"mailout:{steps.NAME}")
        journal.append(session, sent)
    other = File("contacts", "contacts.csv", CONTACTS.replace(b"Older", b"Elder"))
    staging.bring(app.sessions, other, a_word(clock()))
    catch_up(app.sessions, clock)
    return app


def found(app: App, clock: FakeClock, kept: str = "mail=1y addresses=1y letters=1y") -> set[str]:
    with app.sessions.read() as session:
        return {each.what for each in propose(session, retention(kept), now=clock()).past}


def take(app: App, clock: FakeClock) -> dict[str, int]:
    with app.sessions.read() as session:
        proposal = propose(session, KEPT, now=clock())
    word = Word(person="alex", keyboard="sam", at=clock())
    done = delete(app.sessions, KEPT, proposal.digest, word)
    if done.trouble:
        raise done.trouble
    return {each.what: each.count for each in done.past}


def wrong(app: App) -> tuple[str, ...]:
    with app.sessions.read() as session:
        return audit(session).wrong
