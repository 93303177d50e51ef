"""Being asked to stop: by the service that runs us, by Ctrl-C, or by a terminal that closes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

ASKED_TO_STOP: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def on_stop(call: Callable[[], object]) -> Iterator[None]:
    """Make the block call `call` each time that the process is asked to stop.

    `call` runs between two steps of the main thread, so it should only leave word.
    """
    before = {number: signal.signal(number, lambda *_: call()) for number in ASKED_TO_STOP}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
