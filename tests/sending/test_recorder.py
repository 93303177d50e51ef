from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.sending.recorder import DATABASE_WAITS, Recorder, Spool
from dispatch.sending.servers import Health
from dispatch.sending.store import claims, deliveries
from tests import steps
from tests.databases import POSTGRESQL
from tests.fakes import ACCEPTED, FakeClock
from tests.outages import Fault, PowerCut, failing

LEASE = timedelta(minutes=15)
REFUSED = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))

AWAY, LOST, UNSURE = Fault.AWAY, Fault.LOST, Fault.UNSURE
FOR_GOOD = [AWAY] * (1 + len(DATABASE_WAITS))


@pytest.fixture
def held(app: App, clock: FakeClock) -> list[Claim]:
    """Two deliveries that a worker holds."""
    steps.released(app, clock)
    with app.sessions.begin() as session:
        return claims.claim_deliveries(session, now=clock(), lease_until=clock() + LEASE, limit=2)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def waited() -> list[float]:
    """The seconds that a recorder has waited."""
    return []


@pytest.fixture
def recorder(app: App, spool: Spool, clock: FakeClock, waited: list[float]) -> Recorder:
    return Recorder(app.sessions, spool, clock, waited.append, LEASE, Health("mail.test:25", ()))


def with_faults(recorder: Recorder, *faults: Fault | None) -> Recorder:
    return replace(recorder, sessions=failing(recorder.sessions, *faults))


def ended(recorder: Recorder, held: Claim, outcome: Outcome = ACCEPTED) -> Tried:
    now = recorder.clock()
    return Tried(claim=held, started_at=now, offered_at=now, ended_at=now, outcome=outcome)


def states(app: App, held: Sequence[Claim]) -> list[DeliveryState]:
    with app.sessions.read() as session:
        return [session.get_one(Delivery, each.delivery_id).state for each in held]


def traces(app: App, held: Claim) -> tuple[list[str | None], list[str]]:
    """What is written of a delivery since it was claimed: its attempts, and the ledger."""
    with app.sessions.read() as session:
        verdicts = [each.verdict for each in deliveries.attempts_at(session, held.delivery_id)]
    return verdicts, steps.actions(app, f"delivery:{held.delivery_id}")[1:]


ONCE = (["accepted"], ["delivery.accepted"])


def test_what_waits_together_is_written_in_one_transaction(
    app: App, recorder: Recorder, clock: FakeClock, held: list[Claim]
) -> None:
    recorder.record(held[:1], ())
    recorder.sessions = sessions = failing(recorder.sessions, None, AWAY)  # a second one would fail
    marked = recorder.record(held[1:], [ended(recorder, held[0])])

    assert marked == {held[1]: clock()}
    assert states(app, held) == [DeliveryState.ACCEPTED, DeliveryState.OFFERED]
    assert recorder.trouble is None
    assert list(sessions.faults) == [AWAY]


def test_a_mark_gives_the_conversation_a_lease_of_its_own(
    app: App, recorder: Recorder, clock: FakeClock, held: list[Claim]
) -> None:
    clock.advance(minutes=14)
    recorder.record(held[:1], ())
    with app.sessions.read() as session:
        assert session.get_one(Delivery, held[0].delivery_id).lease_until == clock() + LEASE


def test_what_is_somebody_elses_by_now_may_not_say_the_dot(
    app: App, recorder: Recorder, clock: FakeClock, held: list[Claim]
) -> None:
    clock.advance(minutes=16)
    with app.sessions.begin() as session:
        deliveries.take_back(session, now=clock())
        claims.claim_deliveries(session, now=clock(), lease_until=clock() + LEASE, limit=1)
    assert recorder.record(held, ()) == {}
    assert recorder.trouble is None


@pytest.mark.parametrize("fault", [AWAY, LOST, UNSURE])
def test_without_a_sure_mark_there_is_no_dot(
    app: App, recorder: Recorder, held: list[Claim], waited: list[float], fault: Fault
) -> None:
    recorder = with_faults(recorder, fault)
    assert recorder.record(held, ()) == {}
    assert isinstance(recorder.trouble, DatabaseTrouble)
    assert waited == []  # the next try has a better chance than a line that waits
    marked = DeliveryState.OFFERED if fault is UNSURE else DeliveryState.CLAIMED
    assert set(states(app, held)) == {marked}


@pytest.mark.parametrize(
    "faults", [[AWAY], [LOST], [UNSURE], [AWAY, LOST, UNSURE], [UNSURE, LOST, AWAY]]
)
def test_a_reply_is_recorded_once_as_soon_as_the_database_is_back(
    app: App, recorder: Recorder, held: list[Claim], waited: list[float], faults: list[Fault]
) -> None:
    recorder.record(held, ())
    recorder = with_faults(recorder, *faults)
    assert recorder.record((), [ended(recorder, each) for each in held]) == {}

    assert waited == list(DATABASE_WAITS[: len(faults)])
    assert isinstance(recorder.trouble, DatabaseTrouble)
    assert list(recorder.spool.tried()) == []
    assert [traces(app, each) for each in held] == [ONCE] * 2


def test_a_dot_that_asked_beside_a_reply_stays_forbidden_when_the_database_is_back(
    app: App, recorder: Recorder, held: list[Claim]
) -> None:
    recorder.record(held[:1], ())
    recorder = with_faults(recorder, AWAY)
    assert recorder.record(held[1:], [ended(recorder, held[0])]) == {}
    assert states(app, held) == [DeliveryState.ACCEPTED, DeliveryState.CLAIMED]


@pytest.mark.parametrize("fault", [AWAY, LOST])
def test_replies_that_cannot_be_recorded_are_spooled_and_recorded_later_each_once(
    app: App, recorder: Recorder, spool: Spool, held: list[Claim], fault: Fault
) -> None:
    recorder.record(held, ())
    cut_off = with_faults(recorder, *[fault] * len(FOR_GOOD))
    cut_off.record((), [ended(recorder, each) for each in held])
    assert len(list(spool.tried())) == 2
    assert set(states(app, held)) == {DeliveryState.OFFERED}

    assert [recorder.unspool(), recorder.unspool()] == [2, 0]
    assert [traces(app, each) for each in held] == [ONCE] * 2
    assert list(spool.folder.iterdir()) == []


def test_what_was_recorded_after_all_is_not_recorded_again_from_the_spool(
    app: App, recorder: Recorder, spool: Spool, held: list[Claim]
) -> None:
    recorder.record(held, ())
    cut_off = with_faults(recorder, *[UNSURE] * len(FOR_GOOD))
    cut_off.record((), [ended(recorder, each) for each in held])
    assert len(list(spool.tried())) == 2
    assert [traces(app, each) for each in held] == [ONCE] * 2
    recorder.unspool()
    assert [traces(app, each) for each in held] == [ONCE] * 2


def test_a_worker_that_dies_between_the_record_and_the_spool_leaves_nothing_twice(
    app: App, recorder: Recorder, spool: Spool, held: list[Claim]
) -> None:
    recorder.record(held, ())
    for each in held:
        spool.put(ended(recorder, each))
    with pytest.raises(PowerCut):
        with_faults(recorder, None, Fault.CUT_AFTER).unspool()
    assert len(list(spool.tried())) == 1
    assert recorder.unspool() == 1
    assert [traces(app, each) for each in held] == [ONCE] * 2


def test_a_database_that_is_still_away_leaves_the_spool_as_it_is(
    recorder: Recorder, spool: Spool, held: list[Claim]
) -> None:
    for each in held:
        spool.put(ended(recorder, each, REFUSED))
    with pytest.raises(DatabaseTrouble):
        with_faults(recorder, None, AWAY).unspool()
    assert len(list(spool.tried())) == 1


def test_an_acceptance_out_of_the_spool_settles_the_doubt_that_came_meanwhile(
    app: App, recorder: Recorder, clock: FakeClock, held: list[Claim]
) -> None:
    recorder.record(held[:1], ())
    with_faults(recorder, *FOR_GOOD).record((), [ended(recorder, held[0])])
    clock.advance(minutes=16)
    with app.sessions.begin() as session:
        deliveries.take_back(session, now=clock())
    assert states(app, held[:1]) == [DeliveryState.IN_DOUBT]
    assert recorder.unspool() == 1
    assert states(app, held[:1]) == [DeliveryState.ACCEPTED]


def test_what_the_database_does_not_know_stays_for_a_person_and_holds_nobody_up(
    app: App, recorder: Recorder, spool: Spool, held: list[Claim]
) -> None:
    stranger = ended(recorder, replace(held[0], delivery_id=uuid4()))
    for tried in (stranger, ended(recorder, held[0], REFUSED), ended(recorder, held[1], REFUSED)):
        spool.put(tried)
    assert recorder.unspool() == 2
    assert list(spool.tried()) == [stranger]
    assert states(app, held[:2]) == [DeliveryState.REFUSED] * 2


def test_what_the_database_will_not_take_holds_nobody_up(
    app: App, recorder: Recorder, held: list[Claim]
) -> None:
    answer = Reply("RCPT", 550, "not a text that PostgreSQL knows: \0")
    for tried in (
        ended(recorder, held[0], Outcome.answered(answer)),
        ended(recorder, held[1], REFUSED),
    ):
        recorder.spool.put(tried)
    recorder.unspool()
    assert states(app, held[1:]) == [DeliveryState.REFUSED]


def test_an_error_that_nobody_foresaw_is_trouble_and_keeps_what_is_known(
    app: App, recorder: Recorder, held: list[Claim]
) -> None:
    recorder.record(held[:1], ())
    nonsense = ended(recorder, held[0], Outcome(Verdict.WITHDRAWN))
    assert recorder.record(held[1:], [nonsense]) == {}
    assert isinstance(recorder.trouble, KeyError)
    assert list(recorder.spool.tried()) == [nonsense]


def test_a_disk_that_takes_nothing_is_trouble_and_no_crash(
    app: App, recorder: Recorder, spool: Spool, held: list[Claim]
) -> None:
    spool.folder.write_text("in the way")
    recorder.record(held[:1], ())
    recorder = with_faults(recorder, *FOR_GOOD)
    assert recorder.record((), [ended(recorder, held[0])]) == {}
    assert isinstance(recorder.trouble, FileExistsError)
    assert states(app, held[:1]) == [DeliveryState.OFFERED]


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no line to lose")
def test_a_line_to_the_database_that_is_cut_for_real_is_had_anew(
    app: App, recorder: Recorder, held: list[Claim]
) -> None:
    with app.sessions.held() as ours:
        recorder = replace(recorder, sessions=ours)
        recorder.record(held, ())
        hang_up_on_everyone_else(app)
        assert recorder.record((), [ended(recorder, each) for each in held]) == {}
        assert isinstance(recorder.trouble, DatabaseTrouble)
    assert [traces(app, each) for each in held] == [ONCE] * 2


def hang_up_on_everyone_else(app: App) -> None:
    with app.sessions.begin() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_of_two_claims_of_one_delivery_only_the_present_one_may_say_the_dot(
    app: App, recorder: Recorder, clock: FakeClock, held: list[Claim]
) -> None:
    clock.advance(seconds=app.lease.total_seconds() + 1)
    steps.tick(app)
    with app.sessions.begin() as session:
        lease_until = clock() + app.lease
        again = claims.claim_deliveries(session, now=clock(), lease_until=lease_until, limit=1)
    [lost] = [each for each in held if each.delivery_id == again[0].delivery_id]
    assert recorder.record([lost, *again], ()) == {again[0]: clock()}
