from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from tests.patience import HANG_SECONDS


@pytest.fixture
def in_background() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Run something in a thread that has ended by the end of the test."""
    threads: list[Thread] = []

    def start(work: Callable[[], object]) -> None:
        threads.append(Thread(target=work, daemon=True))
        threads[-1].start()

    yield start
    for each in threads:
        each.join(HANG_SECONDS)
