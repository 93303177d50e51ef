"""Worlds in which many tests begin: each is made once, and copied for every further test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import ColumnElement, Engine, Table, exists, or_, select

from dispatch.app import App
from dispatch.database.metadata import Base

MADE: Final[dict[tuple[object, ...], sqlite3.Connection]] = {}


def begun(app: App, make: Callable[[], object], *how: object) -> None:
    """Bring a database to where `make` brings it: by a copy, where `how` says what was made before.

    One in which a test has put something is brought there by `make`, as is a PostgreSQL.
    """
    key = (app.templates, app.sender.party, app.clock(), repr(how))
    with app.sessions.begin() as session:
        engine = session.get_bind()
        is_new = not session.scalar(select(or_(*map(_has_rows, Base.metadata.sorted_tables))))
    assert isinstance(engine, Engine)
    if not is_new or engine.name != "sqlite":
        make()
    elif key in MADE:
        with _opened(engine) as database:
            MADE[key].backup(database)
    else:
        make()
        made = MADE[key] = sqlite3.connect(":memory:")
        with _opened(engine) as database:
            database.backup(made)


def _has_rows(table: Table) -> ColumnElement[bool]:
    return exists(select(table))


@contextmanager
def _opened(engine: Engine) -> Iterator[sqlite3.Connection]:
    with engine.connect() as connection:
        opened = connection.connection.driver_connection
        assert isinstance(opened, sqlite3.Connection)
        yield opened
