"""The second copy of a letter, which starts to move after both mailouts were released."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.corrections import send_again
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.tracking.unreached import Course, Unreached
from dispatch.ledger import journal
from dispatch.ledger.events import DELIVERY_REFUSED
from dispatch.mailouts.changes import release_again
from dispatch.mailouts.store import mailout_named, mailout_to_release
from dispatch.sending import release
from dispatch.sending.store import deliveries
from dispatch.sending.store import stops as stored_stops
from dispatch.views.deliveries import story
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport

SECOND = steps.SECOND
HOUR = timedelta(hours=1)


def set_all(app: App, name: str, to: DeliveryState) -> None:
    """Set the state of every delivery of a mailout."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, name)
        session.execute(update(Delivery).where(Delivery.mailout_id == mailout.id).values(state=to))


def refuse_all(app: App, clock: FakeClock) -> None:
    """Have every letter of the first mailout refused."""
    set_all(app, steps.NAME, DeliveryState.REFUSED)
    with app.sessions.begin() as session:
        for each in deliveries.of_mailout(session, mailout_named(session, steps.NAME)):
            journal.append(session, DELIVERY_REFUSED.event(clock(), WORKER, each.id))


def both_released(app: App, clock: FakeClock, although: str = "") -> None:
    """Release a second mailout although the first missed everybody."""
    steps.released(app, clock)
    refuse_all(app, clock)
    steps.second_approved(app)
    with app.sessions.begin() as session:
        mailout = mailout_to_release(session, SECOND)
        release.schedule(session, mailout, app.templates, a_word(clock(), because=although))
    assert steps.tick(app) == [SECOND]


def give_back(app: App, clock: FakeClock) -> None:
    """Queue the refused letters of the first again, as for a refusal that was about us."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        ids = [each.id for each in deliveries.of_mailout(session, mailout)]
        assert stored_stops.give_back(session, ids, now=clock())
        release_again(session, mailout, "the refusals were about us", "", a_word(clock()))


def states(app: App, name: str) -> dict[str, DeliveryState]:
    with app.sessions.read() as session:
        found = deliveries.of_mailout(session, mailout_named(session, name))
        return {each.address: each.state for each in found}


def sent_to(transport: FakeTransport) -> Counter[str]:
    return Counter(envelope.rcpt_to for envelope, _ in transport.sent)


def test_a_letter_that_was_given_back_is_not_sent_where_the_other_was_accepted(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    both_released(app, clock)
    steps.send_due(app)
    give_back(app, clock)
    steps.send_due(app)
    assert set(sent_to(transport).values()) == {1}
    assert set(states(app, SECOND).values()) == {DeliveryState.ACCEPTED}
    assert set(states(app, steps.NAME).values()) == {DeliveryState.CANCELLED}
    with app.sessions.read() as session:
        [first, *_] = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        [event] = [
            each
            for each in journal.events(session, f"delivery:{first.id}")
            if each.action == "delivery.cancelled"
        ]
        known = story(session, str(first.id))
    assert event.detail["copy"]
    assert first.attempts == 0
    again = f"dispatch resend {steps.NAME} --authority OXO --again --because TEXT"
    assert known.signs == [
        f"not sent: the address has this letter from {SECOND}, or may have it",
        f"to send it all the same: {again}",
    ]


def test_of_two_that_wait_at_once_one_goes(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    both_released(app, clock)
    give_back(app, clock)
    for _ in range(4):
        steps.send_due(app)
        clock.advance(minutes=1)
    assert set(sent_to(transport).values()) == {1}
    ended = Counter([*states(app, SECOND).values(), *states(app, steps.NAME).values()])
    assert ended[DeliveryState.ACCEPTED] == ended[DeliveryState.CANCELLED] == len(transport.sent)


@pytest.mark.parametrize(
    ("copy", "then"),
    [
        (DeliveryState.IN_DOUBT, DeliveryState.CANCELLED),
        (DeliveryState.DELIVERED, DeliveryState.CANCELLED),
        (DeliveryState.OFFERED, DeliveryState.QUEUED),
        (DeliveryState.BOUNCED, DeliveryState.ACCEPTED),
        (DeliveryState.EXPIRED, DeliveryState.ACCEPTED),
    ],
)
def test_what_happens_depends_on_where_the_copy_is(
    app: App, clock: FakeClock, copy: DeliveryState, then: DeliveryState
) -> None:
    both_released(app, clock)
    set_all(app, steps.NAME, copy)
    steps.send_due(app)
    assert set(states(app, SECOND).values()) == {then}


def test_both_go_with_a_reason_given_for_either(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app)
    steps.second_approved(app)
    with app.sessions.begin() as session:
        mailout = mailout_to_release(session, SECOND)
        word = a_word(clock(), because="the first was a trial")
        release.schedule(session, mailout, app.templates, word)
    clock.reach(RELEASE_AT)
    for name in (SECOND, steps.NAME):  # the one for which the reason was given first
        with app.sessions.begin() as session:
            assert release.release(session, name, app.templates, now=clock())
    steps.send_due(app)
    assert set(sent_to(transport).values()) == {2}


@pytest.mark.parametrize(("is_again", "times"), [(False, 1), (True, 2)])
def test_a_letter_sent_again_goes_twice_only_if_that_was_asked_for(
    app: App, clock: FakeClock, transport: FakeTransport, *, is_again: bool, times: int
) -> None:
    """It was resent before the other mailout's copy was accepted, and left after it."""
    both_released(app, clock)
    set_all(app, SECOND, DeliveryState.EXPIRED)
    set_all(app, steps.NAME, DeliveryState.EXPIRED)
    request = ResendRequest(choice=Choice.UNREACHED, is_again=is_again)
    proposal = send_again.prepare(app.sessions, app.templates, steps.NAME, request, now=clock())
    [row_id] = send_again.resend((app.sessions, app.templates), proposal, a_word(clock())).values()
    with app.sessions.read() as session:
        address = session.get_one(Delivery, row_id).address
    set_all(app, SECOND, DeliveryState.QUEUED)
    with app.sessions.begin() as session:
        later = update(Delivery).where(Delivery.id == row_id).values(due_at=clock() + HOUR)
        session.execute(later)
    steps.send_due(app)
    clock.advance(hours=2)
    steps.send_due(app)
    assert sent_to(transport)[address] == times


def test_a_cancelled_one_is_to_be_looked_at() -> None:
    course = Course("second", MailoutState.SENT, RELEASE_AT, RELEASE_AT)
    found = Unreached(code="OXO", state=DeliveryState.CANCELLED)
    assert found.remedy(course).kind is RemedyKind.DELIVERY
