from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from dispatch.domain.errors import Unavailable
from dispatch.embedded import supervisor
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
    code = supervise(commands, environ=ENVIRON, out=out, grace_seconds=grace_seconds, waits=[0])
    return code, out.getvalue()


def test_each_line_is_an_object_if_the_log_is_to_be_json() -> None:
    out = io.StringIO()
    environ = {"DISPATCH_LOG_FORMAT": "json"}
    for line in ('{"event": "tick", "released": []}', "The pages are at http://x", '{"a', "[1]"):
        supervisor.write(out, environ, "web   ", line)
    found = [json.loads(each) for each in out.getvalue().splitlines()]
    assert found[0] == {"process": "web", "event": "tick", "released": []}
    assert [each["event"] for each in found[1:]] == ["The pages are at http://x", '{"a', "[1]"]
    assert {each["process"] for each in found} == {"web"}
    assert {each["level"] for each in found[1:]} == {"info"}


def test_each_line_says_which_program_it_is_from() -> None:
    source = "import sys; print('one'); print('two', file=sys.stderr); sys.stdout.write('last')"

    source = f"{source}; sys.stdout.flush(); {ASK}; {SLEEP}"
    _, printed = run(web=python("-c", source), worker=python("-c", SLEEP))

    lines = printed.splitlines()
    assert {"web    | one", "web    | two", "web    | last"} <= set(lines)
    assert "worker | ended with code -15" in lines


@pytest.mark.parametrize(
    "source",
    ["exit(3)", "pass", "import os; os.kill(os.getpid(), 9)"],
    ids=["", "content", "killed"],
)
def test_what_ends_is_started_again_and_the_others_go_on(tmp_path: Path, source: str) -> None:
    second = f"""
import os, pathlib, signal
if pathlib.Path(r"{tmp_path}/been").exists():
    os.kill(os.getppid(), signal.SIGTERM)
    import time; time.sleep(600)
pathlib.Path(r"{tmp_path}/been").touch()
{source}
"""
    code, printed = run(web=python("-c", second), worker=python("-c", SLEEP))

    assert code == 0
    assert printed.count("web    | started as process") == 2
    assert printed.count("worker | started as process") == 1
    assert "web    | ended by itself; it is started again in 0 s" in printed
    assert printed.index("ended by itself") < printed.index("worker | ended with code -15")


def test_what_ends_each_time_at_once_is_told_with_its_last_lines(tmp_path: Path) -> None:
    count = tmp_path / "count"
    source = f"""
import os, pathlib, signal
count = pathlib.Path(r"{count}")
count.write_text(count.read_text() + "x" if count.exists() else "x")
if len(count.read_text()) == 4:
    os.kill(os.getppid(), signal.SIGTERM)
print("the port is taken")
"""
    code, printed = run(web=python("-c", source))

    assert code == 0
    assert "web | ended by itself, 3 times in a row; it is started again in 0 s" in printed
    assert "web | its last lines: the port is taken" in printed


def test_what_the_programs_need_is_checked_and_trouble_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "CHECK_SECONDS", 0.01)
    checks = []

    def check() -> None:
        checks.append(1)
        if len(checks) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        raise Unavailable("the broker does not start")

    out = io.StringIO()
    commands = {"worker": python("-c", SLEEP)}
    assert supervise(commands, environ=ENVIRON, out=out, check=check, grace_seconds=LONG) == 0
    assert out.getvalue().count("run    | the broker does not start") == 1


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
    run(careless=python("-c", f"{LEAVE_ONE_BEHIND}\n{ASK}", tmp_path / "lock"))

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


def test_a_program_that_is_not_there_is_named() -> None:
    out = Asking("no-such-program: No such file or directory")
    commands = {"web": ["no-such-program"], "worker": python("-c", SLEEP)}
    assert supervise(commands, environ=ENVIRON, out=out, grace_seconds=LONG) == 0
    assert f"web    | {out.text}" in out.getvalue()


class Asking(io.StringIO):
    """An output that asks to stop as soon as it is told a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def write(self, text: str, /) -> int:
        if self.text in text:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().write(text)


class Closed(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def test_when_nobody_reads_the_output_it_stops() -> None:
    commands = {"web": python("-c", SLEEP)}

    assert supervise(commands, environ=ENVIRON, out=Closed(), grace_seconds=LONG) == 0
