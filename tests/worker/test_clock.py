from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from dispatch.worker import clock
from dispatch.worker import clock as module
from dispatch.worker.clock import LONGEST_SLEEP, Clock
from dispatch.worker.trouble import Troubles

ENTRY = SimpleNamespace(task="tick")


class Watch:
    """What the clock counts seconds by, and nobody can set."""

    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(module, "time", made)
    return made


def clock_of(tick: Callable[[], None], **every: float) -> Clock:
    """A clock of an app that has one task; a second Celery app would disturb the first."""
    app = SimpleNamespace(
        tasks={"tick": tick},
        conf=SimpleNamespace(beat_max_loop_interval=0, beat_sync_every=0),
        amqp=SimpleNamespace(Producer=None),
    )
    clock = Clock(app, lazy=True)
    for name, seconds in every.items():
        schedule = SimpleNamespace(seconds=seconds)
        clock.schedule[name] = SimpleNamespace(task="tick", schedule=schedule)
    return clock


def test_the_clock_ticks_by_itself_and_needs_no_broker() -> None:
    ticks: list[int] = []
    clock = clock_of(lambda: ticks.append(1))
    clock.apply_entry(ENTRY, producer=clock.producer)
    assert (ticks, clock.producer) == ([1], None)


def test_a_tick_that_fails_is_logged_and_the_clock_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "TROUBLES", Troubles())

    def fail() -> None:
        raise PermissionError("the disk")

    with capture_logs() as logs:
        clock_of(fail).apply_entry(ENTRY)
        clock_of(fail).apply_entry(ENTRY)
    [line] = logs
    assert (line["task"], line["trouble"]) == ("tick", "PermissionError")


def test_asked_to_stop_it_finishes_what_it_does_and_no_more() -> None:
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        made.ask_to_stop()

    made = clock_of(tick, one=1, other=1)
    with pytest.raises(SystemExit):
        made.tick()
    assert ticks == [1]
    with pytest.raises(SystemExit):
        made.ask_to_stop()


@pytest.mark.parametrize(
    ("after", "ticks", "sleep"),
    [
        ((), 1, 1.0),
        ((0.25,), 1, 0.75),
        ((0.25, 0.75), 2, 1.0),
        ((5.0,), 2, 1.0),  # what was missed is not made up for
        ((1.5, 0.5, 0.5), 3, 1.0),
    ],
)
def test_the_clock_counts_seconds_that_nobody_can_set(
    watch: Watch, after: tuple[float, ...], ticks: int, sleep: float
) -> None:
    ran: list[float] = []
    clock = clock_of(lambda: ran.append(watch.seconds), one=1.0)
    slept = clock.tick()
    for seconds in after:
        watch.seconds += seconds
        slept = clock.tick()
    assert (len(ran), slept) == (ticks, sleep)


def test_the_clock_never_sleeps_long_at_once(watch: Watch) -> None:
    assert watch.monotonic()
    assert clock_of(lambda: None).tick() == LONGEST_SLEEP
    assert clock_of(lambda: None, one=3600.0).tick() == LONGEST_SLEEP
