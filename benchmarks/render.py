"""How fast workers make letters, beside bare Typst: `python benchmarks/render.py [LETTERS]`.

Two warm processes do each, in turns, over letters alike. Bare Typst is given what a worker
gives it, data and all, and does nothing else. A worker claims letters in the database, renders
text, HTML and PDF, checks them, and stores them; its processor time is that of its child as well.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog

from dispatch.app import App, from_environ, isolated, ready
from dispatch.database.tables import AuthorityRow, Letter, Mailout
from dispatch.documents import pdf
from dispatch.domain.digest import digest
from dispatch.domain.letter import Content, Draft, LetterState
from dispatch.letters.store import letters
from dispatch.worker import tasks
from dispatch.worker.celery import means
from dispatch.worker.means import Means
from tests.documents.contents import DECIDED, MITCHELL, RECEIVED, TEMPLATES, about, boxes
from tests.factories import a_mailout

PROCESSES = 2
ROUNDS = 5


def letter(number: int) -> Content:
    """Return a letter of its own: name, figures, and for every tenth a paragraph."""
    content = about(
        f"Testshire {number} Borough Council",
        addressee=replace(MITCHELL, surname=f"Testing{number}"),
        boxes=boxes((number % 73, 72, 62), (number % 46, 45, 99), (number % 44, 43, 11)),
        tables=(RECEIVED, DECIDED),
        is_synthetic=True,
    )
    content = replace(content, authority=replace(content.authority, code=f"T{number:04}"))
    return (
        replace(content, bespoke=f"Case {number} is one of note.") if not number % 10 else content
    )


def orders(contents: Sequence[Content]) -> list[dict[str, Any]]:
    """Return what a worker asks of Typst for each letter."""
    with patch.object(pdf, "typeset", wraps=pdf.typeset) as typeset:
        for content in contents:
            TEMPLATES.render(content)
    return [pdf.order(*call.args) for call in typeset.call_args_list]


def bare(order: dict[str, Any]) -> int:
    """Compile one letter's PDF and nothing else."""
    return len(pdf.compiler().compile(**order))  # type: ignore[arg-type]  # format is set: bytes


def full(_: int) -> int:
    """Work as a worker does until no letter is wanted; return how many were made."""
    made = 0
    while done := tasks.render_batches(_alone(), math.inf):
        made += done
    return made


def _alone() -> Means:
    """Return a worker's means, without a broker to wake others by."""
    return replace(means(), publish=lambda _, __: None)


def want(app: App, contents: Sequence[Content]) -> None:
    """Leave letters in the database for the workers."""
    with app.sessions.begin() as session:
        mailout = session.query(Mailout).one_or_none() or a_mailout(session)
        mailout.template_digest = app.templates.digest(mailout.plan.template)
        for content in contents:
            code = content.authority.code
            session.add(AuthorityRow(code=code, name=code, official_name=code, kind="council"))
        session.flush()
        for content in contents:
            session.add(
                Letter(
                    mailout_id=mailout.id,
                    authority_code=content.authority.code,
                    draft=Draft(content=content, recipients=()),
                    fingerprint=digest(content),
                    asked_by="sam",
                )
            )


def warm() -> None:
    """Make this process what a worker is that has been at it for a while."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    TEMPLATES.render(letter(0))
    means.cache_clear()
    tasks.render_batches(_alone(), math.inf)


def seconds(pool: Pool, work: Callable[[Any], int], over: Sequence[Any], chunk: int) -> float:
    began = time.perf_counter()
    pool.map(work, over, chunksize=chunk)
    return time.perf_counter() - began


def processor_seconds() -> float:
    """Return what the processes below this one have used so far, in all their threads."""
    used = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ends meanwhile
            if _is_below(process, os.getpid()):
                used += sum(int(each.read_text().split()[0]) for each in process.glob(SPENT))
    return used / 1e9


SPENT = "task/*/schedstat"
"""Begins with the nanoseconds that a thread has run."""


def _is_below(process: Path, ancestor: int) -> bool:
    while parent := int((process / "stat").read_text().rpartition(")")[2].split()[1]):
        if parent == ancestor:
            return True
        process = process.with_name(str(parent))
    return False


@dataclass
class Taken:
    """What the letters of one kind took, round by round."""

    called: str
    rates: list[float] = field(default_factory=list)
    wall: float = 0.0
    processor: float = 0.0
    letters: int = 0

    @contextmanager
    def round(self, count: int) -> Iterator[None]:
        began, used = time.perf_counter(), processor_seconds()
        yield
        wall = time.perf_counter() - began
        self.processor += processor_seconds() - used
        self.rates.append(count / wall)
        self.wall += wall
        self.letters += count

    def show(self, limit: Taken) -> None:
        """Print a row: rate, its spread, processor time, and the ratios to the limit."""
        rate, each = self.letters / self.wall, 1000 * self.processor / self.letters
        ratio = rate * limit.wall / limit.letters
        of_processor = limit.processor / limit.letters * 1000 / each
        print(
            f"{self.called:28} {rate:6.1f} {min(self.rates):6.1f} to {max(self.rates):5.1f}"
            f" {ratio:6.0%} {each:12.1f} ms {of_processor:6.0%}"
        )


def main(count: int) -> None:
    """Measure both, a part of the letters at a time, and print rates and ratios."""
    contents = [letter(number) for number in range(1, count + 1)]
    asked = orders(contents)
    limit, ours = Taken("bare Typst"), Taken("rendered, checked, stored")
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(isolated(DISPATCH_HOME=home))  # noqa: TID251 - what the workers read
        app = ready(from_environ(os.environ))  # noqa: TID251
        # Forked children of a process that has compiled hang, so the workers are spawned.
        with get_context("spawn").Pool(PROCESSES, initializer=warm) as pool:
            seconds(pool, bare, asked[: 2 * PROCESSES], 1)
            want(app, [letter(count + number) for number in range(1, 4 * PROCESSES + 1)])
            seconds(pool, full, range(PROCESSES), 1)  # which starts their children
            for turn in range(ROUNDS):
                # Not the same letters in a row: Typst remembers what it has just set.
                some = contents[(turn + 2) % ROUNDS :: ROUNDS]
                want(app, some)
                with limit.round(len(asked[turn::ROUNDS])):
                    seconds(pool, bare, asked[turn::ROUNDS], 5)
                with ours.round(len(some)):
                    seconds(pool, full, range(PROCESSES), 1)
        with app.sessions.read() as session:
            counts = letters.counts(session, session.query(Mailout).one())
    assert counts == {LetterState.RENDERED: count + 4 * PROCESSES}, counts
    print(f"{count} letters, {PROCESSES} processes, {os.cpu_count()} cores, {ROUNDS} rounds")
    print(f"{'':28} {'a second':>22} {'':6} {'processor each':>15}")
    for each in (limit, ours, weasyprint(contents[:PEER])):
        each.show(limit)


PEER = 10
"""Letters for WeasyPrint, which takes ten times as long as Typst."""


def weasyprint(contents: Sequence[Content]) -> Taken:
    """Make the PDFs of some letters' HTML by WeasyPrint, in an environment of its own."""
    script = Path(__file__).with_name("weasyprint_letters.py")
    with tempfile.TemporaryDirectory() as folder:
        for content in contents:
            path = Path(folder, f"{content.authority.code}.html")
            path.write_text(TEMPLATES.render(content).html, encoding="utf-8")
        run = ["-m", "uv", "run", "--no-project", "--quiet", "--script", str(script), folder]
        said = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, *run], check=True, capture_output=True, text=True
        )
    rates, wall, processor = json.loads(said.stdout)
    return Taken("WeasyPrint, of the HTML", rates, wall, processor, len(contents) * len(rates))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
