from __future__ import annotations

from datetime import timedelta

from dispatch.app import App
from dispatch.domain.proof.ledger import WORKER
from dispatch.ledger import events, journal, upkeep_events
from dispatch.ledger.kinds import Kind
from dispatch.proof.seal import seal
from dispatch.proof.store import witnesses
from tests.factories import a_word
from tests.fakes import FakeClock


def happens(app: App, kind: Kind, seal_number: int = 1, **detail: str) -> None:
    with app.sessions.begin() as session:
        journal.append(session, kind.event(app.clock(), WORKER, seal_number, **detail))
        seal(session, now=app.clock())


def grown(app: App) -> bool:
    with app.sessions.read() as session:
        return witnesses.has_grown(session)


def test_the_ledger_has_grown_if_it_has_what_no_witness_was_mailed(app: App) -> None:
    assert not grown(app)
    happens(app, events.MAILOUT_REPLANNED)
    assert grown(app)
    happens(app, upkeep_events.CHECKPOINT_OFFERED)
    assert grown(app)
    happens(app, upkeep_events.CHECKPOINT_MAILED, refused="1")
    assert grown(app)
    happens(app, upkeep_events.CHECKPOINT_OFFERED)
    happens(app, upkeep_events.CHECKPOINT_MAILED, accepted="1")
    assert not grown(app)
    happens(app, events.MAILOUT_REPLANNED)
    assert grown(app)
    happens(app, upkeep_events.CHECKPOINT_MAILED, 6, in_doubt="1")
    assert grown(app)


def test_what_waits_to_be_sealed_is_not_in_the_ledger_yet(app: App, clock: FakeClock) -> None:
    happens(app, events.MAILOUT_REPLANNED)
    happens(app, upkeep_events.CHECKPOINT_MAILED, accepted="1")
    with app.sessions.begin() as session:
        journal.append(session, events.MAILOUT_REPLANNED.by(a_word(clock()), "a"))
    assert not grown(app)


def test_the_last_offer_counts(app: App, clock: FakeClock) -> None:
    with app.sessions.read() as session:
        assert witnesses.last_offered_at(session) is None
    for _ in range(2):
        happens(app, upkeep_events.CHECKPOINT_OFFERED)
        clock.advance(days=1)
        happens(app, upkeep_events.CHECKPOINT_MAILED)
    with app.sessions.read() as session:
        assert witnesses.last_offered_at(session) == clock() - timedelta(days=1)
