from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from dispatch.app import App
from dispatch.database import Sessions
from dispatch.database.tables import Document
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved
from dispatch.letters.store import documents
from dispatch.letters.store.documents import Approved
from tests import steps
from tests.fakes import FakeClock

LETTER = b"Dear Ms Adeyemi"
NAME = sha256(LETTER)


def test_the_same_bytes_are_kept_once(sessions: Sessions) -> None:
    for _ in range(2):
        with sessions.begin() as session:
            documents.keep(session, {NAME: ("text/plain", LETTER)})
    with sessions.read() as session:
        assert documents.load(session, [NAME]) == {NAME: LETTER}


def test_keeping_nothing_is_fine(sessions: Sessions) -> None:
    with sessions.begin() as session:
        documents.keep(session, {})
        assert documents.load(session, []) == {}


def test_bytes_that_are_gone_or_not_what_they_were_are_not_handed_out(sessions: Sessions) -> None:
    with sessions.begin() as session, pytest.raises(NotApproved, match=NAME[:12]):
        documents.load(session, [NAME])
    with sessions.begin() as session:
        session.add(Document(sha256=NAME, media_type="text/plain", content=b"Dear Mx Forger"))
    with sessions.begin() as session, pytest.raises(NotApproved, match="is not what it was"):
        documents.load(session, [NAME])


def test_a_letter_that_is_sent_again_is_loaded_with_its_own_body(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock)
    letter = steps.letters_of(app)["OXO"]
    with app.sessions.begin() as session:
        documents.keep(session, {NAME: ("multipart/mixed", LETTER)})
        wanted = {(letter.id, None), (letter.id, NAME), (letter.id, "0" * 64)}
        found = documents.approved(session, wanted)
        [own] = documents.load(session, [letter.parts["mail"]]).values()
    assert found.keys() == wanted
    usual, again = found[letter.id, None], found[letter.id, NAME]
    assert isinstance(usual, Approved)
    assert isinstance(again, Approved)
    assert (usual.mail, again.mail) == (own, LETTER)
    assert usual.subject == again.subject
    assert isinstance(found[letter.id, "0" * 64], NotApproved)


def test_a_batch_of_bytes_is_found_without_reading_all(sessions: Sessions) -> None:
    filled = {f"{number:064x}": ("text/plain", LETTER * 20) for number in range(12_000)}
    with sessions.begin() as session:
        connection = session.connection()
        if connection.dialect.name != "postgresql":
            pytest.skip("SQLite looks up what follows IN by the index, whatever its length")
        documents.keep(session, filled)
        session.execute(text("ANALYZE document"))
        asked: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
        documents.found(session, [*filled][:50])
        [(finding, parameters)] = asked
        plan = connection.exec_driver_sql(f"EXPLAIN {finding}", parameters).scalars()
        assert "Seq Scan on document" not in "\n".join(plan)
