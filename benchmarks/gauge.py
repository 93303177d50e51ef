"""What programs cost while something is measured: processor time and memory, from Linux's /proc."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

TICKS: Final = os.sysconf("SC_CLK_TCK")
MIB: Final = 1024
"""KiB, as /proc counts."""


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for member in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{member}/task").iterdir():
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, its descendants and those that have ended."""
    total = 0
    for member in family(pid):
        with suppress(OSError):
            # After the program's name, which may hold anything: fields 14 to 17 of proc(5).
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS


@contextmanager
def cpu_of(processes: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Yield a dict that holds, after the block, the seconds that each family spent in it."""
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    spent: dict[str, float] = {}
    yield spent
    spent.update({name: cpu_seconds(pid) - before[name] for name, pid in processes.items()})


@dataclass(slots=True)
class Memory:
    """How much memory one process took at most, in MiB."""

    rss: float = 0.0
    """As the kernel counts it: with all that it shares, as after a fork, in full."""
    pss: float = 0.0
    """With each shared page divided by those who share it."""

    def __str__(self) -> str:
        return f"{self.rss:.0f} MB (PSS {self.pss:.0f})"


def memory(pid: int) -> Memory:
    """Return the most that a process has taken (RSS), and what it takes now (PSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    shares = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return Memory(_field(status, "VmHWM:") / MIB, _field(shares, "Pss:") / MIB)


def _field(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))


@dataclass(slots=True)
class MemoryWatch:
    """The peaks of a family of processes over a `with` block, looked at twice a second."""

    pid: int
    peaks: dict[int, Memory] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        assert self._thread
        self._thread.join()
        self.look()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.look()

    def look(self) -> None:
        """Note each process's memory now."""
        for pid in family(self.pid):
            with suppress(OSError, StopIteration):  # it has just ended
                now = memory(pid)
                peak = self.peaks.setdefault(pid, Memory())
                peak.rss, peak.pss = max(peak.rss, now.rss), max(peak.pss, now.pss)

    def children(self) -> list[Memory]:
        """Return the peaks of all but the first process, which only watches over them."""
        return [peak for pid, peak in sorted(self.peaks.items()) if pid != self.pid]


def largest(peaks: Iterable[Memory]) -> Memory:
    return max(peaks, key=lambda peak: peak.rss, default=Memory())
