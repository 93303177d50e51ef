from __future__ import annotations

import pytest
from sqlalchemy import text

from dispatch.database import Sessions, codes
from dispatch.ledger import journal
from dispatch.proof.store import entries
from dispatch.proof.store.entries import Stranger
from tests.conftest import KEY
from tests.factories import RELEASE_AT, an_event

OTHER = b"another key for tests"


def told(sessions: Sessions, count: int) -> None:
    with sessions.begin() as session:
        journal.append_all(session, [an_event("mailout:x", RELEASE_AT)] * count)


def test_every_event_of_an_older_database_gets_a_code_of_its_own(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "PAGE", 3)
    told(sessions, 8)
    with sessions.begin() as session:
        session.execute(text("UPDATE event SET mac = NULL"))
        assert entries.waiting(session, KEY, 9) == []
        assert codes.give_events(session.connection(), KEY) == 8
    with sessions.read() as session:
        waiting = entries.waiting(session, KEY, 9)
        assert len({each.code for each in waiting}) == 8


def test_codes_of_another_key_take_the_place_of_those_there_are(sessions: Sessions) -> None:
    told(sessions, 2)
    with sessions.begin() as session:
        assert codes.give_events(session.connection(), OTHER) == 2
        assert entries.waiting(session, KEY, 9) == []
        assert len(entries.waiting(session, OTHER, 9)) == 2


def test_an_event_that_cannot_be_spelled_gets_no_code(sessions: Sessions) -> None:
    told(sessions, 2)
    with sessions.begin() as session:
        session.execute(text("""UPDATE event SET detail = '[1]', mac = NULL WHERE id = 1"""))
        assert codes.give_events(session.connection(), KEY) == 1
        first, _ = entries.unsealed(session, KEY, 9)
    assert isinstance(first, Stranger)


def test_without_a_key_only_an_empty_ledger_is_in_order(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert codes.give_events(session.connection(), None) == 0
    told(sessions, 1)
    with sessions.begin() as session, pytest.raises(LookupError, match="there is no key"):
        codes.give_events(session.connection(), None)
