from __future__ import annotations

from dispatch.database import Sessions, keys
from dispatch.database.keys import KeyUse
from tests.factories import RELEASE_AT


def test_of_two_homes_that_record_a_key_the_first_wins(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert keys.has_table(session)
        assert keys.known_by(session, KeyUse.SIGNS) is None
        assert keys.record(session, KeyUse.SIGNS, "one", now=RELEASE_AT) == "one"
        assert keys.record(session, KeyUse.SIGNS, "two", now=RELEASE_AT) == "one"
        assert keys.known_by(session, KeyUse.WRITES) is None
        keys.replace(session, KeyUse.SIGNS, "two", now=RELEASE_AT)
        assert keys.known_by(session, KeyUse.SIGNS) == "two"


def test_a_secret_key_is_known_by_what_does_not_give_it_away() -> None:
    mark = keys.mark_of(b"a secret")
    assert mark == keys.mark_of(b"a secret") != keys.mark_of(b"another")
    assert "secret" not in mark
