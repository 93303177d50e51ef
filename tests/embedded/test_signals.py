from __future__ import annotations

import os
import signal

import pytest

from dispatch.embedded.signals import on_stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_stop_makes_the_call_and_nothing_else(number: signal.Signals) -> None:
    calls: list[str] = []
    before = signal.getsignal(number)

    with on_stop(lambda: calls.append("asked")):
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    assert calls == ["asked", "asked"]
    assert signal.getsignal(number) == before
