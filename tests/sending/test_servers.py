from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.database.tables import MailServer
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.sending.servers import CROWDED, LONGEST_RESTS, Health
from dispatch.sending.store import servers
from tests import steps
from tests.fakes import FakeClock, FakeTransport

AWAY = Outcome(Verdict.DEFERRED, trouble="nobody answers, said <a@council.example>")
CROWD = Outcome.answered(Reply("CONNECT", 421, "4.7.0 too many connections from you"))
SECOND = timedelta(seconds=1)


def known(app: App) -> MailServer:
    with app.sessions.read() as session:
        row = servers.find(session, app.transport.address)
    assert row
    return row


def cut_off(app: App, clock: FakeClock, outcome: Outcome = AWAY, shortest: int = 3600) -> timedelta:
    """Return how long the server is left alone."""
    with app.sessions.begin() as session:
        health = Health(app.transport.address, [shortest * SECOND])
        at = health.cut_off(session, outcome, now=clock())
    assert at
    return at - clock()


def test_rests_grow_up_to_five_minutes_and_no_wait_of_a_letter_is_longer(
    app: App, clock: FakeClock
) -> None:
    for rest in (*LONGEST_RESTS, LONGEST_RESTS[-1]):
        assert cut_off(app, clock) == rest
        assert cut_off(app, clock) == rest  # the others that fail at the same time
        clock.advance(seconds=rest.total_seconds())
        # Each of them counts, though: the rests are those of the first failures.
        if known(app).troubles >= len(LONGEST_RESTS):
            break
        with app.sessions.begin() as session:
            servers.locked(session, app.transport.address).troubles -= 1
    assert cut_off(app, clock, shortest=3) == 3 * SECOND


def test_trouble_is_one_record_from_its_beginning_to_its_end(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    transport.trouble = AWAY
    began_at = clock()
    steps.send_due(app)
    clock.advance(minutes=1)
    steps.send_due(app)
    row = known(app)
    assert row.trouble == "nobody answers, said <...>"
    assert (row.troubled_since, row.troubled_at, row.troubles) == (began_at, clock(), 2)
    assert (row.accepted_at, row.well_at) == (None, None)

    transport.trouble = None
    clock.advance(minutes=1)
    steps.send_due(app)
    row = known(app)
    assert (row.accepted_at, row.well_at, row.next_try_at) == (clock(), clock(), None)
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.ACCEPTED}
    assert {each.attempts for each in steps.deliveries_of(app).values()} == {1}


def test_a_server_that_is_busy_with_our_other_connections_is_not_in_trouble(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    assert cut_off(app, clock, CROWD) == CROWDED
    assert known(app).trouble is None
    clock.advance(minutes=2)
    assert cut_off(app, clock, CROWD) == LONGEST_RESTS[0]
    assert "too many connections" in (known(app).trouble or "")


@pytest.mark.parametrize("verb", ["RCPT", "MAIL"])
def test_a_reply_about_our_pace_lets_all_letters_rest(
    app: App, clock: FakeClock, transport: FakeTransport, verb: str
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    transport.outcomes.append(Outcome.answered(Reply(verb, 451, "4.7.500 Server busy")))
    steps.send_due(app)
    clock.advance(minutes=10)
    rows = steps.deliveries_of(app).values()
    assert sorted(each.state.value for each in rows) == ["accepted", "deferred"]
