"""Feed each reader of foreign input with mutated input: `python -m benchmarks.fuzz [TARGET ...]`.

    --seconds 80     in all, shared by the targets
    --seed 1         another one makes other cases
    --case 1234      this one alone, of one target: a finding again
    --out FOLDER     where the cases that were findings are kept

Each target runs in a process of its own, limited in memory and time. A finding is an error that
the reader is not documented to raise, a hang, a crash, or more memory than the limit. A case is
made out of the target's name, the seed and its number alone. Exits with 1 if there is a finding.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from benchmarks.fuzzing import targets
from benchmarks.fuzzing.mutator import mutated, zipped
from benchmarks.fuzzing.targets import Target

MEMORY: Final = 2 * 1024**3
"""Bytes of address space of a target's process."""

CASE_SECONDS: Final = 20.0
"""Processor time for one case: a busy machine takes longer by the clock."""

WAIT_SECONDS: Final = 600.0
"""After this long without a word, a process waits for something that will not come."""

REPACKED: Final = 0.8
"""How often a part of an archive is changed, and not the archive as a whole."""

MOST_FINDINGS: Final = 5
"""After this many, a target is left."""


class Hang(BaseException):
    """A case took too long."""


@dataclass(slots=True)
class Report:
    """What one target was fed, and what it did wrong."""

    cases: int = 0
    findings: list[tuple[int, str]] = field(default_factory=list)
    """The number of a case, and what happened."""
    slowest: tuple[float, int] = (0.0, 0)
    """Seconds, and the number of the case."""


def case(name: str, seed: int, number: int, target: Target) -> bytes:
    """Return the input of one case."""
    rng = random.Random(f"{name} {seed} {number}")  # noqa: S311 - to be made again, not to be secret
    if target.is_zip and rng.random() < REPACKED:
        return zipped(rng, rng.choice(target.seeds), target.words)
    return mutated(rng, target.seeds, target.words)


def tried(name: str, numbers: Iterator[int], seed: int, seconds: float, tell: Connection) -> None:
    """Feed one target, in a process of its own, and tell of each case before and after."""
    logging.disable(logging.CRITICAL)
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lasts
    with tempfile.TemporaryDirectory() as folder:
        target = targets.made(Path(folder))[name]()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGPROF, _hang)
        ends_at = time.monotonic() + seconds
        for number in numbers:
            content = case(name, seed, number, target)
            tell.send(("begun", number))
            began = time.monotonic()
            trouble = _trouble(target, content)
            tell.send(("done", number, time.monotonic() - began, trouble))
            if time.monotonic() > ends_at:
                break
    tell.send(("ended",))
    os._exit(0)  # servers' threads need no goodbye


def _hang(*_: object) -> None:
    raise Hang


def _trouble(target: Target, content: bytes) -> str:
    """Return what a reader did wrong, or nothing."""
    signal.setitimer(signal.ITIMER_PROF, CASE_SECONDS)
    try:
        target.work(content)
    except target.errors:
        return ""
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        return "".join(traceback.format_exception(error)[-12:])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def fuzzed(name: str, numbers: Iterator[int], seed: int, seconds: float) -> Report:
    """Feed one target for some seconds; a process that ends by itself is a finding, too."""
    report, ends_at = Report(), time.monotonic() + seconds
    while len(report.findings) < MOST_FINDINGS:
        hear, tell = multiprocessing.Pipe(duplex=False)
        left = max(0.5, ends_at - time.monotonic())
        child = multiprocessing.get_context("fork").Process(
            target=tried, args=(name, numbers, seed, left, tell), daemon=True
        )
        child.start()
        tell.close()
        has_ended, last = _followed(hear, report)
        child.kill()
        child.join()
        if has_ended:
            break
        report.findings.append((last, "its process ended or hung"))
        numbers = iter(range(last + 1, sys.maxsize))
    return report


def _followed(hear: Connection, report: Report) -> tuple[bool, int]:
    """Note what a process tells; return whether it came to its end, and the last case."""
    last = -1
    while said := _heard(hear):
        match said:
            case ("begun", int(number)):
                last = number
            case ("done", int(number), float(seconds), str(trouble)):
                report.cases += 1
                report.slowest = max(report.slowest, (seconds, number))
                if trouble:
                    report.findings.append((number, trouble))
                if len(report.findings) >= MOST_FINDINGS:
                    return True, last
            case _:
                return True, last
    return False, last


def _heard(hear: Connection) -> tuple[Any, ...] | None:
    try:
        return hear.recv() if hear.poll(WAIT_SECONDS) else None
    except EOFError:
        return None


def kept(out: Path | None, name: str, seed: int, report: Report) -> None:
    """Write the cases that were findings into a folder."""
    if out is None or not report.findings:
        return
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        target = targets.made(Path(folder))[name]()
        for number, _ in report.findings:
            (out / f"{name}-{seed}-{number}").write_bytes(case(name, seed, number, target))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = list(targets.made(Path()))
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names))
    parser.add_argument("--seconds", type=float, default=80.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(words)
    chosen = given.targets or names
    if unknown := set(chosen) - set(names):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    is_bad = False
    for name in chosen:
        numbers = iter(range(sys.maxsize)) if given.case is None else iter([given.case])
        report = fuzzed(name, numbers, given.seed, given.seconds / len(chosen))
        print(
            f"{name:12} {report.cases:8} cases, slowest {report.slowest[0]:6.2f} s "
            f"(case {report.slowest[1]}), {len(report.findings)} findings",
            flush=True,
        )
        for number, what in report.findings:
            print(f"--- {name} --seed {given.seed} --case {number}\n{what}", flush=True)
        kept(given.out, name, given.seed, report)
        is_bad = is_bad or bool(report.findings)
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
