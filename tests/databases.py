"""Databases on the PostgreSQL server that tests may use: made by copying one, and dropped."""

from __future__ import annotations

import os
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Engine

POSTGRESQL: Final = os.environ.get("DISPATCH_TEST_DATABASE_URL", "")
"""A PostgreSQL server to test against, as a URL that may make databases; SQLite without it."""

COPIES_FILES: Final = 150_000
"""The first version of PostgreSQL that can be asked to copy a database by its files, which takes
half as long here as by its log."""

OPENED: Final[list[Engine]] = []
"""The engines that the present test has made."""


def close_all(*others: Engine) -> None:
    """Close all connections of the present test and of other engines, which connect again."""
    for each in (*OPENED, *others):
        each.dispose()


def create(name: str, template: str) -> None:
    """Make a database as a copy of another, to which nobody may be connected."""
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with _server() as admin:
        if admin.info.server_version >= COPIES_FILES:
            make += sql.SQL(" STRATEGY FILE_COPY")
        admin.execute(make)


def drop(*names: str) -> None:
    """Drop databases, whoever is connected to them."""
    with _server() as admin:
        for name in names:
            dropping = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(dropping.format(sql.Identifier(name)))


def url_of(name: str) -> str:
    """Return the URL of a database on the server."""
    return f"{POSTGRESQL.rpartition('/')[0]}/{name}"


def _server() -> psycopg.Connection:
    url = POSTGRESQL.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(url, autocommit=True)
