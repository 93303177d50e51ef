from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import HeldConnections
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.sending.envelope import Envelope
from dispatch.domain.sending.pace import Rates
from dispatch.mail.outgoing.transport import Connection
from dispatch.sending import connections, send
from dispatch.sending.send import SendingMeans
from dispatch.sending.store.connections import HOLDS
from tests import steps
from tests.fakes import FakeClock, FakeLine, FakeTransport

FIVE = ("OXO", "ADU", "BIR", "CMD", "HOR")
SECOND = timedelta(seconds=1)
CROWDED = Outcome.answered(Reply(".", 432, "4.3.2 Concurrent connections limit exceeded"))


@dataclass
class CountingTransport(FakeTransport):
    """A way to the server that counts how many of its connections are open."""

    open: set[int] = field(default_factory=set)
    most: int = 0

    def connect(self) -> Connection | Outcome:
        line = _CountedLine(self)
        self.open.add(id(line))
        self.most = max(self.most, len(self.open))
        return line


class _CountedLine(FakeLine):
    def close(self) -> None:
        super().close()
        assert isinstance(self.transport, CountingTransport)
        self.transport.open.discard(id(self))


@pytest.fixture
def transport() -> CountingTransport:
    return CountingTransport()


def means(app: App, **changed: Any) -> SendingMeans:
    return replace(steps.means(app), connections=8, **changed)


def held(app: App) -> dict[str, int]:
    with app.sessions.read() as session:
        return {row.holder: row.count for row in session.scalars(select(HeldConnections))}


def accepted(app: App) -> int:
    states = [each.state for each in steps.deliveries_of(app).values()]
    return states.count(DeliveryState.ACCEPTED)


def test_a_worker_opens_no_more_than_are_left_and_gives_them_back(
    app: App, clock: FakeClock, transport: CountingTransport
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    with connections.held(app.sessions, clock, wanted=1, most=3):
        assert send.send(means(app, all_connections=3), limit=5) == 5
    assert (transport.most, transport.open, held(app)) == (2, set(), {})
    assert accepted(app) == 5


def test_a_worker_without_a_connection_claims_nothing(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    with connections.held(app.sessions, clock, wanted=3, most=3):
        assert send.send(means(app, all_connections=3), limit=5) == 0
    assert accepted(app) == 0
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.QUEUED}


def test_without_a_limit_nothing_is_counted(app: App, clock: FakeClock) -> None:
    with connections.held(app.sessions, clock, wanted=8, most=None) as mine:
        assert (mine.count, mine.patience, held(app)) == (8, None, {})
        clock.advance(hours=1)
        assert not mine.is_lost(clock())


def test_what_is_held_is_renewed_until_it_has_run_out(app: App, clock: FakeClock) -> None:
    with connections.held(app.sessions, clock, wanted=8, most=3) as mine:
        for _ in range(3):
            clock.advance(seconds=HOLDS.total_seconds() * 2 / 3)
            mine.renew(app.sessions, clock())
            assert not mine.is_lost(clock())
        clock.advance(seconds=HOLDS.total_seconds())
        mine.renew(app.sessions, clock())
        assert mine.is_lost(clock())


def test_what_another_has_taken_in_the_meantime_is_lost(app: App, clock: FakeClock) -> None:
    with connections.held(app.sessions, clock, wanted=8, most=3) as mine:
        with app.sessions.begin() as session:
            session.delete(session.get_one(HeldConnections, mine.holder))
        clock.advance(seconds=HOLDS.total_seconds() / 2)
        mine.renew(app.sessions, clock())
        assert mine.is_lost(clock())


def test_a_server_that_asks_for_less_gets_fewer_connections_and_then_more_again(
    app: App, clock: FakeClock, transport: CountingTransport
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    asked = means(app, rates=Rates(service=SECOND / 2), all_connections=4, run_time=5 * SECOND)
    transport.outcomes.append(CROWDED)
    assert send.send(asked, limit=1) == 1
    assert send.send(asked, limit=5) == 0  # it rests for a minute

    clock.advance(seconds=60)
    transport.most = 0
    assert send.send(asked, limit=5) == 4
    assert transport.most == 2
    assert accepted(app) == 4

    clock.advance(minutes=16)
    assert send.send(asked, limit=5) == 1
    assert held(app) == {}
    assert accepted(app) == 5


def test_a_message_to_staff_waits_until_one_is_free_and_counts(
    app: App, clock: FakeClock, transport: CountingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    counted = connections.counted(transport, app.sessions, clock, 3)
    letters = connections.held(app.sessions, clock, wanted=3, most=3)

    def wait(seconds: float) -> None:
        waited.append(seconds)
        with connections.held(app.sessions, clock, wanted=3, most=3) as others:
            assert others.count == 0  # they get no more while it waits
        letters.__exit__(None, None, None)

    monkeypatch.setattr(connections, "sleep", wait)
    letters.__enter__()
    line = counted.connect()
    assert not isinstance(line, Outcome)
    assert (len(waited), list(held(app).values())) == (1, [1])
    assert line.offer(Envelope("a@b.example", "c@d.example", "1"), b"", before_dot=lambda: True)
    assert (line.server, line.tls, line.is_usable) == ("mail.test:25", None, True)
    clock.advance(minutes=3)
    assert not line.is_usable  # others may soon count it as theirs
    line.close()
    assert held(app) == {}


def test_a_message_to_staff_is_deferred_if_none_becomes_free(
    app: App, clock: FakeClock, transport: CountingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "sleep", lambda _: clock.advance(seconds=20))
    with connections.held(app.sessions, clock, wanted=1, most=1) as mine:
        monkeypatch.setattr(connections, "PATIENCE", HOLDS / 2)
        found = connections.counted(transport, app.sessions, clock, 1).connect()
        assert isinstance(found, Outcome)
        assert "all 1 connections" in str(found)
        assert held(app).keys() == {mine.holder}
    assert transport.most == 0


def test_what_cannot_be_connected_is_given_back(
    app: App, clock: FakeClock, transport: CountingTransport
) -> None:
    assert connections.counted(transport, app.sessions, clock, None) is transport
    broken = FakeTransport(trouble=CROWDED)
    assert connections.counted(broken, app.sessions, clock, 1).connect() == CROWDED
    assert held(app) == {}


def test_no_other_letter_of_a_run_is_tried_once_a_server_asks_for_less(
    app: App, clock: FakeClock, transport: CountingTransport
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    transport.outcomes.append(CROWDED)
    send.send(replace(means(app), connections=1), limit=5)
    states = [each.state for each in steps.deliveries_of(app).values()]
    assert states.count(DeliveryState.QUEUED) == 4


def test_no_more_letters_are_claimed_than_the_rate_lets_leave(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    slow = means(app, rates=Rates(service=2 * SECOND), run_time=5 * SECOND)
    assert send.send(slow, limit=5) == 3
    due = {each.due_at for each in steps.deliveries_of(app).values() if not each.attempts}
    assert due == {min(due)}  # the others keep their turn
    assert send.send(slow, limit=5) == 0
    clock.advance(seconds=4)
    assert send.send(slow, limit=5) == 2
