from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import gevent
import pytest
from gevent.event import Event

from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.outgoing.pool import LONGEST_SECONDS, ConnectionPool, SimpleQueue, gathered
from dispatch.mail.outgoing.transport import Connection
from tests.fakes import FakeLine, FakeTransport, Meeting

NO_LINE = Outcome(Verdict.DEFERRED, trouble="too many lines from you")
SECONDS = 10.0
"""Within which whatever is awaited comes: only a fault takes longer."""


@dataclass
class Exchange:
    """A server that lets only so many lines be open at a time."""

    allowed: int = 100
    calls: int = 0
    """How often it was asked for a line."""
    open: list[Connection] = field(default_factory=list)
    closed: list[Connection] = field(default_factory=list)
    address: str = "mail.test:25"

    def connect(self) -> Connection | Outcome:
        self.calls += 1
        if len(self.open) >= self.allowed:
            return NO_LINE
        line = ExchangeLine(FakeTransport(), exchange=self)
        self.open.append(line)
        return line


@dataclass(eq=False)
class ExchangeLine(FakeLine):
    exchange: Exchange = field(default_factory=Exchange)

    def close(self) -> None:
        super().close()
        self.exchange.open.remove(self)
        self.exchange.closed.append(self)


Work = Callable[[int, Connection | Outcome], None]


@dataclass
class Log:
    """What was worked, and with which line or for want of which."""

    done: list[tuple[int, Connection | Outcome]] = field(default_factory=list)

    def note(self, job: int, line: Connection | Outcome) -> None:
        self.done.append((job, line))

    def wait_for(self, count: int) -> None:
        with gevent.Timeout(SECONDS):
            while len(self.done) < count:
                gevent.sleep(0)

    @property
    def jobs(self) -> list[int]:
        return sorted(job for job, _ in self.done)

    @property
    def lines(self) -> list[Connection]:
        return [line for _, line in self.done if not isinstance(line, Outcome)]


@contextmanager
def pool_of(size: int, exchange: Exchange, work: Work) -> Iterator[ConnectionPool[int]]:
    pool = ConnectionPool(exchange, size, work)
    yield pool
    pool.close()


def test_as_many_jobs_as_there_are_lines_go_at_once_each_over_its_own() -> None:
    exchange, log, meeting = Exchange(), Log(), Meeting(3)

    def work(job: int, line: Connection | Outcome) -> None:
        meeting.wait()  # passes only if three are here at once
        log.note(job, line)

    with pool_of(3, exchange, work) as pool:
        for job in range(3):
            pool.submit(job)

    assert log.jobs == [0, 1, 2]
    assert len(set(map(id, log.lines))) == 3


def test_every_job_is_worked_once_however_many_there_are() -> None:
    exchange, log = Exchange(), Log()
    with pool_of(4, exchange, log.note) as pool:
        for job in range(200):
            pool.submit(job)
        log.wait_for(200)

    assert log.jobs == list(range(200))
    assert exchange.calls <= 4


def test_jobs_wait_until_somebody_is_free() -> None:
    log, at_work, may_go = Log(), Event(), Event()

    def work(job: int, line: Connection | Outcome) -> None:
        at_work.set()
        assert may_go.wait(SECONDS)
        log.note(job, line)

    with pool_of(1, Exchange(), work) as pool:
        assert pool.waiting == 0
        for job in range(3):
            pool.submit(job)
        assert at_work.wait(SECONDS)
        assert pool.waiting == 2
        may_go.set()
        log.wait_for(3)
        assert pool.waiting == 0


def test_the_lines_are_closed_at_the_end_and_not_before() -> None:
    exchange, log = Exchange(), Log()
    with pool_of(2, exchange, log.note) as pool:
        for job in range(10):
            pool.submit(job)
        log.wait_for(10)
        assert not exchange.closed

    assert not exchange.open
    assert len(exchange.closed) == exchange.calls


def test_a_pool_without_work_calls_nobody() -> None:
    exchange = Exchange()
    with pool_of(4, exchange, Log().note):
        pass
    assert exchange.calls == 0


def test_a_server_that_allows_fewer_lines_costs_no_letter() -> None:
    exchange, log, meeting = Exchange(allowed=2), Log(), Meeting(2)

    def work(job: int, line: Connection | Outcome) -> None:
        meeting.wait()  # both lines are open, and no third
        log.note(job, line)

    with pool_of(5, exchange, work) as pool:
        for job in range(40):
            pool.submit(job)
        log.wait_for(40)

    assert log.jobs == list(range(40))
    assert len(log.lines) == 40
    assert exchange.calls <= 5  # each of them gave up after one call


def test_no_server_at_all_is_asked_once_and_is_trouble_for_every_job() -> None:
    exchange, log = Exchange(allowed=0), Log()
    with pool_of(4, exchange, log.note) as pool:
        for job in range(20):
            pool.submit(job)
        log.wait_for(20)

    assert log.jobs == list(range(20))
    assert Counter(found == NO_LINE for _, found in log.done) == {True: 20}
    assert exchange.calls == 1


def test_a_line_that_is_used_up_is_replaced_and_closed() -> None:
    exchange, log = Exchange(), Log()

    def use_up(job: int, line: Connection | Outcome) -> None:
        assert isinstance(line, ExchangeLine)
        assert len(exchange.open) == 1
        line.is_usable = False
        log.note(job, line)

    with pool_of(1, exchange, use_up) as pool:
        for job in range(5):
            pool.submit(job)
        log.wait_for(5)

    assert len(set(map(id, log.lines))) == exchange.calls == 5
    assert not exchange.open


def test_a_line_that_falls_and_cannot_be_had_again_leaves_its_jobs_to_the_others() -> None:
    exchange, log, meeting = Exchange(allowed=2), Log(), Meeting(2)

    def work(job: int, line: Connection | Outcome) -> None:
        if job < 2:
            meeting.wait()  # so that each has one of the first two
        if job == 0:
            assert isinstance(line, ExchangeLine)
            line.is_usable = False
            exchange.allowed = 1
        log.note(job, line)

    with pool_of(2, exchange, work) as pool:
        for job in range(2):
            pool.submit(job)
        log.wait_for(2)
        for job in range(2, 20):
            pool.submit(job)
        log.wait_for(20)
        [fallen] = [line for job, line in log.done if job == 0]
        [alive] = [line for job, line in log.done if job == 1]

    assert log.jobs == list(range(20))
    assert {id(line) for job, line in log.done if job > 1} == {id(alive)}
    assert fallen in exchange.closed


def test_when_the_last_line_falls_for_good_the_rest_is_told_so_after_one_more_call() -> None:
    exchange, log = Exchange(allowed=1), Log()

    def work(job: int, line: Connection | Outcome) -> None:
        if job == 0:
            assert isinstance(line, ExchangeLine)
            line.is_usable = False
            exchange.allowed = 0
        log.note(job, line)

    with pool_of(1, exchange, work) as pool:
        for job in range(6):
            pool.submit(job)
        log.wait_for(6)

    assert log.jobs == list(range(6))
    assert [found for job, found in log.done if job] == [NO_LINE] * 5
    assert exchange.calls == 2


def test_a_call_that_goes_wrong_as_nobody_foresaw_is_trouble_and_loses_no_job() -> None:
    log = Log()

    class Broken(Exchange):
        def connect(self) -> Connection | Outcome:
            raise LookupError("no such port file")

    with pool_of(2, Broken(), log.note) as pool:
        for job in range(4):
            pool.submit(job)

    assert log.jobs == list(range(4))
    assert not log.lines
    found = log.done[0][1]
    assert isinstance(found, Outcome)
    assert found.verdict is Verdict.DEFERRED
    assert "no such port file" in str(found)


def urgent(job: int) -> bool:
    return job > 0


def filled(*jobs: int) -> SimpleQueue[int]:
    queue: SimpleQueue[int] = SimpleQueue()
    for job in jobs:
        queue.put(job)
    return queue


@pytest.mark.parametrize("enough", [1, 2, 3, 9])
def test_all_that_is_there_is_gathered_whatever_would_be_enough(enough: int) -> None:
    assert list(gathered(filled(1, 0, 2, 0, 3), enough, urgent)) == [1, 0, 2, 0, 3]


def test_gathering_waits_for_the_first_however_long_that_takes() -> None:
    queue = filled()
    found: list[int] = []
    gathering = gevent.spawn(lambda: found.extend(gathered(queue, 8, urgent)))
    gathering.join(10 * LONGEST_SECONDS)
    assert not gathering.dead
    queue.put(0)
    gathering.join(SECONDS)
    assert found == [0]
