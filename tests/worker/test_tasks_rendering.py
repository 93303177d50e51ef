"""What rendering costs beside Typst, in counts that are the same on any machine."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from markdown_it.parser_inline import ParserInline
from sqlalchemy import event

from dispatch.app import App
from dispatch.documents import pdf
from dispatch.documents.templates import LimitedTemplates, Templates
from dispatch.domain.letter import Order, Rendered
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.worker import tasks
from dispatch.worker.means import Means
from tests import steps
from tests.documents.contents import FOLDER, TEMPLATES, about
from tests.factories import a_word


@pytest.fixture
def means(app: App) -> Means:
    return Means(app, lambda task, workers: None)


@contextmanager
def counted(app: App) -> Iterator[dict[str, int]]:
    """Count the statements and commits of writers until the end of the block."""
    counts = {"statements": 0, "commits": 0}
    engine = app.sessions.writing.kw["bind"]

    def execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        counts["statements"] += not statement.startswith("BEGIN")

    def commit(_: Any) -> None:
        counts["commits"] += 1

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", execute)
        event.remove(engine, "commit", commit)


def wanted(app: App, count: int) -> None:
    steps.planned(app, *(f"A{number:02}" for number in range(count)))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))


@pytest.mark.parametrize("count", [3, 12])
def test_a_batch_takes_as_many_statements_however_many_letters_are_in_it(
    app: App, means: Means, count: int
) -> None:
    wanted(app, count)
    with counted(app) as counts:
        assert tasks.render_batches(replace(means, render_batch=count), math.inf) == count
    assert counts["statements"] <= STATEMENTS


STATEMENTS = 16
"""Of two claims and two times that letters are stored, with what else they do."""


def test_letters_are_stored_in_the_transaction_that_claims_the_next(app: App, means: Means) -> None:
    wanted(app, 6)
    with counted(app) as counts:
        assert tasks.render_batches(replace(means, render_batch=2), math.inf) == 6
    assert counts["commits"] == 4  # one for each batch, and one that finds no more
    assert {letter.state.value for letter in steps.letters_of(app).values()} == {"rendered"}


def test_one_child_makes_all_letters() -> None:
    start = subprocess.Popen
    with (
        LimitedTemplates(FOLDER) as made,
        patch.object(subprocess, "Popen", side_effect=start) as started,
    ):
        assert all(isinstance(each, Rendered) for each in made.render_all(ORDERS))
    assert started.call_count == 1


ORDERS = [Order(about(f"{name} City Council")) for name in ("Ely", "Ripon", "Truro", "Wells")]


def test_a_template_is_read_once_and_each_letter_is_set_once() -> None:
    asked = TEMPLATES.digest("annual-review")
    templates = Templates(FOLDER)
    read, typeset = os.scandir, pdf.typeset
    with (
        patch.object(os, "scandir", side_effect=read) as files,
        patch.object(pdf, "typeset", side_effect=typeset) as set_,
    ):
        made = [*templates.render_all(replace(each, asked_for=asked) for each in ORDERS)]
    assert all(isinstance(each, Rendered) for each in made)
    assert (files.call_count, set_.call_count) == (1, len(ORDERS))


def test_words_that_letters_share_are_parsed_once() -> None:
    TEMPLATES.render(ORDERS[0].content)
    parsed = ParserInline.parse
    with patch.object(ParserInline, "parse", autospec=True, side_effect=parsed) as parsing:
        TEMPLATES.render(about("Lichfield City Council"))
    assert 0 < parsing.call_count <= PARSED


PARSED = 25
"""Blocks of a letter that name its authority; some 50 others are the same in every letter."""
