from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, select

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.ledger.kinds import Subject
from dispatch.proof.store import states
from tests import steps
from tests.fakes import FakeClock


def test_of_many_records_each_statement_names_a_page_alone(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To name all of them for each page takes hours where there are 100,000."""
    steps.released(app, clock, "OXO", "ADU", "BUC")
    monkeypatch.setattr(states, "PAGE", 2)
    with app.sessions.read() as session:
        ids = set(session.scalars(select(Delivery.id)))
    subjects = {f"delivery:{id_}" for id_ in ids}
    named: list[int] = []

    def note(*said: Any) -> None:
        values = said[3].values() if isinstance(said[3], dict) else said[3]
        lists = (each for each in values if isinstance(each, str) and each.startswith("["))
        named.extend(len(json.loads(each)) for each in lists)

    with app.sessions.read() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        found = list(states.with_events(session, Subject.DELIVERY, subjects))
        event.remove(engine, "before_cursor_execute", note)
    assert {each.id for each in found} == ids
    assert len(ids) > 2
    assert max(named) == 2
