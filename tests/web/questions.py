"""What a page asks the database: how many questions, and whether one reads a whole large table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import event

from dispatch.app import App

MOST: Final = 12
"""Questions that a page may ask."""

LARGE: Final = ("delivery", "event", "attempt", "letter")
"""Tables that grow with every mailout. No page may read one of them from end to end."""

# A list in the order of an index ends at its limit, and reads no further.
_WHOLE: Final = re.compile(rf"^SCAN ({'|'.join(LARGE)})(_\d+)?\b(?! USING (COVERING )?INDEX)")
_ORDERED: Final = re.compile(rf"^SCAN ({'|'.join(LARGE)})(_\d+)?\b(?!.* ix_event_account_made)")
# That index has a row for each account alone.


@dataclass
class Questions:
    """The statements that were asked."""

    app: App
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def whole_tables(self) -> list[str]:
        """Return the steps by which SQLite would read a large table from end to end."""
        found = []
        with self.app.sessions.read() as session:
            connection = session.connection()
            if connection.dialect.name != "sqlite":
                return []  # PostgreSQL reads a small table whole, whatever indexes it has
            for statement, parameters in list(self.asked):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                is_cut_off = " LIMIT " in statement
                wrong = _WHOLE if is_cut_off else _ORDERED
                steps = [str(row[-1]) for row in plan]
                found += [f"{step}: {statement}" for step in steps if wrong.match(step)]
        return found


@contextmanager
def questions(app: App) -> Iterator[Questions]:
    """Note what is asked in the block, by whatever session of the office."""
    found = Questions(app)
    engine = app.sessions.writing.kw["bind"]

    def note(*said: Any) -> None:
        _, _, statement, parameters, *_ = said
        is_about_tables = "pg_catalog" in statement  # SQLite is asked the same by a PRAGMA
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and not is_about_tables:
            found.asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
