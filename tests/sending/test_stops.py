from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Stop
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release, send
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport

FIVE = ("OXO", "ADU", "BIR", "CMD", "HOR")
QUEUED, REFUSED = DeliveryState.QUEUED, DeliveryState.REFUSED


def unknown(number: int, text: str = "5.3.9 no, <{}@council.example>") -> Outcome:
    return Outcome.answered(Reply("RCPT", 550, text.format(number)))


def states(app: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(app).values())


def answered(app: App, clock: FakeClock, transport: FakeTransport, *outcomes: Outcome) -> None:
    """Release one letter to each of five authorities, and have them answered so."""
    steps.released(app, clock, *FIVE, cc_roles=())
    transport.outcomes.extend(outcomes)
    for _ in outcomes:
        send.send(steps.means(app), limit=1)
        clock.advance(seconds=1)


def test_the_same_unknown_refusal_from_five_domains_in_a_row_is_about_us(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    answered(app, clock, transport, *map(unknown, range(5)))
    assert states(app) == {QUEUED: 5}
    assert {each.about_us for each in steps.deliveries_of(app).values()} == {1}
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert "one authority after another" in (mailout.remark or "")
    assert steps.actions(app).count("delivery.given_back") == 5

    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
    steps.send_due(app)
    assert states(app) == {DeliveryState.ACCEPTED: 5}


@pytest.mark.parametrize(
    "fourth",
    [
        Outcome.answered(Reply(".", 250, "2.0.0 queued")),
        unknown(3, "5.3.9 something else"),
        Outcome.answered(Reply("RCPT", 550, "5.1.1 no such user")),
    ],
)
def test_another_answer_in_between_ends_the_row(
    app: App, clock: FakeClock, transport: FakeTransport, fourth: Outcome
) -> None:
    outcomes = [*map(unknown, range(3)), fourth, unknown(4)]
    answered(app, clock, transport, *outcomes)
    assert states(app)[REFUSED] == sum(each.verdict.value == "refused" for each in outcomes)
    assert steps.state_of(app) is MailoutState.RELEASING


def test_no_more_is_stopped_once_a_person_says_that_it_is_about_the_councils(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    answered(app, clock, transport, *map(unknown, range(5)))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.resume(session, mailout, a_word(clock()), is_about_council=True)
    transport.outcomes.extend(map(unknown, range(5)))
    steps.send_due(app)
    assert states(app) == {REFUSED: 5}
    assert steps.state_of(app) is MailoutState.RELEASING


def test_what_a_person_paused_was_not_paused_by_a_reply(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.pause(session, mailout, a_word(clock()))
        with pytest.raises(RuleBroken, match="not paused by a mail server's reply"):
            release.resume(session, mailout, a_word(clock()), is_about_council=True)


@pytest.mark.parametrize(
    ("text", "is_stopped"),
    [
        ("4.9.9 the <{}@council.example> is not to our taste", True),
        ("4.3.0 local trouble, <{}@council.example>", False),
        ("4.7.1 please come back later, <{}@council.example>", False),
        ("4.7.1 <{}@council.example>: Greylisted", False),
    ],
)
def test_what_asks_us_to_come_again_is_believed_once_if_the_trouble_is_of_the_moment(
    app: App, clock: FakeClock, transport: FakeTransport, text: str, *, is_stopped: bool
) -> None:
    same = [Outcome.answered(Reply("RCPT", 451, text.format(number))) for number in range(5)]
    answered(app, clock, transport, *same)
    assert (steps.state_of(app) is MailoutState.PAUSED) == is_stopped
    assert states(app) == {DeliveryState.DEFERRED: 5}

    transport.outcomes.extend(same)
    clock.advance(minutes=15)
    steps.send_due(app)
    assert (steps.state_of(app) is MailoutState.PAUSED) == ("Grey" not in text)


def test_what_was_only_deferred_leaves_at_once_after_the_pause(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    same = [Outcome.answered(Reply("RCPT", 451, f"4.9.9 odd, id 4F{n}")) for n in range(5)]
    answered(app, clock, transport, *same)
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
    steps.send_due(app)
    assert states(app) == {DeliveryState.ACCEPTED: 5}


def test_a_refusal_that_says_too_little_counts_for_the_row(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    answered(
        app, clock, transport, *(unknown(n, "5.7.1 not wanted, <{}@x.example>") for n in range(5))
    )
    assert states(app) == {QUEUED: 5}
    assert steps.state_of(app) is MailoutState.PAUSED


def test_that_a_reply_is_about_the_council_is_not_believed_without_the_ledger(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    answered(app, clock, transport, *map(unknown, range(5)))
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
        session.execute(update(Stop).values(is_about_council=True))
    clock.advance(seconds=1)
    transport.outcomes.extend(map(unknown, range(5)))
    steps.send_due(app)
    assert states(app) == {QUEUED: 5}
    assert steps.state_of(app) is MailoutState.PAUSED


def test_a_reply_that_came_before_the_recipient_was_named_cannot_be_about_one(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    transport.outcomes.append(Outcome.answered(Reply("MAIL", 550, "5.7.60 not as this sender")))
    steps.send_due(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        with pytest.raises(RuleBroken, match="did not know yet whom the letter was for"):
            release.resume(session, mailout, a_word(clock()), is_about_council=True)
