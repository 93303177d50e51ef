from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dispatch.domain.errors import RuleBroken
from dispatch.embedded.home import held
from tests.embedded.processes import python, start

HOLD = """
import sys, time
from pathlib import Path
from dispatch.embedded.home import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_home_is_held_by_one_process_and_the_next_is_told_which(tmp_path: Path) -> None:
    with (
        held(tmp_path),
        pytest.raises(RuleBroken, match=rf"process {os.getpid()}\b.*DISPATCH_HOME"),
        held(tmp_path),
    ):
        pass


def test_it_is_free_again_when_the_block_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with held(tmp_path):
            assert (tmp_path / "run.lock").read_text() == f"{os.getpid()}\n"


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with start(python("-c", HOLD, tmp_path)) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RuleBroken, match=str(holder.pid)), held(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    with held(tmp_path):
        pass
