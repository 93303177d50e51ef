"""The yardstick: `smtplib` and nothing else, one reused connection in each process."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier as BarrierType
from uuid import uuid4

from benchmarks import population

PROCESSES = 2

Span = tuple[float, float, float]
"""When it began and ended by the monotonic clock, and the processor time in between."""

_barrier: BarrierType


def _meet(barrier: BarrierType) -> None:
    global _barrier  # noqa: PLW0603 - a pool hands things to its processes in no other way
    _barrier = barrier


def _send(port: int, size: int, numbers: Sequence[int]) -> Span:
    """Send letters that lie ready, once every other process has its own ready, too."""
    at = datetime.now(UTC)  # noqa: TID251
    made = [population.letter(number, size) for number in numbers]
    messages = [(each.recipient.address, each.message(uuid4(), at)) for each in made]
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        _barrier.wait()
        began, cpu = time.monotonic(), time.process_time()
        for address, message in messages:
            smtp.sendmail("bounces@ombudsman.example", [address], message)
        return began, time.monotonic(), time.process_time() - cpu


def send(port: int, size: int, count: int) -> tuple[float, float]:
    """Send `count` letters; return the seconds taken and the processor time of all processes."""
    context = get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    shares = [(port, size, range(start, count, PROCESSES)) for start in range(PROCESSES)]
    with context.Pool(PROCESSES, initializer=_meet, initargs=(barrier,)) as pool:
        spans = pool.starmap(_send, shares, chunksize=1)
    seconds = max(ended for _, ended, _ in spans) - min(began for began, _, _ in spans)
    return seconds, sum(cpu for _, _, cpu in spans)
