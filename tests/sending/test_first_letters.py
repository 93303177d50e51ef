from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.database.tables import Delivery, EventRow, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Action, Reason
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.incoming.store import readings
from dispatch.ledger import events, journal
from dispatch.mailouts.store import mailout_named
from dispatch.sending import doubts, first_letters, release
from dispatch.sending.store import deliveries, exchangers
from dispatch.sending.store import first_letters as store
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.status import status_of
from dispatch.tracking.store import heartbeats
from tests import notices, steps
from tests.factories import RELEASE_AT, a_word, forge
from tests.fakes import FakeClock, FakeTransport

CODES = ("OXO", "ADU", "WOT", "CMD")
WAYS = ("imap://bounces@mail.example/INBOX",)
ABOUT_US = Outcome.answered(Reply(".", 554, "5.2.252 SendAsDenied; not allowed to send as"))
DEFERRED = Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted, try again later"))


def begun(app: App, clock: FakeClock, *, is_known: bool = True) -> None:
    """Release eight letters that one system receives, with fifteen minutes after the first."""
    steps.scheduled(app, *CODES, first_letters_minutes=15)
    if is_known:
        domains = [f"{code.lower()}.example" for code in CODES]
        found = {key: ["x.mail.protection.outlook.com"] for key in domains}
        with app.sessions.begin() as session:
            exchangers.store(session, found, now=app.clock())
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == [steps.NAME]
    steps.send_due(app)


def followed(app: App, *, looked: bool = True, ways: Sequence[str] = WAYS) -> bool:
    """Do what the clock does, once the mailbox has been looked at."""
    now = app.clock()
    with app.sessions.begin() as session:
        for way in ways if looked else ():
            heartbeats.beat(session, INBOX, way, now, timedelta(0))
    with app.sessions.begin() as session:
        return first_letters.follow(session, steps.NAME, ways, now=now)


def resumed(app: App) -> None:
    with app.sessions.begin() as session:
        found = mailout_named(session, steps.NAME, is_locked=True)
        release.resume(session, found, a_word(app.clock()))


def first_of(app: App) -> Delivery:
    with app.sessions.read() as session:
        [id_] = first_letters.first_of(session, steps.NAME)
        return session.get_one(Delivery, id_)


def why(app: App) -> str:
    assert steps.state_of(app) is MailoutState.PAUSED
    return steps.mailout_of(app).remark or ""


def test_one_letter_goes_and_the_others_follow(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    assert len(transport.sent) == 1
    for _ in range(14):
        clock.advance(minutes=1)
        assert not followed(app)
        steps.send_due(app)
    assert len(transport.sent) == 1
    clock.advance(minutes=1)
    assert followed(app)
    assert not followed(app)  # another clock, a moment later
    steps.send_due(app)
    assert len({envelope.rcpt_to for envelope, _ in transport.sent}) == 8
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT
    told = list(steps.events(app, f"mailout:{steps.NAME}"))
    first = [each for each in told if each.action == events.MAILOUT_FIRST_LETTERS.action]
    assert [(each.detail["letters"], each.detail["others"]) for each in first] == [("1", "7")]
    others = [each for each in told if each.action == events.MAILOUT_OTHERS.action]
    assert [(each.actor, each.detail["letters"]) for each in others] == [("clock", "7")]


def test_very_many_others_follow_some_at_a_time(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST", 3)
    begun(app, clock)
    clock.advance(minutes=15)
    for count in (4, 7, 8):
        assert followed(app)
        steps.send_due(app)
        assert len(transport.sent) == count
    assert not followed(app)
    others = steps.actions(app, f"mailout:{steps.NAME}").count(events.MAILOUT_OTHERS.action)
    assert others == 1


def test_the_choice_can_be_seen_before_and_is_kept(app: App, clock: FakeClock) -> None:
    steps.scheduled(app, *CODES, first_letters_minutes=15)
    with app.sessions.begin() as session:
        found = {f"{each.lower()}.example": ["x.mx.microsoft"] for each in CODES}
        exchangers.store(session, found, now=app.clock())
    with app.sessions.read() as session:
        shown = first_letters.shown(session, mailout_named(session, steps.NAME), now=clock())
    assert shown
    assert (shown.systems, shown.waiting) == (("microsoft",), 7)
    clock.reach(RELEASE_AT)
    steps.tick(app)
    assert first_of(app).authority_code == shown.authorities[0]


def test_a_domain_that_takes_no_mail_has_no_first_letter(app: App, clock: FakeClock) -> None:
    steps.scheduled(app, *CODES, first_letters_minutes=15)
    dead, *living = (f"{each.lower()}.example" for each in CODES)
    with app.sessions.begin() as session:
        found = {each: ["x.mx.microsoft"] for each in living} | {dead: exchangers.NULL}
        exchangers.store(session, found, now=app.clock())
    with app.sessions.read() as session:
        shown = first_letters.shown(session, mailout_named(session, steps.NAME), now=clock())
    assert shown
    assert (shown.systems, shown.waiting) == (("microsoft",), 2 * len(living) - 1)


def test_where_all_would_go_first_all_go(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app, "OXO", first_letters_minutes=15, cc_roles=())
    clock.reach(RELEASE_AT)
    steps.tick(app)
    steps.send_due(app)
    assert len(transport.sent) == 1
    assert steps.mailout_of(app).first_since is None
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_a_bounce_about_us_stops_the_others(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    clock.advance(minutes=3)
    bounce = notices.a_bounce(
        first_of(app), status="5.7.705", reason=Reason.POLICY, is_hard=False, is_about_us=True
    )
    notices.came(app, bounce, notices.token(app, first_of(app)))
    assert followed(app)
    assert "it came back because of our own server or domain (5.7.705)" in why(app)
    clock.advance(hours=2)
    steps.send_due(app)
    assert len(transport.sent) == 1
    resumed(app)
    steps.send_due(app)
    assert len({envelope.rcpt_to for envelope, _ in transport.sent}) == 8
    assert len(transport.sent) == 8


@pytest.mark.parametrize("is_about_us", [True, False])
def test_a_forged_bounce_stops_nothing(
    app: App, clock: FakeClock, transport: FakeTransport, *, is_about_us: bool
) -> None:
    begun(app, clock)
    first = first_of(app)
    bounce = notices.a_bounce(first, clues=notices.named(first), is_about_us=is_about_us)
    notices.came(app, bounce, "bounces@ombudsman.example")
    clock.advance(minutes=15)
    assert followed(app)
    assert steps.state_of(app) is MailoutState.RELEASING
    steps.send_due(app)
    assert len(transport.sent) == 8


def test_a_reply_about_us_stops_the_others_until_a_person_resumes(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.append(ABOUT_US)
    begun(app, clock)
    assert "5.2.252" in why(app)
    assert not followed(app)
    resumed(app)
    steps.send_due(app)
    assert len(transport.sent) == 8
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.ACCEPTED}


def test_mail_that_was_not_taken_in_is_not_taken_for_none(app: App, clock: FakeClock) -> None:
    begun(app, clock)
    clock.advance(minutes=10)
    assert not followed(app)
    clock.advance(minutes=10)
    assert not followed(app, looked=False)
    assert "no mail was taken in from imap://bounces" in (steps.mailout_of(app).remark or "")
    assert steps.state_of(app) is MailoutState.RELEASING
    clock.advance(minutes=10)
    assert followed(app, looked=False)
    assert "nobody can say whether a first letter came back" in why(app)


def test_where_nothing_takes_mail_in_a_person_must_look(app: App, clock: FakeClock) -> None:
    begun(app, clock)
    clock.advance(minutes=15)
    assert followed(app, ways=())
    assert "nothing takes in the mail that comes back" in why(app)


def test_a_message_that_is_not_read_yet_is_waited_for(app: App, clock: FakeClock) -> None:
    begun(app, clock)
    clock.advance(minutes=5)
    first = first_of(app)
    notices.came(app, notices.a_report(first, Action.DELAYED), notices.token(app, first))
    with app.sessions.begin() as session:
        readings.read_again(session, now=app.clock())
    clock.advance(minutes=12)
    assert not followed(app)
    assert "1 message that came in" in (steps.mailout_of(app).remark or "")


def test_a_first_letter_that_is_deferred_is_waited_for_and_then_stops_the_others(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.extend([DEFERRED] * 9)
    begun(app, clock)
    for _ in range(11):
        clock.advance(minutes=5)
        steps.send_due(app)
        assert not followed(app)
    clock.advance(minutes=5)
    assert followed(app)
    assert "1 of 1 first letter not accepted within 60 minutes" in why(app)
    assert transport.sent == []


def test_a_pause_by_a_person_does_not_end_the_wait(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    clock.advance(minutes=5)
    with app.sessions.begin() as session:
        release.pause(session, mailout_named(session, steps.NAME), a_word(app.clock()))
    clock.advance(minutes=1)
    assert not followed(app)
    resumed(app)
    steps.send_due(app)
    assert len(transport.sent) == 1
    clock.advance(minutes=9)
    assert followed(app)
    steps.send_due(app)
    assert len(transport.sent) == 8


def test_a_mailout_that_is_cancelled_meanwhile_sends_no_more(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    with app.sessions.begin() as session:
        done = release.cancel(session, mailout_named(session, steps.NAME), a_word(app.clock()))
    assert done.stopped == 7
    clock.advance(hours=1)
    assert not followed(app)
    steps.send_due(app)
    assert len(transport.sent) == 1


def test_the_others_expire_if_their_time_passes_first(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.append(Outcome(Verdict.IN_DOUBT, trouble="the line dropped"))
    begun(app, clock)
    clock.reach(steps.mailout_of(app).plan.not_after)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT
    assert steps.mailout_of(app).first_since is None
    states = [each.state for each in steps.deliveries_of(app).values()]
    assert states.count(DeliveryState.EXPIRED) == 7
    assert len(transport.sent) == 1


def test_first_letters_that_the_ledger_does_not_have_stop_the_others(
    app: App, clock: FakeClock
) -> None:
    begun(app, clock)
    with app.sessions.begin() as session:
        is_first = EventRow.action == events.MAILOUT_FIRST_LETTERS.action
        session.execute(update(EventRow).where(is_first).values(detail={"deliveries": ""}))
    clock.advance(minutes=20)
    assert followed(app)
    assert first_letters.NOT_ON_RECORD in why(app)


def test_the_status_says_how_the_first_letters_fare(app: App, clock: FakeClock) -> None:
    begun(app, clock)
    with app.sessions.read() as session:
        found = status_of(session, mailout_named(session, steps.NAME), now=clock()).first_letters
    assert found
    assert (len(found.authorities), found.accepted, found.waiting) == (1, 1, 7)
    assert found.until == RELEASE_AT + timedelta(minutes=15)


def test_no_row_lets_a_letter_go_before_the_first_are_judged(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    clock.advance(minutes=1)
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(due_at=clock()))
        session.execute(update(Mailout).values(first_since=None))
    steps.send_due(app)
    assert len(transport.sent) == 1
    assert "waits for the first letters, by the ledger: somebody else made it due" in why(app)


def test_an_event_of_somebody_else_lets_no_letter_go(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    clock.advance(minutes=1)
    with app.sessions.begin() as session:
        forge(session, events.MAILOUT_OTHERS.event(clock(), CLOCK, steps.NAME, letters="7"))
        session.execute(update(Delivery).values(due_at=clock()))
    steps.send_due(app)
    assert len(transport.sent) == 1
    assert why(app) == first_letters.NOT_ON_RECORD


def test_a_pause_by_somebody_else_does_not_let_the_others_go(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    begun(app, clock)
    with app.sessions.begin() as session:
        found = mailout_named(session, steps.NAME, is_locked=True)
        release.pause(session, found, a_word(clock()))
        forge(session, events.MAILOUT_PAUSED.event(clock(), CLOCK, steps.NAME, why="trouble"))
    resumed(app)
    steps.send_due(app)
    assert len(transport.sent) == 1


def test_a_letter_that_is_settled_as_not_sent_waits_for_the_first(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    """As after a restore, which puts whatever waited in doubt."""
    begun(app, clock)
    first = first_of(app)
    with app.sessions.begin() as session:
        query = select(Delivery.id).where(Delivery.id != first.id)
        other_id = session.scalars(query.limit(1)).one()
        session.get_one(Delivery, other_id).state = DeliveryState.IN_DOUBT
        journal.append(session, events.DELIVERY_IN_DOUBT.event(clock(), CLOCK, other_id))
    with app.sessions.begin() as session:
        doubts.settle(session, other_id, doubts.Decision.NOT_SENT, a_word(clock()))
    steps.send_due(app)
    assert len(transport.sent) == 1
    assert steps.state_of(app) is MailoutState.RELEASING
    clock.advance(minutes=20)
    assert followed(app)
    steps.send_due(app)
    assert len(transport.sent) == 8


def test_where_nothing_waits_any_more_that_is_said(app: App, clock: FakeClock) -> None:
    begun(app, clock)
    with app.sessions.begin() as session:
        for letter in steps.letters_of(app).values():
            deliveries.cancel_letter(session, letter.id, a_word(clock()))
    assert followed(app)
    assert steps.actions(app)[-1] == events.MAILOUT_OTHERS.action
