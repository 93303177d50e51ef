"""How well notices are read: `python benchmarks/notices.py [EXPECTED] [--misses] [--worst]`.

EXPECTED is a file of JSON lines that says what is right for each mail, beside the folder of the
mails; without it, ../shared/bounces/expected.jsonl is looked for. Skips if there is none.
`--half A` and `--half B` score one half of the files, told apart by a digest of their names:
rules written while looking at one half are tried on the other.
"""

from __future__ import annotations

import argparse
import base64
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import md5
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from dispatch.domain.errors import BadInput
from dispatch.domain.notice import Action, Category, Notice
from dispatch.mail import notices

BESIDE: Final = Path(__file__).parent.parent.parent / "shared" / "bounces" / "expected.jsonl"
AUTOMATIC: Final = {"autoreply", "challenge"}
BARS: Final = {
    "detected": 98.5,
    "recipients, recall": 98.0,
    "recipients, precision": 98.5,
    "hard bounces, recall": 92.0,
    "hard bounces, precision": 98.0,
    "hard or soft right": 95.0,
    "reason right": 93.0,
    "action right": 97.5,
    "delays, recall": 100.0,
    "delays, precision": 100.0,
    "complaints": 100.0,
    "autoreplies and challenges": 100.0,
}


@dataclass
class Score:
    """Counts of what was right, out of what."""

    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def count(self, measure: str, *, is_right: bool, miss: str = "") -> None:
        self.of[measure] += 1
        self.right[measure] += is_right
        if miss and not is_right:
            self.misses.append(f"{measure}: {miss}")


def score(rows: list[dict[str, Any]], mails: Path) -> tuple[Score, list[float]]:
    result, seconds = Score(), []
    for row in rows:
        mail = (mails / row["file"]).read_bytes()
        began = time.perf_counter()
        said = notices.read(mail)
        seconds.append(time.perf_counter() - began)
        compare(result, row, said)
    return result, seconds


def compare(result: Score, row: dict[str, Any], said: Notice) -> None:
    file, category = row["file"].split("/")[-1], row["category"]
    mine = said.category.value
    if category != "human":
        result.count(
            "detected",
            is_right=(mine in AUTOMATIC if category in AUTOMATIC else mine == category),
            miss=f"{file} {mine}, not {category}",
        )
    for group, name in (
        ({"complaint"}, "complaints"),
        (AUTOMATIC, "autoreplies and challenges"),
        ({"delayed"}, "delays, recall"),
    ):
        if category in group:
            result.count(name, is_right=mine in group)
    if said.category is Category.DELAYED:
        result.count("delays, precision", is_right=category == "delayed", miss=file)
    recipients(result, file, row["recipients"], said, is_answer=category in AUTOMATIC)


def recipients(
    result: Score, file: str, rows: list[dict[str, Any]], said: Notice, *, is_answer: bool
) -> None:
    mine = {each.address.casefold(): each for each in said.fates}
    named = {*mine, *(each.casefold() for each in said.about)}
    if said.category is Category.HUMAN:
        named = set()
    accepted = set()
    for row in rows:
        meant = {each.casefold() for each in row["accept"]} & named
        accepted |= meant
        result.count(
            "recipients, recall", is_right=bool(meant), miss=f"{file} {row['addr']} not in {named}"
        )
        if meant and row["action"] in {each.value for each in Action}:
            fate = mine.get(min(meant))
            result.count(
                "action right",
                is_right=fate is not None and fate.action.value == row["action"],
                miss=f"{file} {fate and fate.action.value}, not {row['action']}",
            )
    if not (is_answer and not rows):
        for each in named:
            result.count(
                "recipients, precision", is_right=each in accepted, miss=f"{file} {each} is not"
            )
    for row in rows:
        if row["action"] in {"failed", "delayed"} and not row.get("ambiguous"):
            judgement(result, file, row, mine)


def judgement(result: Score, file: str, row: dict[str, Any], mine: dict[str, Any]) -> None:
    fate = next((mine[a] for a in map(str.casefold, row["accept"]) if a in mine), None)
    is_hard = fate is not None and fate.is_hard
    told = f"{file} {row['addr']}"
    if row["hard"]:
        result.count("hard bounces, recall", is_right=is_hard, miss=told)
    if is_hard:
        result.count("hard bounces, precision", is_right=row["hard"], miss=told)
    if fate:
        result.count("hard or soft right", is_right=is_hard == row["hard"])
        result.count(
            "reason right",
            is_right=fate.reason.value == row["reason_class"],
            miss=f"{told} {fate.reason.value}, not {row['reason_class']} ({row['reason']})"
            f"\n      {fate.text[:300]!r}",
        )


def table(result: Score, seconds: list[float]) -> bool:
    is_met = True
    print(f"{'measure':<30}{'figure':>8}{'bar':>8}")
    for measure, bar in BARS.items():
        right, of = result.right[measure], result.of[measure]
        figure = 100 * right / of if of else 100.0
        is_met &= figure >= bar
        said = "met" if figure >= bar else "MISSED"
        print(f"{measure:<30}{figure:>8.1f}{bar:>8.1f}  {said:<7}{right} of {of}")
    ordered = sorted(1000 * each for each in seconds)
    median, late = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"{'median, ms':<30}{median:>8.2f}{2:>8}  {'met' if median < 2 else 'MISSED'}")
    print(f"{'p95, ms':<30}{late:>8.2f}{8:>8}  {'met' if late < 8 else 'MISSED'}")
    return is_met


HEAD: Final = (
    b"From: MAILER-DAEMON@relay.example\nTo: us@ombudsman.example\nSubject: Undelivered Mail\n"
)
DSN: Final = (
    b'MIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n\n--b\n\nNot delivered.\n'
)


def zipped() -> bytes:
    attached = base64.encodebytes(bytes(range(256)) * 70_000)
    kind = b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
    return HEAD + DSN + kind + attached + b"\n--b--\n"


def many_parts() -> bytes:
    return HEAD + DSN + b"--b\nContent-Type: text/plain\n\nx\n" * 50_000 + b"--b--\n"


def nested_parts() -> bytes:
    levels = (
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n'.encode() for n in range(1000)
    )
    return HEAD + b"".join(levels) + b"\nx\n"


def many_recipients() -> bytes:
    rows = (
        f"Final-Recipient: rfc822; user{n}@oxo.example\nAction: failed\nStatus: 5.1.1\n\n".encode()
        for n in range(50_000)
    )
    kind = b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n"
    return HEAD + DSN + kind + b"".join(rows) + b"--b--\n"


def long_line() -> bytes:
    return HEAD + b"\n" + b"x" * 8_000_000 + b"\n"


def long_token() -> bytes:
    return HEAD + b"\nNot delivered to\n" + b"abcdefghi-" * 60_000 + b"\n"


def blank_lines() -> bytes:
    head = b"From: jo@oxo.example\nTo: us@ombudsman.example\nSubject: Re: letter\n\n"
    return head + b"We have received your message, ref 12345." + b"\n" * 19_000 + b"regards\n"


WORST: Final[dict[str, Callable[[], bytes]]] = {
    "a 24 MB mail with a base64 zip": zipped,
    "50,000 parts": many_parts,
    "1,000 nested parts": nested_parts,
    "a DSN with 50,000 recipients": many_recipients,
    "one line of 8 MB": long_line,
    "600 kB of abcdefghi-": long_token,
    "an answer with 19,000 blank lines": blank_lines,
}


def measured(name: str) -> tuple[str, float, float]:
    """Return what came of it, seconds, and the peak of memory in MB, in a process of its own."""
    mail = WORST[name]()
    began = time.perf_counter()
    try:
        outcome = notices.read(mail).category.value
    except BadInput:
        outcome = "over the limit"
    seconds = time.perf_counter() - began
    return outcome, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def worst() -> bool:
    is_met = True
    print(f"\n{'worst case':<34}{'seconds':>8}{'MB':>6}")
    for name in WORST:
        with get_context("spawn").Pool(1) as pool:
            outcome, seconds, memory = pool.apply(measured, (name,))
        is_good = seconds < 1 and memory < 200
        is_met &= is_good
        print(
            f"{name:<34}{seconds:>8.3f}{memory:>6.0f}  {'met' if is_good else 'MISSED'}  {outcome}"
        )
    return is_met


def chosen(expected: Path, half: str | None) -> Iterator[dict[str, Any]]:
    for line in expected.read_text().splitlines():
        row = json.loads(line)
        name = row["file"].split("/")[-1].encode()
        side = "AB"[int(md5(name, usedforsecurity=False).hexdigest(), 16) % 2]
        if half in {None, side}:
            yield row


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("expected", nargs="?", type=Path, default=BESIDE)
    asked.add_argument("--misses", action="store_true")
    asked.add_argument("--worst", action="store_true")
    asked.add_argument("--half", choices=["A", "B"])
    args = asked.parse_args()
    if not args.expected.exists():
        print(f"skipped: there is no {args.expected}")
        return 0
    result, seconds = score(list(chosen(args.expected, args.half)), args.expected.parent)
    is_met = table(result, seconds)
    if args.misses:
        print("\n" + "\n".join(result.misses))
    if args.worst:
        is_met &= worst()
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
