"""The yardstick: `smtplib` and nothing else, over as many reused connections as it is given."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
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


def _send(port: int, size: int, numbers: Sequence[int], lines: int) -> Span:
    """Send letters that lie ready, once every other process has its own ready, too.

    Each connection has a thread of its own and its share of the letters.
    """
    at = datetime.now(UTC)  # noqa: TID251
    made = [population.letter(number, size) for number in numbers]
    messages = [(each.recipient.address, each.message(uuid4(), at)) for each in made]
    with ExitStack() as stack, ThreadPoolExecutor(lines) as pool:
        open_ = [stack.enter_context(smtplib.SMTP("127.0.0.1", port)) for _ in range(lines)]
        shares = [messages[start::lines] for start in range(lines)]
        _barrier.wait()
        began, cpu = time.monotonic(), time.process_time()
        list(pool.map(_send_over, open_, shares))
        return began, time.monotonic(), time.process_time() - cpu


def _send_over(smtp: smtplib.SMTP, messages: Sequence[tuple[str, bytes]]) -> None:
    for address, message in messages:
        smtp.sendmail("bounces@ombudsman.example", [address], message)


def send(port: int, size: int, count: int, lines: int = 1) -> tuple[float, float]:
    """Send `count` letters over so many connections of each process.

    Returns the seconds taken and the processor time of all processes.
    """
    context = get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    shares = [(port, size, range(first, count, PROCESSES), lines) for first in range(PROCESSES)]
    with context.Pool(PROCESSES, initializer=_meet, initargs=(barrier,)) as pool:
        spans = pool.starmap(_send, shares, chunksize=1)
    seconds = max(ended for _, ended, _ in spans) - min(began for began, _, _ in spans)
    return seconds, sum(cpu for _, _, cpu in spans)
