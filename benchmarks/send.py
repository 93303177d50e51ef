"""How fast prepared letters leave, beside bare `smtplib` and django-post_office.

`python benchmarks/send.py`: two processes each, to a mail server on loopback that keeps nothing;
`--quick` for a look, `--memory 20000` for memory alone. What is compared takes turns, since the
machine's mood changes, and shares are of the same turn. PostgreSQL and SQLite keep their promise
to write to the disk. `.ci/benchmarks` installs what this needs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Final

from benchmarks import gauge, population, trials
from benchmarks.sqlite_limits import explain
from benchmarks.trials import Trial, Yard
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState

SMALL, LARGE = 10_000, 100_000
"""Octets of a message on the wire: a note, and a note with a PDF of 69 kB as Typst makes it."""

MOST_MEMORY_MB: Final = 200
SHOWN_EVERY: Final = 1000

BARE, BARE_LINES = "bare smtplib", "bare smtplib, 24 connections"
POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"
AHEAD, MANY_LINES = "PostgreSQL, 50 marked ahead", "PostgreSQL, 24 connections"
POST_OFFICE, POST_OFFICE_TUNED = "post_office", "post_office, batch 5000"

LINES: Final = 24
"""Connections of each process on PostgreSQL: as many letters can share a commit, and two processes
have fewer than a Postfix lets one client have (50)."""

LINES_IN_ALL: Final = 24
"""Connections of both processes to a mail server that answers late."""

Run = Callable[[Yard, int], Trial]
"""A trial with so many letters."""

Rounds = Sequence[Mapping[str, Trial]]
"""Each way's trial, by its name, for each turn."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked of a way: so many times another's rate, or without one so many letters."""

    way: str
    least: float
    beside: str = ""

    def judged(self, rounds: Rounds) -> str:
        """Return what was reached, the median over the turns, and what was asked for."""
        own = [turn[self.way].rate for turn in rounds]
        other = [turn[self.beside].rate if self.beside else 1 for turn in rounds]
        reached = median(mine / its for mine, its in zip(own, other, strict=True))
        verdict = "met" if reached >= self.least else "MISSED"
        if not self.beside:
            came_to, asked = f"{reached:,.0f} letters/s", f"{self.least:g}"
        elif self.least < 1:
            came_to, asked = f"{reached:.0%} of {self.beside}", f"{self.least:.0%}"
        else:
            came_to, asked = f"{reached:,.1f} times {self.beside}", f"{self.least:g}"
        return f"  {verdict:7} {self.way}: {came_to}, asked for {asked}"


@dataclass(frozen=True, slots=True)
class Heat:
    """Ways that are compared: the same letters to the same kind of mail server."""

    title: str
    size: int
    count: int
    ways: Mapping[str, Run]
    bars: Sequence[Bar]


def heats() -> dict[str, Heat]:
    """Return all that is compared."""
    small = [
        Bar(POSTGRESQL, 0.50, BARE),
        Bar(POSTGRESQL, 2, POST_OFFICE),
        Bar(AHEAD, 1, POSTGRESQL),
        Bar(SQLITE, 0.75, POSTGRESQL),
    ]
    large = [Bar(POSTGRESQL, 0.85, BARE), Bar(POSTGRESQL, 4, POST_OFFICE)]
    each = LINES_IN_ALL // trials.PROCESSES
    bare = partial(trials.smtplib, size=SMALL, delay_ms=20)
    many = partial(trials.dispatch, kind="postgresql", size=SMALL, delay_ms=20, connections=each)
    late = {BARE: bare, BARE_LINES: partial(bare, lines=each), MANY_LINES: many}
    return {
        "small": Heat("10 kB", SMALL, 4000, _ways(SMALL), small),
        "large": Heat("100 kB", LARGE, 2000, _ways(LARGE), large),
        "late": Heat("10 kB, answered 20 ms late", SMALL, 2000, late, [Bar(MANY_LINES, 600)]),
    }


def _ways(size: int) -> dict[str, Run]:
    dispatch = partial(trials.dispatch, size=size)
    post_office = partial(trials.post_office, size=size)
    return {
        BARE: partial(trials.smtplib, size=size),
        POSTGRESQL: partial(dispatch, kind="postgresql", connections=LINES),
        AHEAD: partial(dispatch, kind="postgresql", connections=LINES, mark_ahead=50),
        SQLITE: partial(dispatch, kind="sqlite", connections=LINES),
        POST_OFFICE: partial(post_office, batch=100),
        POST_OFFICE_TUNED: partial(post_office, batch=5000),
    }


def compare(yard: Yard, heat: Heat, turns: int) -> None:
    """Let the ways take turns, and print what each came to and what was asked of it."""
    print(f"\n{heat.title}, {heat.count:,} letters, {turns} turns")
    rounds: list[dict[str, Trial]] = []
    for turn in range(turns):
        rounds.append({})
        for name, run in heat.ways.items():
            trial = rounds[-1][name] = run(yard, heat.count)
            print(f"  turn {turn + 1}: {name:30} {trial.rate:7,.0f}/s", flush=True)
    print(f"{'':50}{'CPU s a 1,000 letters':>39}")
    print(f"{'':33}{'letters/s':>19}{'of bare':>9}{'senders':>9}{'database':>9}{'all':>7}  memory")
    for name in heat.ways:
        print(_line(name, rounds))
    for bar in heat.bars:
        if bar.way in heat.ways and bar.beside in {"", *heat.ways}:
            print(bar.judged(rounds))
    if SQLITE in heat.ways:
        print(f"What holds {SQLITE} back:")
        for line in explain(yard, rounds[-1][SQLITE], heat.size):
            print(f"  {line}")


def _line(name: str, rounds: Rounds) -> str:
    own = [turn[name] for turn in rounds]
    share = median(turn[name].rate / turn[BARE].rate for turn in rounds)
    senders = median(trial.cpu_per_thousand("senders") for trial in own)
    database = median(trial.cpu_per_thousand("database") for trial in own)
    everything = median(trial.cpu_per_thousand() for trial in own)
    peak = gauge.largest(peak for trial in own for peak in trial.memory)
    rates = sorted(trial.rate for trial in own)
    spread = f"{median(rates):,.0f} ({rates[0]:,.0f}-{rates[-1]:,.0f})"
    return (
        f"{name:33}{spread:>19}{share:9.0%}{senders:9.2f}{database:9.2f}{everything:7.2f}"
        f"  {peak if peak.rss else ''}"
    ).rstrip()


def remember(yard: Yard, count: int) -> None:
    """Send very many letters and print how much memory each worker takes meanwhile."""
    print(f"\nMemory of each worker over {count:,} letters of 10 kB, on PostgreSQL")
    with trials.service(yard, count, kind="postgresql", size=SMALL) as running:
        watch = gauge.MemoryWatch(running.pids["senders"])
        population.release(running.sessions)
        shown = 0
        is_over = False
        while not is_over:
            time.sleep(0.3)
            found = population.counts(running.sessions)
            is_over = not IN_PROGRESS & found.keys()
            sent = found[DeliveryState.ACCEPTED]
            if is_over or sent >= shown + SHOWN_EVERY:
                shown = sent - sent % SHOWN_EVERY
                watch.look()
                now = (gauge.memory(pid) for pid in running.workers())
                print(f"{sent:10,}  " + "  ".join(str(each) for each in now), flush=True)
        running.verify(count)
        peak = gauge.largest(watch.children())
        rate = count / population.seconds_taken(running.sessions)
    verdict = "met" if peak.rss <= MOST_MEMORY_MB else "MISSED"
    print(f"{rate:,.0f} letters/s")
    print(f"  {verdict:7} largest worker: {peak}, asked for {MOST_MEMORY_MB} MB at most")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    words.add_argument("--count", type=int, help="how many letters a trial sends")
    words.add_argument("--turns", type=int, default=3)
    words.add_argument("--only", nargs="+", metavar="NAME", help=f"of {', '.join(heats())}")
    words.add_argument(
        "--ways", nargs="+", metavar="NAME", help="as the table names them; bare smtplib always"
    )
    words.add_argument("--quick", action="store_true", help="a tenth of the letters, one turn")
    words.add_argument("--memory", type=int, metavar="COUNT", help="only this: send so many")
    asked = words.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}, {trials.PROCESSES} processes each")
    with trials.yard() as yard:
        if asked.memory:
            remember(yard, asked.memory)
            return
        for name, heat in heats().items():
            if name in (asked.only or heats()):
                chosen = replace(heat, count=_count(heat, asked), ways=_chosen(heat, asked.ways))
                compare(yard, chosen, 1 if asked.quick else asked.turns)


def _count(heat: Heat, asked: argparse.Namespace) -> int:
    return asked.count or (heat.count // 10 if asked.quick else heat.count)


def _chosen(heat: Heat, names: Sequence[str] | None) -> dict[str, Run]:
    return {name: run for name, run in heat.ways.items() if not names or name in {BARE, *names}}


if __name__ == "__main__":
    main()
