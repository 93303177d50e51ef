"""Worlds in which many tests begin: each is made once, and copied for every further test."""

from __future__ import annotations

import atexit
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, Table, exists, or_, select

from dispatch.app import App
from dispatch.database.metadata import Base
from tests import databases

IN_MEMORY: Final[dict[tuple[object, ...], sqlite3.Connection]] = {}
ON_SERVER: Final[dict[tuple[object, ...], str]] = {}
"""The names of databases, by what was made in them."""


def begun(app: App, make: Callable[[], object], *how: object) -> None:
    """Bring a database to where `make` brings it: by a copy, where `how` says what was made before.

    One in which a test has put something is brought there by `make`.
    """
    key = (app.templates, app.sender.party, app.clock(), repr(how))
    with app.sessions.begin() as session:
        engine = session.get_bind()
        is_new = not session.scalar(select(or_(*map(_has_rows, Base.metadata.sorted_tables))))
    assert isinstance(engine, Engine)
    if not is_new:
        make()
    elif engine.name == "sqlite":
        _in_memory(engine, make, key)
    elif databases.POSTGRESQL:
        _on_server(engine, make, key)
    else:  # on a server of its own, as a benchmark has it
        make()


def _has_rows(table: Table) -> ColumnElement[bool]:
    return exists(select(table))


def _in_memory(engine: Engine, make: Callable[[], object], key: tuple[object, ...]) -> None:
    if key in IN_MEMORY:
        with _opened(engine) as database:
            IN_MEMORY[key].backup(database)
    else:
        make()
        made = IN_MEMORY[key] = sqlite3.connect(":memory:")
        with _opened(engine) as database:
            database.backup(made)


@contextmanager
def _opened(engine: Engine) -> Iterator[sqlite3.Connection]:
    with engine.connect() as connection:
        opened = connection.connection.driver_connection
        assert isinstance(opened, sqlite3.Connection)
        yield opened


def _on_server(engine: Engine, make: Callable[[], object], key: tuple[object, ...]) -> None:
    name = str(engine.url.database)
    if key in ON_SERVER:
        databases.close_all(engine)
        databases.drop(name)
        databases.create(name, ON_SERVER[key])
    else:
        make()
        world = f"dispatch_world_{uuid4().hex}"
        atexit.register(databases.drop, world)
        databases.close_all(engine)
        databases.create(world, name)
        ON_SERVER[key] = world
