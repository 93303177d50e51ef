"""What every page costs, in every office: few questions, and no more steps for more letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

import pytest
from sqlalchemy import Engine

from benchmarks import offices as filled
from benchmarks import pages
from dispatch.app import App
from dispatch.documents import Templates
from dispatch.domain.people.account import AccountRole
from dispatch.web.inbox import notices
from tests.conftest import app_of_many_tests
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock
from tests.journeys import offices
from tests.journeys.meter import Meter
from tests.people import office as people
from tests.web.pages import pages_of
from tests.web.questions import MOST, questions
from tests.web.walk import UNKNOWN, Walk

ASKS_MORE: Final[dict[str, str]] = {}
"""Routes that ask more than `MOST` questions, and why."""

FEW, MANY = 120, 480
"""Letters, each with two deliveries."""

TIMES: Final = 1.3
"""Times the steps that four times the letters may take: the odd ones are a few more, too."""

SMALL: Final = 1_500
"""Steps that are too few to tell anything."""

SENT: Final = "/mailouts/mailout-000"
ANY: Final = "/mailouts/(mailout-000|coming)"
GROWS: Final[dict[str, str]] = {
    r"/|/mailouts(\?after=.*)?": "counts how far the letters have come, by the entries of indexes",
    f"{ANY}(/live)?": "the same of one mailout",
    "/api/v1/mailouts(/.*)?": "the same, for programs",
    f"{ANY}/(unreached|upload)|{SENT}/post": "the same, and what is behind of all",
    f"{ANY}/(pause|resume|cancel)": "counts the deliveries in each state, by an index",
    f"{ANY}/check": "looks at every authority; a worker does where there are very many",
    f"{ANY}/reissues": "looks through the later versions, which are few",
    f"{SENT}/resend.*": "looks for what has changed since of all letters, and for what is proposed",
    "/mailouts/coming/approval": "draws a sample out of each group",
    f"{SENT}/deliveries.shown=(failed|in-doubt)": "reads on, in their order, until a page is full",
    f"{SENT}/letters.(only|group)=.*": "the same of letters",
    f"{SENT}/doubts|/deliveries/ID/settle": "looks at what came back of the mailout",
    "/suggestions/ID": "works out which mailouts would go back to draft",
    "/authorities(.q=.*)?": "compares the words of every authority, which are not letters",
}
"""Pages that take more steps for more letters, as patterns, and why."""


@pytest.mark.slow
@pytest.mark.parametrize("state", [*offices.OFFICES])
def test_every_page_asks_few_questions(app: App, clock: FakeClock, state: str) -> None:
    offices.OFFICES[state](app, clock)
    roles = {role: people.signed_in(app, people.joined(app, role).account) for role in AccountRole}
    walk = Walk(app, pages_of(app), roles, UNKNOWN | offices.values(app))
    asked = dict(_questions(walk))
    assert {rule: most for rule, most in asked.items() if most > MOST} == {
        rule: most for rule, most in asked.items() if rule in ASKS_MORE
    }
    notices.viewer.close()


def _questions(walk: Walk) -> Iterator[tuple[str, int]]:
    """Yield every route of the pages with the most questions that one of its pages asks."""
    for rule in walk.rules("GET"):
        if rule.rule.startswith("/api/") or rule.endpoint in pages.NOT_LOOKED_AT:
            continue
        most = 0
        for place in islice(walk.places(rule), 6):
            role = walk.declared(rule) or AccountRole.ADMIN
            walk.ask(role, "GET", place)  # what is remembered is asked for once
            with questions(walk.app) as found:
                walk.ask(role, "GET", place)
            most = max(most, len(found.asked))
        yield rule.rule, most


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRESQL), reason="counts the instructions of SQLite")
def test_no_page_takes_more_steps_for_more_letters(
    migrated: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> None:
    few, many = (_steps(migrated, templates, tmp_path_factory, letters) for letters in (FEW, MANY))
    assert few.keys() == many.keys()
    grown = {
        page: (few[page], steps)
        for page, steps in many.items()
        if steps > TIMES * few[page] + SMALL
    }
    known = {page for page in grown for each in GROWS if re.fullmatch(each, page)}
    assert {page: counts for page, counts in grown.items() if page not in known} == {}
    stale = [each for each in GROWS if not any(re.fullmatch(each, page) for page in grown)]
    assert stale == [], "these grow no more: take them off the list"


def _steps(
    migrated: str, templates: Templates, folders: pytest.TempPathFactory, letters: int
) -> dict[str, int]:
    """Return the instructions of SQLite that each page takes in an office with so many letters."""
    meter = Meter(counts_calls=False)
    with app_of_many_tests(migrated, folders.mktemp("office"), templates) as app:
        keys = filled.fill(app, filled.Office(1, letters))
        assert isinstance(app.clock, FakeClock)
        app.clock.reach(filled.LOOKED_AT)
        engine = app.sessions.writing.kw["bind"]
        assert isinstance(engine, Engine)
        engine.dispose()
        meter.watch(engine)
        visitor = pages.Visitor(pages.walk_of(app, keys), keys, None, 1)
        found = {}
        for place in pages.places(visitor.walk):
            visitor.ask(place)
            before = meter.ticks
            visitor.ask(place)
            found[ID.sub("ID", place.label)] = (meter.ticks - before) * meter.every
        notices.viewer.close()
    return found


ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
