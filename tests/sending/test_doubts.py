from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery, Suppression
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.acceptance import Acceptance
from dispatch.domain.sending.envelope import envid
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.doubts import Decision, Doubt, Weighed, accept, doubtful, settle, weigh
from dispatch.sending.store import deliveries
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport

TROUBLE = "no reply to the final dot: timed out"


@pytest.fixture
def delivery_id(app: App, clock: FakeClock, transport: FakeTransport) -> UUID:
    """The only delivery of a mailout that was sent: it is in doubt."""
    steps.released(app, clock, cc_roles=())
    transport.outcomes.append(Outcome(Verdict.IN_DOUBT, trouble=TROUBLE))
    steps.send_due(app)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT
    clock.advance(minutes=30)
    return delivery(app).id


def delivery(app: App) -> Delivery:
    [found] = steps.deliveries_of(app).values()
    return found


def doubt(app: App) -> Doubt:
    with app.sessions.read() as session:
        [found] = doubtful(session, mailout_named(session, steps.NAME))
        return found


def settled(
    app: App,
    delivery_id: UUID,
    decision: Decision,
    because: str = "the log of the relay says so",
    actor: str = "alex",
) -> DeliveryState:
    with app.sessions.begin() as session:
        return settle(session, delivery_id, decision, a_word(app.clock(), actor, because))


def put(app: App, state: MailoutState) -> None:
    """Put the mailout into a state, whatever the rules say."""
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).state = state


def some_evidence(delivery_id: UUID, attempt: int | None = None) -> Acceptance:
    return Acceptance(delivery_id=delivery_id, attempt=attempt, source="DSN", quote="<1@relay>")


def found(app: App, evidence: Acceptance) -> Weighed:
    by_itself = Word(person=WORKER, keyboard=None, at=app.clock())
    with app.sessions.begin() as session:
        return accept(session, evidence, by_itself)


def last_event(app: App, delivery_id: UUID) -> Event:
    with app.sessions.read() as session:
        return journal.events(session, f"delivery:{delivery_id}")[-1]


def test_doubt_is_shown_with_what_is_known_of_the_attempt(
    app: App, clock: FakeClock, delivery_id: UUID
) -> None:
    then = clock() - timedelta(minutes=30)
    known = doubt(app)
    assert known.delivery.id == delivery_id
    assert known.envid == envid(delivery_id, 1)
    assert (known.offered_at, known.ended_at, known.trouble) == (then, then, TROUBLE)


def test_what_is_settled_is_not_doubtful_any_more(app: App, delivery_id: UUID) -> None:
    settled(app, delivery_id, Decision.ACCEPTED)
    with app.sessions.read() as session:
        assert doubtful(session) == []


def test_a_vanished_worker_leaves_its_time_and_no_word_of_the_line(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    offered_at = clock()
    with app.sessions.begin() as session:
        row = session.query(Delivery).one()
        row.state, row.state_at, row.attempts = DeliveryState.OFFERED, offered_at, 1
        row.lease_until = offered_at
    clock.advance(minutes=1)
    steps.tick(app)
    known = doubt(app)
    assert (known.offered_at, known.ended_at) == (offered_at, clock())
    assert "vanished" in known.trouble


def test_a_delivery_without_any_record_of_its_attempt_is_shown_all_the_same(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        row = session.query(Delivery).one()
        row.state, row.state_at = DeliveryState.IN_DOUBT, clock()
    known = doubt(app)
    assert known.attempt is None
    assert (known.offered_at, known.ended_at) == (clock(), clock())
    assert known.trouble == "nothing is known about the connection"


def test_a_late_reply_is_shown_with_the_doubt(app: App, delivery_id: UUID) -> None:
    with app.sessions.begin() as session:
        attempt = deliveries.attempts_at(session, delivery_id)[0]
        attempt.verb, attempt.code, attempt.text = ".", 451, "4.3.0 try again"
    assert doubt(app).trouble == "a late reply: 451 4.3.0 try again"


def test_a_person_says_that_a_server_has_it(
    app: App, transport: FakeTransport, delivery_id: UUID
) -> None:
    assert settled(app, delivery_id, Decision.ACCEPTED) is DeliveryState.ACCEPTED
    steps.send_due(app)
    assert delivery(app).state is DeliveryState.ACCEPTED
    assert len(transport.sent) == 1
    assert steps.state_of(app) is MailoutState.SENT


def test_the_ledger_keeps_whose_word_it_was_and_why(app: App, delivery_id: UUID) -> None:
    settled(app, delivery_id, Decision.ACCEPTED, because=" the relay's\nqueue has it ")
    event = last_event(app, delivery_id)
    assert (event.actor, event.action) == ("alex", "delivery.settled")
    assert event.detail == {
        "as": "accepted",
        "because": "the relay's queue has it",
        "envid": envid(delivery_id, 1),
        "at_keyboard": "sam",
    }


def test_what_was_not_sent_is_sent_again_though_its_mailout_had_ended(
    app: App, transport: FakeTransport, delivery_id: UUID
) -> None:
    assert settled(app, delivery_id, Decision.NOT_SENT) is DeliveryState.QUEUED
    assert steps.state_of(app) is MailoutState.RELEASING
    assert steps.actions(app)[-2:] == ["delivery.settled", "mailout.releasing"]

    steps.send_due(app)
    steps.tick(app)
    again = delivery(app)
    assert (again.state, again.attempts) == (DeliveryState.ACCEPTED, 2)
    assert steps.state_of(app) is MailoutState.SENT
    assert [envelope.envid for envelope, _ in transport.sent] == [
        envid(delivery_id, 1),
        envid(delivery_id, 2),
    ]


def test_it_is_due_at_once_and_nobody_holds_it(app: App, delivery_id: UUID) -> None:
    settled(app, delivery_id, Decision.NOT_SENT)
    row = delivery(app)
    assert (row.due_at, row.state_at, row.lease_until) == (app.clock(), app.clock(), None)


def test_in_a_paused_mailout_it_waits_with_the_others(
    app: App, transport: FakeTransport, delivery_id: UUID
) -> None:
    put(app, MailoutState.PAUSED)
    assert settled(app, delivery_id, Decision.NOT_SENT) is DeliveryState.QUEUED
    steps.send_due(app)
    assert (steps.state_of(app), len(transport.sent)) == (MailoutState.PAUSED, 1)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.resume(session, mailout, a_word(app.clock()))
    steps.send_due(app)
    assert len(transport.sent) == 2


@pytest.mark.parametrize("ended", [MailoutState.CANCELLED, MailoutState.UPLOADED])
def test_what_was_not_sent_stays_unsent_if_its_mailout_is_over(
    app: App, delivery_id: UUID, ended: MailoutState
) -> None:
    put(app, ended)
    assert settled(app, delivery_id, Decision.NOT_SENT) is DeliveryState.CANCELLED
    assert steps.state_of(app) is ended
    assert steps.actions(app)[-2:] == ["delivery.settled", "delivery.cancelled"]


def test_what_was_not_sent_expires_if_its_time_has_passed(
    app: App, clock: FakeClock, delivery_id: UUID
) -> None:
    clock.reach(steps.mailout_of(app).plan.not_after)
    assert settled(app, delivery_id, Decision.NOT_SENT) is DeliveryState.EXPIRED
    assert delivery(app).state is DeliveryState.EXPIRED
    assert steps.state_of(app) is MailoutState.SENT


def test_what_was_not_sent_stays_so_if_the_address_is_suppressed_by_now(
    app: App, delivery_id: UUID
) -> None:
    with app.sessions.begin() as session:
        key = delivery(app).address_key
        session.add(Suppression(address=key, reason="asked", added_at=app.clock(), added_by="sam"))
    assert settled(app, delivery_id, Decision.NOT_SENT) is DeliveryState.SUPPRESSED


@pytest.mark.parametrize("decision", Decision)
def test_what_is_not_in_doubt_is_not_settled(
    app: App, delivery_id: UUID, decision: Decision
) -> None:
    settled(app, delivery_id, Decision.ACCEPTED)
    with pytest.raises(RuleBroken, match="is accepted, not in doubt: there is nothing to settle"):
        settled(app, delivery_id, decision)


@pytest.mark.parametrize(("because", "actor"), [(" \n", "alex"), ("I looked", "worker")])
def test_nothing_is_settled_without_a_reason_and_a_name(
    app: App, delivery_id: UUID, because: str, actor: str
) -> None:
    with pytest.raises(RuleBroken):
        settled(app, delivery_id, Decision.NOT_SENT, because, actor)
    assert delivery(app).state is DeliveryState.IN_DOUBT


def test_a_delivery_that_there_is_not_cannot_be_settled(app: App) -> None:
    with pytest.raises(NotFound):
        settled(app, uuid4(), Decision.ACCEPTED)


def test_evidence_settles_what_is_in_doubt(app: App, delivery_id: UUID) -> None:
    evidence = some_evidence(delivery_id, attempt=1)
    assert found(app, evidence) is Weighed.SETTLED
    assert delivery(app).state is DeliveryState.ACCEPTED
    event = last_event(app, delivery_id)
    assert (event.actor, event.action) == ("worker", "delivery.settled")
    assert event.detail == {"as": "accepted", "because": "DSN: <1@relay>", "attempt": "1"}


def test_the_ledger_keeps_when_the_evidence_was_written(app: App, delivery_id: UUID) -> None:
    evidence = Acceptance(delivery_id=delivery_id, source="DSN", at=app.clock(), quote="<1@relay>")
    found(app, evidence)
    assert last_event(app, delivery_id).detail["evidence_at"] == app.clock().isoformat()


def test_the_same_evidence_again_changes_nothing(app: App, delivery_id: UUID) -> None:
    evidence = some_evidence(delivery_id)
    found(app, evidence)
    before = steps.actions(app)
    assert found(app, evidence) is Weighed.KNOWN
    assert steps.actions(app) == before


@pytest.mark.parametrize(
    ("state", "finding"),
    [
        (DeliveryState.OFFERED, Weighed.KNOWN),
        (DeliveryState.DELIVERED, Weighed.KNOWN),
        (DeliveryState.BOUNCED, Weighed.KNOWN),
        (DeliveryState.QUEUED, Weighed.CONTRADICTED),
        (DeliveryState.REFUSED, Weighed.CONTRADICTED),
        (DeliveryState.EXPIRED, Weighed.CONTRADICTED),
    ],
)
def test_what_is_not_in_doubt_is_left_as_it_is(
    app: App, delivery_id: UUID, state: DeliveryState, finding: Weighed
) -> None:
    with app.sessions.begin() as session:
        session.get_one(Delivery, delivery_id).state = state
    assert found(app, some_evidence(delivery_id)) is finding
    assert delivery(app).state is state


def test_evidence_of_another_services_delivery_is_nothing_to_us(
    app: App, delivery_id: UUID
) -> None:
    assert found(app, some_evidence(uuid4())) is Weighed.UNKNOWN


def test_evidence_can_be_weighed_without_settling_anything(app: App, delivery_id: UUID) -> None:
    with app.sessions.begin() as session:
        assert weigh(session, some_evidence(delivery_id)) is Weighed.SETTLED
    assert delivery(app).state is DeliveryState.IN_DOUBT


def test_an_answer_that_comes_after_a_persons_word_changes_nothing(
    app: App, transport: FakeTransport, delivery_id: UUID
) -> None:
    """A refusal after the dot was evidence for a person, and a second attempt is another matter."""
    settled(app, delivery_id, Decision.NOT_SENT)
    transport.outcomes.append(Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox")))
    steps.send_due(app)
    assert delivery(app).state is DeliveryState.REFUSED
    assert found(app, some_evidence(delivery_id)) is Weighed.CONTRADICTED
