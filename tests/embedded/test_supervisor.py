from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from dispatch.embedded.supervisor import supervise
from tests.embedded.processes import eventually, is_free, python, start

LONG = 60.0
ENVIRON = {"PATH": os.defpath}

ASK = "import os, signal; os.kill(os.getppid(), signal.SIGTERM)"
SLEEP = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {ASK}; {SLEEP}"
ASK_AGAIN = f"""
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getppid(), signal.SIGTERM))
{ASK}
while True:
    time.sleep(0.01)  # not `pause`: a signal that comes just before it would wait for another
"""
HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("holding", flush=True)
time.sleep(600)
"""
LEAVE_ONE_BEHIND = f"""
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", {HOLD!r}, sys.argv[1]], stdout=subprocess.PIPE)
left.stdout.readline()
"""
SUPERVISE = """
import os, sys
from dispatch.embedded.supervisor import supervise
supervise({"holder": sys.argv[1:]}, environ=os.environ, out=sys.stdout)
"""


def run(*, grace_seconds: float = LONG, **commands: Sequence[str]) -> tuple[int, str]:
    out = io.StringIO()
    code = supervise(commands, environ=ENVIRON, out=out, grace_seconds=grace_seconds)
    return code, out.getvalue()


def test_each_line_says_which_program_it_is_from() -> None:
    source = "import sys; print('one'); print('two', file=sys.stderr); sys.stdout.write('last')"

    _, printed = run(web=python("-c", source), worker=python("-c", SLEEP))

    lines = printed.splitlines()
    assert {"web    | one", "web    | two", "web    | last"} <= set(lines)
    assert "worker | ended with code -15" in lines


def test_when_one_ends_all_end_with_its_code() -> None:
    code, printed = run(web=python("-c", "exit(3)"), worker=python("-c", SLEEP))

    assert code == 3
    assert "web    | ended with code 3" in printed


@pytest.mark.parametrize(
    ("source", "code"),
    [("pass", 1), ("import os; os.kill(os.getpid(), 9)", 128 + 9)],
    ids=["by itself, content", "killed"],
)
def test_an_end_that_nobody_asked_for_is_a_failure(source: str, code: int) -> None:
    assert run(web=python("-c", source), worker=python("-c", SLEEP))[0] == code


def test_asked_to_stop_it_ends_all_and_is_content() -> None:
    code, printed = run(web=python("-c", SLEEP), worker=python("-c", f"{ASK}; {SLEEP}"))

    assert code == 0
    assert printed.count("ended with code -15") == 2


def test_what_does_not_end_in_time_is_killed() -> None:
    code, printed = run(stubborn=python("-c", STUBBORN), grace_seconds=0.1)

    assert code == 0
    assert "ended with code -9" in printed


def test_who_asks_twice_does_not_wait() -> None:
    code, printed = run(stubborn=python("-c", ASK_AGAIN))

    assert code == 0
    assert "ended with code -9" in printed


def test_what_a_program_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    run(careless=python("-c", LEAVE_ONE_BEHIND, tmp_path / "lock"))

    assert eventually(lambda: is_free(tmp_path / "lock"))


def test_programs_end_even_if_the_supervisor_is_killed(tmp_path: Path) -> None:
    with start(python("-c", SUPERVISE, *python("-c", HOLD, tmp_path / "lock"))) as supervisor:
        assert supervisor.stdout
        for line in supervisor.stdout:
            if "holding" in line:
                break
        assert not is_free(tmp_path / "lock")
        supervisor.send_signal(signal.SIGKILL)

    assert eventually(lambda: is_free(tmp_path / "lock"))


def test_a_program_that_is_not_there_ends_all_and_is_named() -> None:
    code, printed = run(web=["no-such-program"], worker=python("-c", SLEEP))

    assert code == 1
    assert "web    | no-such-program: No such file or directory" in printed


class Closed(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def test_when_nobody_reads_the_output_it_stops() -> None:
    commands = {"web": python("-c", SLEEP)}

    assert supervise(commands, environ=ENVIRON, out=Closed(), grace_seconds=LONG) == 0
