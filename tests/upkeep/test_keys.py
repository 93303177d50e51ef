from __future__ import annotations

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import Sessions, connect
from dispatch.database import keys as known
from dispatch.database.keys import KeyUse
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import catch_up
from dispatch.proof.verify import audit
from dispatch.tracking.store import heartbeats
from dispatch.upkeep import keys
from dispatch.worker.means import HEARTBEAT
from tests import packs, steps
from tests.conftest import KEY
from tests.factories import a_word, an_event
from tests.fakes import FakeClock

OTHER = b"another key for tests"


@pytest.fixture
def lost(app: App, clock: FakeClock, database_url: str) -> Sessions:
    """A ledger whose secret key is lost; one event of it is not sealed."""
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    packs.seal_all(app)
    with app.sessions.begin() as session:
        journal.append(session, an_event("mailout:x", clock()))
        known.record(session, KeyUse.WRITES, known.mark_of(KEY), now=clock())
        known.record(session, KeyUse.SIGNS, "0a", now=clock())
    return connect(database_url, OTHER)


def test_a_person_goes_on_with_another_key_and_the_ledger_holds(
    lost: Sessions, app: App, clock: FakeClock
) -> None:
    word = a_word(clock(), because="the disk failed")
    [before] = steps.deliveries_of(app).values()
    with lost.begin() as session:
        done = keys.replace(session, "0a", word)
    assert done == keys.Replaced((KeyUse.WRITES,), 1)
    catch_up(lost, clock)
    with lost.read() as session:
        assert audit(session).wrong == ()
    [after] = steps.deliveries_of(app).values()
    assert after.mac != before.mac
    [event] = steps.events(app, "key:writes")
    assert (event.detail["was"], event.detail["because"]) == (known.mark_of(KEY), "the disk failed")
    with app.sessions.read() as session:
        assert "was not written by this service" in audit(session).wrong[0]


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("UPDATE event SET actor = 'mallory'", "(?s)the ledger does not hold.*was changed after"),
        ("UPDATE known_key SET is_known_by = 'SAME' WHERE name = 'writes'", "change nothing"),
    ],
)
def test_no_key_is_replaced_where(lost: Sessions, clock: FakeClock, done: str, said: str) -> None:
    with lost.begin() as session:
        session.execute(text(done.replace("SAME", known.mark_of(OTHER))))
    with lost.begin() as session, pytest.raises((RuleBroken, BadInput), match=said):
        keys.replace(session, "0a", a_word(clock(), because="the disk failed"))


def test_no_key_is_replaced_while_the_service_runs(lost: Sessions, clock: FakeClock) -> None:
    with lost.begin() as session:
        heartbeats.beat(session, "clock", "clock@here", clock(), HEARTBEAT)
        with pytest.raises(RuleBroken, match="clock@here was seen in the last minute"):
            keys.replace(session, "0a", a_word(clock(), because="the disk failed"))


def test_a_signing_key_is_replaced_without_a_new_code(
    lost: Sessions, app: App, clock: FakeClock
) -> None:
    with app.sessions.begin() as session:
        done = keys.replace(session, "0b", a_word(clock(), because="it burned"))
    assert done == keys.Replaced((KeyUse.SIGNS,), 0)
    catch_up(app.sessions, clock)
    with app.sessions.read() as session:
        assert audit(session).wrong == ()
