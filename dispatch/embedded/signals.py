"""Be asked to stop: by the service manager, by Ctrl-C, or by a terminal that closes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

ASKED_TO_STOP: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def on_stop(call: Callable[[], object]) -> Iterator[None]:
    """Call `call` each time that the process is asked to stop during the block.

    It runs in a signal handler, between two steps of the main thread, so it should only set a flag
    or put something into a queue.
    """
    before = {number: signal.signal(number, lambda *_: call()) for number in ASKED_TO_STOP}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
