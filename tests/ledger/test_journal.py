from __future__ import annotations

from dispatch.database import Sessions
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from tests.factories import RELEASE_AT


def test_events_come_back_in_order_and_as_they_were(sessions: Sessions) -> None:
    happened = [
        Event(RELEASE_AT, "sam", "mailout.planned", "mailout:a", {"plan": "digest"}),
        Event(RELEASE_AT, "clock", "mailout.sent", "mailout:b"),
    ]
    with sessions.begin() as session:
        journal.append(session, *happened)
        journal.append_all(session, ())
    with sessions.read() as session:
        assert journal.events(session) == happened
        assert journal.events(session, "mailout:b") == happened[1:]
