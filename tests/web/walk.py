"""A walk along every route of the pages, and what happens meanwhile."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from uuid import uuid4

from flask import Flask
from sqlalchemy import Engine, event, func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.database.engine import READS_ONLY
from dispatch.database.tables import (
    AccountRow,
    ApiToken,
    AuditSearch,
    Delivery,
    EventRow,
    JobRow,
    Letter,
    StagedFile,
)
from dispatch.domain.people.account import AccountRole
from dispatch.web.access import DECLARED

CHOICE: Final = re.compile(r"<any\(([^)]*)\):(\w+)>")
UNKNOWN: Final[dict[str, list[object]]] = {
    "digest": ["0" * 12],
    "rest": ["nothing"],
    "token_id": [uuid4()],
    "visit_id": [uuid4()],
}
"""Parts of addresses for which the office has nothing, or which differ at each look."""


@dataclass(frozen=True)
class Walk:
    """The pages of an office in which much has happened, and who has signed in to them."""

    app: App
    pages: Flask
    visits: dict[AccountRole, str]
    parts: dict[str, list[object]]
    """What the parts of addresses can be, by their names."""

    def ask(self, role: AccountRole | None, method: str, place: str, **how: Any) -> TestResponse:
        """Send one request as somebody of that role, or as nobody."""
        client = self.pages.test_client()
        if role:
            client.set_cookie("visit", self.visits[role])
        return client.open(place, method=method, **how)

    def rules(self, method: str) -> list[Rule]:
        """Return the routes that take a method."""
        found = [each for each in self.pages.url_map.iter_rules() if method in (each.methods or ())]
        assert found
        return found

    def declared(self, rule: Rule) -> AccountRole | None:
        role: AccountRole | None = getattr(self.pages.view_functions[rule.endpoint], DECLARED)
        return role

    def places(self, rule: Rule) -> Iterator[str]:
        """Yield the addresses that a route has in this office."""
        choices = {name: of.split(", ") for of, name in CHOICE.findall(rule.rule)}
        known, names = self.parts | choices, sorted(rule.arguments)
        for chosen in product(*(known[name] for name in names)):
            built = rule.build(dict(zip(names, map(str, chosen), strict=True)))
            assert built
            yield built[1]


WRITES: Final = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)


@contextmanager
def only_reading(app: App, writing: list[str]) -> Iterator[None]:
    """Have the database refuse to be written to; note what would write, or opens a place to."""
    engine = app.sessions.writing.kw["bind"]
    assert isinstance(engine, Engine)
    refuse = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET TRANSACTION READ ONLY"}

    def note(connection: Any, _: object, statement: str, *__: object) -> None:
        reads_only = connection.get_execution_options().get(READS_ONLY)
        if not reads_only or WRITES.match(statement):
            writing.append(statement)

    def begin(connection: Any) -> None:
        connection.connection.cursor().execute(refuse[engine.name])

    def end(connection: Any, _: object) -> None:
        if connection is not None and engine.name == "sqlite":
            connection.cursor().execute("PRAGMA query_only=OFF")

    listened = (("before_cursor_execute", note), ("begin", begin), ("checkin", end))
    for name, hear in listened:
        event.listen(engine, name, hear)
    try:
        yield
    finally:
        for name, hear in listened:
            event.remove(engine, name, hear)


@contextmanager
def logging_to(lines: list[str]) -> Iterator[None]:
    """Keep every line that any logger has, from the least important on."""

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logging.Formatter("%(name)s %(message)s").format(record))

    root, kept = logging.getLogger(), Kept()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(kept)


def written(app: App) -> list[object]:
    """Return how much there is of what a page may write."""
    tables = (EventRow, StagedFile, Delivery, Letter, JobRow, AccountRow, ApiToken, AuditSearch)
    with app.sessions.read() as session:
        return [session.scalar(select(func.count()).select_from(each)) for each in tables]


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """Note what the database is asked."""
    engine, found = app.sessions.writing.kw["bind"], list[str]()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith("BEGIN"):
            found.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
