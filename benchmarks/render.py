"""How fast workers make letters, beside bare Typst: `python benchmarks/render.py [LETTERS]`.

Two warm processes do each, in turns, over letters alike. Bare Typst is given what a worker
gives it, data and all, and does nothing else. A worker claims letters in the database, renders
text, HTML and PDF, checks them, and stores them.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.pool import Pool
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
    while done := tasks.render_batch(means()):
        made += done
    return made


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
    tasks.render_batch(means())


def seconds(pool: Pool, work: Callable[[Any], int], over: Sequence[Any], chunk: int) -> float:
    began = time.perf_counter()
    pool.map(work, over, chunksize=chunk)
    return time.perf_counter() - began


def main(count: int) -> None:
    """Measure both, a part of the letters at a time, and print rates and ratio."""
    contents = [letter(number) for number in range(1, count + 1)]
    asked = orders(contents)
    bare_seconds = full_seconds = 0.0
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(isolated(DISPATCH_HOME=home))  # noqa: TID251 - what the workers read
        app = ready(from_environ(os.environ))  # noqa: TID251
        # Forked children of a process that has compiled hang, so the workers are spawned.
        with get_context("spawn").Pool(PROCESSES, initializer=warm) as pool:
            seconds(pool, bare, asked[: 2 * PROCESSES], 1)
            for turn in range(ROUNDS):
                # Not the same letters in a row: Typst remembers what it has just set.
                want(app, contents[(turn + 2) % ROUNDS :: ROUNDS])
                bare_seconds += seconds(pool, bare, asked[turn::ROUNDS], 5)
                full_seconds += seconds(pool, full, range(PROCESSES), 1)
        with app.sessions.read() as session:
            counts = letters.counts(session, session.query(Mailout).one())
    assert counts == {LetterState.RENDERED: count}, counts
    print(f"{count} letters, {PROCESSES} processes, {os.cpu_count()} cores")
    print(f"bare Typst                  {count / bare_seconds:6.1f} letters/s")
    print(f"rendered, checked, stored   {count / full_seconds:6.1f} letters/s")
    print(f"ratio                       {bare_seconds / full_seconds:6.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
