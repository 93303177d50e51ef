"""The same letter twice, from two mailouts of one year."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.ledger import events, journal
from dispatch.letters import repeats
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailout_to_release
from dispatch.sending import release
from tests import steps
from tests.factories import RELEASE_AT, a_mailout, a_word
from tests.fakes import FakeClock

SECOND = steps.SECOND
DUE = "Wed 22 July 2020 09:00 BST"


def schedule(app: App, name: str = SECOND, although: str = "") -> None:
    with app.sessions.begin() as session:
        mailout = mailout_to_release(session, name)
        release.schedule(session, mailout, app.templates, a_word(app.clock(), because=although))


def state(app: App, name: str = SECOND) -> MailoutState:
    with app.sessions.read() as session:
        return mailout_named(session, name).state


def set_deliveries(app: App, to: DeliveryState) -> None:
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(state=to))


def test_the_second_of_one_year_is_stopped_with_the_first_ones_name_and_date(app: App) -> None:
    steps.scheduled(app, "ADU", "OXO")
    steps.second_approved(app)
    with pytest.raises(RuleBroken) as refusal:
        schedule(app)
    assert str(refusal.value) == (
        f"{steps.NAME} (scheduled, to leave on {DUE}) sends the same letter of 2019-20 to the "
        f"chief executive and link officer of ADU and OXO. Nobody gets a letter twice without a "
        f"reason: cancel one of the two, or say why"
    )
    assert refusal.value.remedy == Remedy(kind=RemedyKind.SCHEDULE_ALTHOUGH, mailout=SECOND)
    assert state(app) is MailoutState.APPROVED


def test_with_a_reason_both_go_and_the_ledger_has_it(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    steps.second_approved(app)
    schedule(app, although="the first was a trial")
    with app.sessions.begin() as session:
        release.pause(session, mailout_named(session, SECOND), a_word(clock()))
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, SECOND), a_word(clock(), because=""))
        [event, *_] = [
            each
            for each in journal.events(session, f"mailout:{SECOND}")
            if each.action == "mailout.scheduled"
        ]
    assert event.detail["although"] == "the first was a trial"
    assert event.detail["others"] == steps.NAME
    clock.reach(RELEASE_AT)
    assert set(steps.tick(app)) == {steps.NAME, SECOND}


def put_back(app: App, name: str) -> None:
    """Schedule a mailout as if nothing had been asked, as an earlier version did."""
    with app.sessions.begin() as session:
        session.execute(
            update(Mailout).where(Mailout.name == name).values(state=MailoutState.SCHEDULED)
        )
        journal.append(session, events.MAILOUT_SCHEDULED.by(a_word(app.clock()), name))


def test_of_two_that_are_due_at_one_minute_one_goes_and_the_other_waits_for_a_reason(
    app: App, clock: FakeClock
) -> None:
    steps.scheduled(app)
    steps.second_approved(app)
    put_back(app, SECOND)
    clock.reach(RELEASE_AT)

    def let_go(name: str) -> bool:
        with app.sessions.begin() as session:
            return release.release(session, name, app.templates, now=clock())

    with ThreadPoolExecutor(2) as pool:
        went = dict(zip((steps.NAME, SECOND), pool.map(let_go, (steps.NAME, SECOND)), strict=True))
    assert sorted(went.values()) == [False, True]
    [first] = [name for name, has_gone in went.items() if has_gone]
    [held] = [name for name, has_gone in went.items() if not has_gone]
    with app.sessions.read() as session:
        mailout = mailout_named(session, held)
    assert mailout.state is MailoutState.PAUSED
    said = f"{first} (released on {DUE}) has sent the same letter of 2019-20 to the chief executive"
    assert (mailout.remark or "").startswith(said)

    with app.sessions.begin() as session, pytest.raises(RuleBroken, match="without a reason"):
        release.resume(session, mailout_to_release(session, held), a_word(clock(), because=""))
    with app.sessions.begin() as session:
        word = a_word(clock(), because="they asked for it")
        release.resume(session, mailout_to_release(session, held), word)
    assert steps.tick(app) == [held]


@pytest.mark.parametrize(
    "change",
    [
        {"year": "2018-19"},
        {"to_roles": ("leader",), "cc_roles": ()},
        {"template": "another"},
    ],
)
def test_another_year_role_or_template_is_another_letter(app: App, change: dict[str, Any]) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        a_mailout(session, name=SECOND, **change)
    with app.sessions.read() as session:
        assert repeats.find(session, mailout_named(session, SECOND), {"OXO"}) == []


@pytest.mark.parametrize(
    ("reached", "is_repeat"),
    [
        (DeliveryState.ACCEPTED, True),
        (DeliveryState.DELIVERED, True),
        (DeliveryState.OFFERED, True),
        (DeliveryState.IN_DOUBT, True),
        (DeliveryState.DEFERRED, True),
        (DeliveryState.REFUSED, False),
        (DeliveryState.BOUNCED, False),
        (DeliveryState.EXPIRED, False),
        (DeliveryState.SUPPRESSED, False),
    ],
)
def test_those_whom_the_first_missed_may_be_written_to(
    app: App, clock: FakeClock, reached: DeliveryState, is_repeat: bool
) -> None:
    steps.released(app, clock)
    set_deliveries(app, reached)
    steps.second_approved(app)
    with app.sessions.read() as session:
        assert bool(repeats.find(session, mailout_named(session, SECOND))) is is_repeat


def test_the_same_bytes_at_the_same_address_need_a_reason_whatever_the_mailout_is_called(
    app: App, clock: FakeClock
) -> None:
    """Although the first was cancelled after it had gone, and its template had another name."""
    steps.released(app, clock)
    set_deliveries(app, DeliveryState.ACCEPTED)
    steps.second_approved(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.cancel(session, mailout, a_word(clock()))
    with pytest.raises(RuleBroken, match=r"has sent the same letter of 2019-20 to the same addr"):
        schedule(app)
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(address_key=Delivery.role))
    schedule(app)


def test_what_is_ready_too_is_named_and_stops_nothing(app: App) -> None:
    steps.approved(app)
    steps.second_approved(app)
    with app.sessions.read() as session:
        [found] = repeats.find(session, mailout_named(session, SECOND))
    assert f"{steps.NAME} (approved, to leave on {DUE}) would send" in str(found)
    schedule(app)
    assert state(app) is MailoutState.SCHEDULED


def test_a_reason_holds_until_the_letters_change(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    steps.second_approved(app)
    schedule(app, although="the first was a trial")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, SECOND)
        assert repeats.excused(session, mailout) == {steps.NAME}
        reopen(session, mailout, "a contact changed", a_word(clock()))
        assert repeats.excused(session, mailout) == frozenset()
