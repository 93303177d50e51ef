from __future__ import annotations

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery, Suppression
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import BadInput, ChangedMeanwhile, NotFound, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.word import clock_at
from dispatch.ledger import journal
from dispatch.register import suppressions
from dispatch.register.store.suppressions import add, listed, suppression_of
from dispatch.register.suppressions import Lifted, SuppressionProposal
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport

CHIEF = "chief.executive@oxo.example"
LINK = "link.officer@oxo.example"
S = DeliveryState


def barred(
    app: App,
    address: str = CHIEF,
    person: str = "alex",
    because: str = "they  asked",
    **options: str,
) -> SuppressionProposal:
    with app.sessions.begin() as session:
        word = a_word(app.clock(), person, because, keyboard="sam")
        done = suppressions.suppress(session, address, word, **options)
        session.flush()
        session.expunge_all()  # to be looked at after the commit
    return done


def lifted(app: App, address: str = CHIEF, because: str = "a mistake") -> Lifted:
    with app.sessions.begin() as session:
        done = suppressions.lift(
            session, address, a_word(app.clock(), "kim", because, keyboard="kim")
        )
        session.flush()
        session.expunge_all()
    return done


def held(app: App) -> Suppression | None:
    with app.sessions.read() as session:
        return suppression_of(session, CHIEF)


def states(app: App) -> dict[str, S]:
    return {address: each.state for address, each in steps.deliveries_of(app).items()}


def told(app: App, row: Suppression) -> list[tuple[str, str, dict[str, str]]]:
    with app.sessions.read() as session:
        events = journal.events(session, f"suppression:{row.id}")
    return [(each.actor, each.action, dict(each.detail)) for each in events]


def test_an_address_is_barred_whatever_its_spelling(app: App) -> None:
    assert barred(app, " Chief.Executive@OXO.example ") == SuppressionProposal(
        address=CHIEF, stops=[], held=0
    )
    row = held(app)
    assert row
    assert (row.reason, row.added_by, row.added_at) == ("they asked", "alex", app.clock())
    assert told(app, row) == [
        ("alex", "address.suppressed", {"why": "they asked", "at_keyboard": "sam"})
    ]
    with pytest.raises(RuleBroken, match="is suppressed already: they asked"):
        barred(app, CHIEF.upper())


def test_what_is_no_address_cannot_be_barred(app: App) -> None:
    with pytest.raises(BadInput, match=r"'oxo.example' is not an email address"):
        barred(app, "oxo.example")


@pytest.mark.parametrize(
    ("person", "because", "why"),
    [("alex", " ", "give a reason"), ("clock", "asked", "is not the name of a person")],
)
def test_a_person_says_who_they_are_and_why(app: App, person: str, because: str, why: str) -> None:
    with pytest.raises(RuleBroken, match=why):
        barred(app, person=person, because=because)
    assert held(app) is None


def test_what_waits_to_go_there_does_not_go(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    [stopped] = barred(app).stops
    assert (stopped.address, stopped.state) == (CHIEF, S.SUPPRESSED)
    assert states(app) == {CHIEF: S.SUPPRESSED, LINK: S.QUEUED}
    with app.sessions.read() as session:
        event = journal.events(session, f"delivery:{stopped.id}")[-1]
    assert (event.actor, event.action) == ("alex", "delivery.suppressed")
    steps.send_due(app)
    assert states(app) == {CHIEF: S.SUPPRESSED, LINK: S.ACCEPTED}
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_what_was_agreed_is_stopped_and_nothing_else(app: App, clock: FakeClock) -> None:
    with app.sessions.begin() as session:
        agreed = suppressions.propose(session, CHIEF).digest
    steps.released(app, clock)
    with pytest.raises(ChangedMeanwhile, match="changed since it was shown: review it again"):
        barred(app, agreed=agreed)
    assert held(app) is None
    with app.sessions.begin() as session:
        agreed = suppressions.propose(session, CHIEF.upper()).digest
    assert len(barred(app, agreed=agreed).stops) == 1


def test_what_was_deferred_is_not_tried_again(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    later = Outcome(Verdict.DEFERRED, Reply("RCPT", 450, "4.2.1 later"))
    transport.outcomes.extend([later, later])
    steps.released(app, clock)
    steps.send_due(app)
    assert set(states(app).values()) == {S.DEFERRED}
    assert len(barred(app).stops) == 1
    assert states(app)[CHIEF] is S.SUPPRESSED


def claimed_by_a_worker(app: App) -> None:
    with app.sessions.begin() as session:
        until = app.clock() + app.lease
        session.execute(update(Delivery).values(state=S.CLAIMED, lease_until=until))


def test_what_a_worker_holds_is_left_to_it_and_counted(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    claimed_by_a_worker(app)
    assert barred(app) == SuppressionProposal(address=CHIEF, stops=[], held=1)
    assert set(states(app).values()) == {S.CLAIMED}


def test_what_a_worker_gives_back_can_be_stopped_then(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    claimed_by_a_worker(app)
    barred(app)
    clock.advance(seconds=2 * app.lease.total_seconds())
    steps.tick(app)
    with app.sessions.begin() as session:
        suppressions.stop_waiting(session, clock_at(clock()))
    assert states(app) == {CHIEF: S.SUPPRESSED, LINK: S.QUEUED}


def test_a_mailout_that_is_released_afterwards_leaves_it_out(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    barred(app)
    assert steps.state_of(app) is MailoutState.SCHEDULED
    clock.reach(RELEASE_AT)
    steps.tick(app)
    assert states(app) == {CHIEF: S.SUPPRESSED, LINK: S.QUEUED}


def test_what_is_lifted_says_who_and_why_and_what_was_not_sent(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    barred(app)
    done = lifted(app, CHIEF.upper())
    assert done.address == CHIEF
    assert [(name, each.address) for name, each in done.unsent] == [(steps.NAME, CHIEF)]
    assert held(app) is None
    with app.sessions.read() as session:
        [row] = listed(session, is_all=True)
        assert not listed(session)
    assert (row.lifted_by, row.lifted_at, row.lifted_because) == ("kim", clock(), "a mistake")
    assert told(app, row)[-1] == (
        "kim",
        "suppression.lifted",
        {"because": "a mistake", "at_keyboard": "kim"},
    )


def test_nothing_is_sent_by_a_lift(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.released(app, clock)
    barred(app)
    lifted(app)
    steps.send_due(app)
    assert states(app)[CHIEF] is S.SUPPRESSED
    assert CHIEF not in [envelope.rcpt_to for envelope, _ in transport.sent]


def test_what_is_not_wanted_any_more_is_not_offered(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    barred(app)
    with app.sessions.begin() as session:
        session.merge(steps.mailout_of(app)).state = MailoutState.CANCELLED
    assert lifted(app).unsent == []


def test_two_suppressions_of_one_address_are_lifted_together(app: App) -> None:
    for number in range(2):
        with app.sessions.begin() as session:
            add(session, CHIEF, f"reason {number}", by="worker", now=app.clock())
    lifted(app)
    assert held(app) is None


def test_what_is_not_barred_cannot_be_lifted(app: App) -> None:
    with pytest.raises(NotFound, match="is not suppressed") as refused:
        lifted(app)
    assert refused.value.remedy == Remedy(kind=RemedyKind.SUPPRESSIONS)
    barred(app)
    with pytest.raises(RuleBroken, match="give a reason"):
        lifted(app, because="")
    lifted(app)
    assert barred(app).address == CHIEF
