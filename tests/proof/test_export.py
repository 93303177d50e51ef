from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.digest import sha256
from dispatch.domain.errors import RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import events, journal
from dispatch.proof import export
from dispatch.proof.export import Listing
from dispatch.proof.seal import seal
from dispatch.proof.verify import audit
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock

TEXT = b"a\n1\n"
LISTING = Listing(what="deliveries", format="csv", rows=1, filters=("person",), sha256=sha256(TEXT))


def test_who_takes_what_is_on_record_and_changes_no_state(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        journal.append(session, events.AUTHORITY_CHANGED.by(a_word(clock()), "OXO"))
    word = a_word(clock(), " Alex  Roe ")
    export.hand_out(app.sessions, LISTING, word)
    with app.sessions.begin() as session:
        assert seal(session, now=clock())
    with app.sessions.read() as session:
        assert not audit(session, {}).wrong
        last = journal.events(session, "export:deliveries")[-1]
    detail = {"format": "csv", "rows": "1", "sha256": sha256(TEXT), "filters": "person"}
    detail["at_keyboard"] = word.keyboard or ""
    assert last == Event(clock(), "Alex Roe", "audit.exported", "export:deliveries", detail)


def test_only_a_person_takes_something_out(app: App, clock: FakeClock) -> None:
    with pytest.raises(RuleBroken, match="not the name of a"):
        export.hand_out(app.sessions, LISTING, a_word(clock(), "clock"))
