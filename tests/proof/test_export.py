from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.export import export
from dispatch.proof.seal import seal
from dispatch.proof.verify import audit
from tests import steps
from tests.fakes import FakeClock


def test_who_takes_what_is_on_record_and_changes_no_state(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    detail = {"authority": "OXO", "manifest": "ab"}
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
        export(session, "evidence", detail, person=" Alex  Roe ", now=clock())
        assert seal(session, now=clock())
    with app.sessions.read() as session:
        assert not audit(session, {}).wrong
        last = journal.events(session, "export:evidence")[-1]
    assert last == Event(clock(), "Alex Roe", "audit.exported", "export:evidence", detail)


def test_only_a_person_takes_something_out(app: App, clock: FakeClock) -> None:
    with app.sessions.begin() as session, pytest.raises(RuleBroken, match="not the name of a"):
        export(session, "events", {}, person="clock", now=clock())
