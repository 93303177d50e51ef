from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.database.tables import Attempt, Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.proof.ledger import CLOCK, WORKER, Event
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.ledger import journal
from dispatch.sending.store import attempts, claims, deliveries
from tests import steps
from tests.fakes import ACCEPTED, FakeClock

LEASE = timedelta(minutes=15)
REFUSED = Outcome.answered(Reply(".", 554, "5.7.1 not wanted"))
DEFERRED = Outcome.answered(Reply(".", 452, "4.3.1 disk full"))
DOUBT = Outcome(Verdict.IN_DOUBT, trouble="the line dropped after the dot")


@pytest.fixture
def held(app: App, clock: FakeClock) -> list[Claim]:
    """Four deliveries that a worker holds."""
    steps.released(app, clock, "OXO", "ADU")
    return claim(app)


def claim(app: App) -> list[Claim]:
    now = app.clock()
    with app.sessions.begin() as session:
        return claims.claim_deliveries(session, now=now, lease_until=now + LEASE, limit=10)


def offer(app: App, held: Sequence[Claim]) -> datetime:
    """Mark deliveries as offered, and return when."""
    now = app.clock()
    with app.sessions.begin() as session:
        assert len(claims.offer(session, held, now=now, lease_until=now + LEASE)) == len(held)
    return now


def ended(app: App, held: Claim, outcome: Outcome, retry_at: datetime | None = None) -> Tried:
    return Tried(
        claim=held,
        started_at=app.clock() - timedelta(seconds=1),
        offered_at=app.clock(),
        ended_at=app.clock(),
        server="mail.test:25",
        tls="TLSv1.3",
        outcome=outcome,
        retry_at=retry_at,
    )


def record(app: App, *tried: Tried) -> None:
    with app.sessions.begin() as session:
        attempts.record(session, tried, now=app.clock())


def let_the_lease_run_out(app: App, clock: FakeClock) -> None:
    clock.advance(seconds=LEASE.total_seconds() + 1)
    with app.sessions.begin() as session:
        deliveries.take_back(session, now=clock())


def row(app: App, held: Claim) -> Delivery:
    with app.sessions.read() as session:
        return session.get_one(Delivery, held.delivery_id)


def written(app: App, held: Claim) -> Sequence[Attempt]:
    with app.sessions.read() as session:
        return deliveries.attempts_at(session, held.delivery_id)


def told(app: App, held: Claim) -> list[str]:
    """What the ledger has of a delivery since it was released."""
    return steps.actions(app, f"delivery:{held.delivery_id}")[1:]


def test_nothing_tried_is_nothing_written(app: App, held: list[Claim]) -> None:
    before = steps.actions(app)
    record(app)
    assert steps.actions(app) == before
    assert [row(app, each).state for each in held] == [DeliveryState.CLAIMED] * 4


def test_an_attempt_is_written_down_word_for_word(app: App, held: list[Claim]) -> None:
    offered_at = offer(app, held[:1])
    record(app, ended(app, held[0], Outcome.answered(Reply(".", 554, "5.7.1 not wanted\nhere"))))
    [attempt] = written(app, held[0])
    assert (attempt.verb, attempt.code, attempt.enhanced_status) == (".", 554, "5.7.1")
    assert (attempt.text, attempt.verdict) == ("5.7.1 not wanted\nhere", "refused")
    assert (attempt.server, attempt.tls, attempt.envid) == (
        "mail.test:25",
        "TLSv1.3",
        held[0].envid,
    )
    assert attempt.started_at < offered_at == attempt.offered_at == attempt.ended_at


def test_without_a_reply_the_trouble_is_written_down(app: App, held: list[Claim]) -> None:
    record(
        app, ended(app, held[0], Outcome(Verdict.DEFERRED, trouble="connection lost during MAIL"))
    )
    [attempt] = written(app, held[0])
    assert (attempt.verb, attempt.code, attempt.text) == (None, None, "connection lost during MAIL")


def test_each_of_many_goes_where_its_own_attempt_led(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    offer(app, held)
    soon, later = clock() + timedelta(minutes=5), clock() + timedelta(hours=5)
    record(
        app,
        ended(app, held[0], DEFERRED, soon),
        ended(app, held[1], ACCEPTED),
        ended(app, held[2], DEFERRED, later),
        ended(app, held[3], REFUSED),
    )
    found = [row(app, each) for each in held]
    assert [each.state for each in found] == [
        DeliveryState.DEFERRED,
        DeliveryState.ACCEPTED,
        DeliveryState.DEFERRED,
        DeliveryState.REFUSED,
    ]
    assert [found[0].due_at, found[2].due_at] == [soon, later]
    assert {each.lease_until for each in found} == {None}
    assert {each.state_at for each in found} == {clock()}
    assert [told(app, each) for each in held] == [
        ["delivery.deferred"],
        ["delivery.accepted"],
        ["delivery.deferred"],
        ["delivery.refused"],
    ]


def test_the_ledger_says_which_attempt_it_was_and_nothing_personal(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    offer(app, held[:1])
    record(app, ended(app, held[0], ACCEPTED))
    assert events(app, held[0].delivery_id)[-1] == Event(
        clock(),
        WORKER,
        "delivery.accepted",
        f"delivery:{held[0].delivery_id}",
        {"attempt": "1", "envid": held[0].envid, "verdict": "accepted"},
    )


def events(app: App, delivery_id: UUID) -> Sequence[Event]:
    with app.sessions.read() as session:
        return journal.events(session, f"delivery:{delivery_id}")


@pytest.mark.parametrize("outcome", [ACCEPTED, REFUSED, DEFERRED, DOUBT], ids=str)
def test_an_attempt_that_is_recorded_again_changes_nothing(
    app: App, clock: FakeClock, held: list[Claim], outcome: Outcome
) -> None:
    offer(app, held[:2])
    both = [ended(app, each, outcome, clock() + LEASE) for each in held[:2]]
    record(app, both[0])
    before = row(app, held[0])
    clock.advance(minutes=1)
    record(app, *both)  # one is old news, the other is not
    record(app, *both)

    assert row(app, held[0]).state_at == before.state_at
    assert row(app, held[1]).state is before.state
    for each in held[:2]:
        assert len(written(app, each)) == 1
        assert len(told(app, each)) == 1


def test_what_is_recorded_again_does_not_move_a_later_try(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    first = ended(app, held[0], DEFERRED, clock())
    record(app, first)
    [again] = claim(app)
    record(app, first)
    assert row(app, again).state is DeliveryState.CLAIMED
    assert told(app, again) == ["delivery.deferred"]


def test_the_clock_writes_down_the_attempt_of_a_worker_that_vanished(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    offered_at = offer(app, held[:1])
    let_the_lease_run_out(app, clock)
    [attempt] = written(app, held[0])
    assert (attempt.number, attempt.envid, attempt.verdict) == (1, held[0].envid, "in_doubt")
    assert (attempt.offered_at, attempt.ended_at) == (offered_at, clock())
    assert "no reply is known" in (attempt.text or "")
    [event] = events(app, held[0].delivery_id)[1:]
    assert (event.actor, event.action) == (CLOCK, "delivery.in_doubt")


def test_only_what_was_offered_and_is_overdue_has_vanished(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    offer(app, held[:1])
    clock.advance(minutes=1)
    offer(app, held[1:2])

    def vanished() -> list[UUID]:
        with app.sessions.begin() as session:
            return attempts.vanished(session, now=clock())

    clock.advance(minutes=14)
    assert vanished() == []
    clock.advance(seconds=1)
    assert vanished() == [held[0].delivery_id]
    assert [len(written(app, each)) for each in held] == [1, 0, 0, 0]


def test_a_late_reply_fills_in_what_the_clock_wrote(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    offered_at = offer(app, held[:1])
    let_the_lease_run_out(app, clock)
    [unknown] = written(app, held[0])
    record(app, ended(app, held[0], ACCEPTED))

    [attempt] = written(app, held[0])
    assert attempt.id == unknown.id
    assert (attempt.verdict, attempt.code, attempt.text) == ("accepted", 250, "2.0.0 queued")
    assert (attempt.server, attempt.tls) == ("mail.test:25", "TLSv1.3")
    assert attempt.offered_at == offered_at
    assert row(app, held[0]).state is DeliveryState.ACCEPTED
    assert told(app, held[0]) == ["delivery.in_doubt", "delivery.accepted"]


@pytest.mark.parametrize("outcome", [REFUSED, DEFERRED, DOUBT], ids=str)
def test_any_other_late_answer_is_evidence_and_leaves_the_doubt(
    app: App, clock: FakeClock, held: list[Claim], outcome: Outcome
) -> None:
    offer(app, held[:1])
    let_the_lease_run_out(app, clock)
    late = ended(app, held[0], outcome, clock() + LEASE)
    for _ in range(2):
        record(app, late)

    found = row(app, held[0])
    assert (found.state, found.due_at) == (DeliveryState.IN_DOUBT, found.created_at)
    [attempt] = written(app, held[0])
    assert (attempt.verdict, attempt.server) == (outcome.verdict.value, "mail.test:25")
    assert attempt.text == (outcome.reply.text if outcome.reply else outcome.trouble)
    assert told(app, held[0]) == ["delivery.in_doubt", "delivery.late_reply"]


def test_the_answer_to_a_worker_that_lost_its_claim_moves_nothing(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    let_the_lease_run_out(app, clock)
    [again] = [each for each in claim(app) if each.delivery_id == held[0].delivery_id]
    record(app, ended(app, held[0], REFUSED))

    found = row(app, again)
    assert (found.state, found.token) == (DeliveryState.CLAIMED, again.token)
    assert told(app, again) == ["delivery.queued", "delivery.late_reply"]
    offer(app, [again])
    record(app, ended(app, again, ACCEPTED))
    assert row(app, again).state is DeliveryState.ACCEPTED
    assert [each.verdict for each in written(app, again)] == ["refused", "accepted"]


def test_of_two_tries_that_are_recorded_together_only_the_one_that_counts_moves_it(
    app: App, clock: FakeClock, held: list[Claim]
) -> None:
    let_the_lease_run_out(app, clock)
    [again] = [each for each in claim(app) if each.delivery_id == held[0].delivery_id]
    offer(app, [again])
    record(app, ended(app, again, ACCEPTED), ended(app, held[0], REFUSED))
    assert row(app, again).state is DeliveryState.ACCEPTED
    assert told(app, again) == ["delivery.queued", "delivery.accepted", "delivery.late_reply"]
