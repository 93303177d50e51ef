from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.ledger.kinds import Subject
from dispatch.proof.store import states
from tests import steps
from tests.fakes import FakeClock
from tests.web.questions import questions


def test_of_many_records_each_statement_names_a_page_alone(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To name all of them for each page takes hours where there are 100,000."""
    steps.released(app, clock, "OXO", "ADU", "BUC")
    monkeypatch.setattr(states, "PAGE", 2)
    with app.sessions.read() as session:
        ids = set(session.scalars(select(Delivery.id)))
    subjects = {f"delivery:{id_}" for id_ in ids}
    with questions(app) as said, app.sessions.read() as session:
        found = list(states.with_events(session, Subject.DELIVERY, subjects))
    given = (given.values() if isinstance(given, dict) else given for _, given in said.asked)
    texts = (each for values in given for each in values if isinstance(each, str))
    named = [len(json.loads(each)) for each in texts if each.startswith("[")]
    assert {each.id for each in found} == ids
    assert len(ids) > 2
    assert max(named) == 2
