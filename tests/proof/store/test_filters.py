from __future__ import annotations

from datetime import date

import pytest

from dispatch.app import App
from dispatch.database.tables import Suppression
from dispatch.domain.errors import NotFound
from dispatch.domain.proof.ledger import Event
from dispatch.proof.events import RecordedEvent, search
from dispatch.proof.store.filters import Filters
from tests import steps
from tests.factories import forge
from tests.fakes import FakeClock

CHIEF = "chief.executive@oxo.example"


def told(app: App, **wanted: str | date) -> list[RecordedEvent]:
    with app.sessions.read() as session:
        return list(search(session, Filters(**wanted)))  # type: ignore[arg-type]


@pytest.fixture
def sent(app: App, clock: FakeClock) -> App:
    """Two authorities' letters, sent two days after they were planned."""
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    steps.send_due(app)
    return app


@pytest.mark.parametrize(
    ("wanted", "actors"),
    [
        ({"authority": "oxo"}, {"alex", "clock", "worker"}),
        ({"address": CHIEF.upper()}, {"alex", "clock", "worker"}),
        ({"person": "ALEX"}, {"alex"}),
        ({"person": "Adeyemi"}, {"clock", "worker"}),
        ({"person": "%"}, set()),
        ({"person": "Adeyemi", "authority": "OXO", "address": CHIEF}, {"clock", "worker"}),
        ({"since": date(2020, 7, 21)}, {"clock", "worker"}),
        ({"since": date(2020, 7, 23)}, set()),
        ({"until": date(2020, 7, 19)}, set()),
    ],
)
def test_only_what_is_asked_for_is_told(
    sent: App, clock: FakeClock, wanted: dict[str, str | date], actors: set[str]
) -> None:
    barred = Suppression(address=CHIEF, reason="moved", added_at=clock(), added_by="alex")
    day = clock().replace(day=20)
    with sent.sessions.begin() as session:
        session.add(barred)
        subject, detail = f"suppression:{barred.id}", {"authority": "OXO"}
        forge(session, Event(day, "alex", "address.suppressed", subject, detail))
    found = told(sent, **wanted)
    assert {each.event.actor for each in found} == actors
    assert not any("ADU" in each.about for each in found if "authority" in wanted)


def test_an_unknown_authority_is_named(app: App) -> None:
    with pytest.raises(NotFound, match="no authority has the code 'XYZ'"):
        told(app, authority="XYZ")


def test_the_filters_that_are_used_are_named_without_what_is_asked_for() -> None:
    assert Filters().used == ()
    assert Filters(person="Adeyemi", since=date(2020, 7, 1)).used == ("person", "since")
