from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dispatch.app import App
from dispatch.database.tables import Heartbeat
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotFound
from dispatch.domain.letter import LetterState
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.tracking.store import heartbeats
from dispatch.tracking.store.tallies import tallies
from dispatch.views.remedies import command
from tests import steps
from tests.factories import a_mailout
from tests.fakes import FakeClock


def test_without_any_mailout_a_person_is_told_how_to_make_one(app: App) -> None:
    with app.sessions.read() as session, pytest.raises(NotFound) as answer:
        mailout_named(session, "annual-review-2020")
    assert "dispatch mailout new" in str(command(answer.value))


def test_a_wrong_name_is_answered_with_those_there_are(app: App) -> None:
    with app.sessions.begin() as session:
        a_mailout(session)
        with pytest.raises(NotFound, match="there are: annual-review-2020"):
            mailout_named(session, "letters")
        with pytest.raises(NotFound, match=r"; did you mean annual-review-2020\?"):
            mailout_named(session, "annual-review-2021")


def test_a_code_is_found_in_any_letter_case(app: App) -> None:
    steps.rendered(app)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        assert letters.letter_of(session, mailout, "oxo").authority_code == "OXO"


def test_an_authority_without_a_letter_is_answered_with_what_to_do(app: App) -> None:
    steps.planned(app)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        with pytest.raises(NotFound) as answer:
            letters.letter_of(session, mailout, "OXO")
    assert "dispatch mailout check annual-review-2020" in str(command(answer.value))


def test_an_authority_is_due_a_letter_before_any_has_left(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        assert letters.codes(session, mailout) == {"OXO", "ADU"}
        letters.letter_of(session, mailout, "ADU").move_to(LetterState.VOID)
        assert letters.codes(session, mailout) == {"OXO"}


def test_the_next_is_due_when_the_first_that_waits_is(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        first, second = deliveries.of_mailout(session, mailout)

        def next_due_at() -> datetime | None:
            return tallies(session, [mailout])[mailout.id].next_due_at

        first.due_at = clock() + timedelta(minutes=5)
        second.due_at = clock() + timedelta(minutes=1)
        assert next_due_at() == second.due_at
        second.state = DeliveryState.ACCEPTED
        assert next_due_at() == first.due_at
        first.state = DeliveryState.EXPIRED
        assert next_due_at() is None


def test_a_heartbeat_is_written_no_more_often_than_need_be(app: App, clock: FakeClock) -> None:
    def beat() -> None:
        with app.sessions.begin() as session:
            heartbeats.beat(session, "clock", "clock", clock(), timedelta(seconds=10))

    beat()
    first = clock()
    clock.advance(seconds=9)
    beat()
    with app.sessions.read() as session:
        assert session.get_one(Heartbeat, "clock").seen_at == first
    clock.advance(seconds=1)
    beat()
    with app.sessions.read() as session:
        [seen] = heartbeats.all_seen(session)
    assert seen.seen_at == clock()


def test_a_heartbeat_from_a_rehearsal_in_the_future_is_overwritten(
    app: App, clock: FakeClock
) -> None:
    for days in (0, -30):
        clock.advance(days=days)
        with app.sessions.begin() as session:
            heartbeats.beat(session, "clock", "clock", clock(), timedelta(seconds=10))
    with app.sessions.read() as session:
        [seen] = heartbeats.all_seen(session)
    assert seen.seen_at == clock()


def test_who_has_been_gone_for_long_is_forgotten(app: App, clock: FakeClock) -> None:
    for name in ("old:1", "new:2"):
        with app.sessions.begin() as session:
            heartbeats.beat(session, "worker", name, clock(), timedelta(seconds=10))
        clock.advance(days=2)
    with app.sessions.read() as session:
        assert [each.name for each in heartbeats.all_seen(session)] == ["new:2"]
