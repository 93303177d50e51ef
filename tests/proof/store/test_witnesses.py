from __future__ import annotations

from datetime import timedelta

from dispatch.app import App
from dispatch.domain.ledger import WORKER, Event
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from dispatch.proof.store import witnesses
from tests.fakes import FakeClock


def happens(app: App, action: str, seal_number: int = 1, **detail: str) -> None:
    subject = f"checkpoint:{seal_number}"
    with app.sessions.begin() as session:
        journal.append(session, Event(app.clock(), WORKER, action, subject, detail))
        seal(session, now=app.clock())


def grown(app: App) -> bool:
    with app.sessions.read() as session:
        return witnesses.has_grown(session)


def test_the_ledger_has_grown_if_it_has_what_no_witness_was_mailed(app: App) -> None:
    assert not grown(app)
    happens(app, "mailout.noted")
    assert grown(app)
    happens(app, witnesses.OFFERED)
    assert grown(app)
    happens(app, witnesses.MAILED, refused="1")
    assert grown(app)
    happens(app, witnesses.OFFERED)
    happens(app, witnesses.MAILED, accepted="1")
    assert not grown(app)
    happens(app, "mailout.noted")
    assert grown(app)
    happens(app, witnesses.MAILED, 6, in_doubt="1")
    assert grown(app)


def test_what_waits_to_be_sealed_is_not_in_the_ledger_yet(app: App, clock: FakeClock) -> None:
    happens(app, "mailout.noted")
    happens(app, witnesses.MAILED, accepted="1")
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "mailout.noted", "mailout:a"))
    assert not grown(app)


def test_the_last_offer_counts(app: App, clock: FakeClock) -> None:
    with app.sessions.read() as session:
        assert witnesses.last_offered_at(session) is None
    for _ in range(2):
        happens(app, witnesses.OFFERED)
        clock.advance(days=1)
        happens(app, witnesses.MAILED)
    with app.sessions.read() as session:
        assert witnesses.last_offered_at(session) == clock() - timedelta(days=1)
