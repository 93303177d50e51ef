from __future__ import annotations

from datetime import date

import pytest

from dispatch.app import App
from dispatch.domain.errors import NotFound
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.events import RecordedEvent, search
from dispatch.proof.seal import seal
from dispatch.proof.store.filters import Filters
from tests import steps
from tests.factories import an_event, forge
from tests.fakes import FakeClock
from tests.web.questions import questions


def told(app: App, **wanted: str | date) -> list[RecordedEvent]:
    with app.sessions.read() as session:
        return list(search(session, Filters(**wanted)))  # type: ignore[arg-type]


@pytest.fixture
def sent(app: App, clock: FakeClock) -> App:
    """Two authorities' letters, sent two days after they were planned."""
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    steps.send_due(app)
    return app


def test_everything_that_happened_is_told_in_its_order_with_names(sent: App) -> None:
    found = told(sent)
    with sent.sessions.read() as session:
        assert [each.event for each in found] == list(journal.events(session))
    said = {(each.event.action, each.about.partition(" ")[2]) for each in found}
    assert ("mailout.approved", f"mailout {steps.NAME}") in said
    to_oxford = f"to the chief executive of OXO in {steps.NAME}"
    assert any(
        action == "delivery.accepted" and about.endswith(to_oxford) for action, about in said
    )
    assert ("letter.rendered", f"letter of ADU in {steps.NAME}") in said
    assert all("@" not in each.about for each in found)


@pytest.mark.parametrize("kind", ["delivery.accepted", "delivery.queued", "delivery.refused"])
def test_the_events_of_a_kind_are_found_in_the_order_of_an_index(sent: App, kind: str) -> None:
    with questions(sent) as found:
        assert {each.event.action for each in told(sent, kind=kind)} <= {kind}
    [(statement, values)] = [each for each in found.asked if "ORDER BY event.at" in each[0]]
    with sent.sessions.read() as session:
        connection = session.connection()
        is_postgresql = connection.dialect.name == "postgresql"
        if is_postgresql:  # which reads and sorts tables of a few rows
            connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")
            connection.exec_driver_sql("SET LOCAL enable_sort TO off")
        how = "EXPLAIN" if is_postgresql else "EXPLAIN QUERY PLAN"
        rows = connection.exec_driver_sql(f"{how} {statement}", values).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    name = "ix_event_kind" if kind == "delivery.refused" else "ix_event_of_every_letter"
    assert name in plan
    assert "ORDER BY" not in plan


def test_a_list_goes_on_after_any_event(sent: App) -> None:
    whole = told(sent)
    with sent.sessions.read() as session:
        for at, each in enumerate(whole):
            [*following] = search(session, Filters(), after=each.id, limit=2)
            assert following == whole[at + 1 : at + 3]
        with pytest.raises(NotFound, match="no event 0"):
            list(search(session, Filters(), after=0))


def test_what_is_sealed_has_its_place_and_what_is_not_has_none(sent: App, clock: FakeClock) -> None:
    assert {each.place for each in told(sent)} == {None}
    with sent.sessions.begin() as session:
        assert seal(session, now=clock())
        journal.append(session, an_event("mailout:a", clock()))
    *before, last = told(sent)
    assert [each.place for each in before] == list(range(len(before)))
    assert last.place is None


def test_a_day_is_london_s_and_whole(app: App, clock: FakeClock) -> None:
    for at in ("2020-07-21T22:59:59", "2020-07-21T23:00:00", "2020-07-22T22:59:59"):
        moment = clock().fromisoformat(f"{at}+00:00")
        with app.sessions.begin() as session:
            journal.append(session, an_event("mailout:a", moment))
    day = date(2020, 7, 22)
    assert len(told(app, since=day, until=day)) == 2
    assert len(told(app, until=date(2020, 7, 21))) == 1


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("mail:0123456789ab", "the incoming mail 01234567"),
        ("checkpoint:9", "the ledger up to seal 9"),
        ("export:events", "the list of events"),
        ("authority:OXO", "the authority OXO"),
        ("delivery:forged", "delivery:forged"),
        ("nothing", "nothing"),
    ],
)
def test_whatever_an_event_is_about_has_a_name(
    app: App, clock: FakeClock, subject: str, about: str
) -> None:
    with app.sessions.begin() as session:
        forge(session, Event(clock(), "sam", "mailout.noted", subject))
    assert [each.about for each in told(app)] == [about]
