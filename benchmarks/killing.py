"""Programs that are killed at random moments and started again after a short pause.

They are killed with SIGKILL, which no program can prepare for, and started again as systemd does
it: what a killed program left behind is killed, too, before it comes back.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from benchmarks import gauge, ground

KILLS: Final = {"worker": 7, "child": 8, "clock": 5, "broker": 5, "wipe": 3, "sink": 7}
"""How often each kind comes in a full run. A wipe takes the broker's data with it."""

FULL: Final = 2000
"""Deliveries of a full run."""

FEWEST: Final = 2
"""Times that each kind comes, however short the run."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 1.5
LATEST_SECONDS: Final = 0.3
"""How long after its cue a kill may come, so that it hits any point of the work."""

START_SECONDS: Final = 10.0
"""How long a worker may take to start on a busy machine."""

GAVE_UP: Final = "Could not start worker processes"
"""What Celery says if a child is killed before it has begun: it leaves that to its manager."""

SINK: Final = Path(__file__).with_name("counting_sink.py")

PORTS: Final = range(20_000, 32_000)
"""Below those that the kernel gives to clients: a server that is away finds its own still free."""


def lasting_port() -> int:
    """Return a free port that is still free when its server comes back."""
    for port in Random().sample(PORTS, len(PORTS)):  # noqa: S311
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")


@contextmanager
def broker(folder: Path, port: int) -> Iterator[ground.Server]:
    """Run a Redis that keeps what it has been told, in its folder."""
    folder.mkdir(exist_ok=True)
    program = shutil.which("redis-server") or "valkey-server"
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
    keeping = ["--appendonly", "yes", "--save", ""]
    with ground.running([*words, *keeping], folder) as (process, log):
        ground.wait_until(lambda: ground.is_listening(port), "the broker listens")
        yield ground.Server(f"redis://127.0.0.1:{port}/0", process, log)


@contextmanager
def sink(folder: Path, port: int, file: Path, seed: str) -> Iterator[ground.Server]:
    """Run the sink, which after each start has other moods than before."""
    folder.mkdir(exist_ok=True)
    words = [sys.executable, SINK, port, file, f"{seed} {len(list(folder.iterdir()))}"]
    with ground.running([str(word) for word in words], folder) as (process, log):
        ground.wait_until(lambda: ground.is_listening(port), "the mail server listens")
        yield ground.Server(f"smtp://127.0.0.1:{port}", process, log)


def maildir(folder: Path) -> Path:
    """Make an empty Maildir: that nothing came back can be told from it."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(slots=True)
class Part:
    """One program, with all that its runs have printed."""

    name: str
    start: Callable[[], AbstractContextManager[ground.Server]]
    logs: list[Path] = field(default_factory=list)
    back_at: float | None = 0.0
    """When it is to be started, by `time.monotonic`; None while it runs."""
    since: int = 0
    """How many deliveries had come to something when it was started."""
    started_at: float = 0.0
    _run: ExitStack = field(default_factory=ExitStack)
    _server: ground.Server | None = None

    @property
    def is_up(self) -> bool:
        return self.back_at is None

    @property
    def server(self) -> ground.Server:
        assert self._server
        return self._server

    @property
    def pid(self) -> int:
        return self.server.process.pid

    def wait(self) -> None:
        """Wait until its first process has ended."""
        self.server.process.wait(ground.GRACE_SECONDS)

    def come_back(self, progress: int) -> None:
        self.close()
        self.since, self.started_at = progress, time.monotonic()
        self._server = self._run.enter_context(self.start())
        self.logs.append(self._server.log)
        self.back_at = None

    def is_at_work(self, progress: int) -> bool:
        """Whether something has come since it was started, or would have if there were anything."""
        return progress > self.since or time.monotonic() - self.started_at > START_SECONDS

    def kill(self) -> None:
        """Kill its first process only: what becomes of the others is seen until it comes back."""
        assert self._server
        self._server.process.kill()
        self._server.process.wait()

    def status(self) -> int | None:
        """Return what it ended with, though nobody killed it; None while it runs."""
        return self._server.process.poll() if self._server and self.is_up else None

    def close(self) -> None:
        self._run.close()


@dataclass(frozen=True, slots=True)
class Cue:
    """A kill, and after how many deliveries it is to come."""

    kind: str
    after: float


def plan(random: Random, count: int) -> list[Cue]:
    """Spread kills of every kind over a run of `count` deliveries."""
    times = {kind: max(FEWEST, round(full * count / FULL)) for kind, full in KILLS.items()}
    kinds = [kind for kind, number in times.items() for _ in range(number)]
    random.shuffle(kinds)
    step = count / (len(kinds) + 1)
    return [Cue(kind, step * (number + random.random())) for number, kind in enumerate(kinds)]


class Killer:
    """Goes by a plan, and brings back what it has killed."""

    def __init__(self, parts: Sequence[Part], cues: Sequence[Cue], random: Random) -> None:
        self.parts = {part.name: part for part in parts}
        self.cues = list(cues)
        self.random = random
        self.kills: Counter[str] = Counter()
        self.given_up = 0
        self.faults: list[str] = []
        self._strikes_at: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether all is killed that is to be, and all is back."""
        return not self.cues and all(part.is_up for part in self.parts.values())

    def look(self, progress: int) -> None:
        """Do what is due once so many deliveries have come so far."""
        now = time.monotonic()
        for part in self.parts.values():
            if part.back_at is not None and part.back_at <= now:
                part.come_back(progress)
            if (status := part.status()) is not None:
                self._note_ending(part, status)
                part.back_at = now
        if not self.cues or progress < self.cues[0].after:
            return
        if self._strikes_at is None:
            self._strikes_at = now + self.random.random() * LATEST_SECONDS
        if self._strikes_at <= now and self._strike(self.cues[0].kind, progress):
            self.kills[self.cues.pop(0).kind] += 1
            self._strikes_at = None

    def _note_ending(self, part: Part, status: int) -> None:
        """Hold it against a program that it ended by itself, unless it had lost a child."""
        if GAVE_UP in part.logs[-1].read_text(errors="replace"):
            self.given_up += 1
        else:
            self.faults.append(f"the {part.name} ended by itself, with status {status}")

    def _strike(self, kind: str, progress: int) -> bool:
        """Kill, unless there is nothing to be killed yet."""
        part = self.parts[{"child": "worker", "wipe": "broker"}.get(kind, kind)]
        if not part.is_up:
            return False
        if kind == "child":
            children = gauge.family(part.pid)[1:] if part.is_at_work(progress) else []
            if children:
                os.kill(self.random.choice(children), signal.SIGKILL)
            return bool(children)
        part.kill()
        if kind == "wipe":
            shutil.rmtree(part.logs[-1].parent / "appendonlydir")
        part.back_at = time.monotonic() + self.random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE)
        return True
