"""The names that a person may complete, read from the database without SQLAlchemy.

Importing it would take longer than a person waits for a key. What is read here is only offered to
somebody who types; the command then looks it up itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Final

from dispatch.environment import environment

SECONDS: Final = 1
"""How long a database is waited for."""

MOST: Final = 200
"""How many names are offered at once."""


class Names(Enum):
    """What can be completed: each name and what is said of it, beginning with some letters."""

    MAILOUT = "SELECT name, state FROM mailout WHERE name LIKE {like} ORDER BY created_at DESC"
    AUTHORITY = "SELECT code, name FROM authority WHERE code LIKE {upper} ORDER BY code"
    DELIVERY = (
        "SELECT {id}, authority_code || ' ' || role || ', ' || state FROM delivery "
        "WHERE {id} LIKE {like} ORDER BY state_at DESC"
    )
    NOTICE = (
        "SELECT {id}, 'came ' || substr(CAST(received_at AS TEXT), 1, 16) FROM incoming_mail "
        "WHERE {id} LIKE {like} ORDER BY received_at DESC"
    )
    SUGGESTION = "SELECT {id}, address FROM suggestion WHERE {id} LIKE {like}"
    ACCOUNT = "SELECT name, role FROM account WHERE ended_at IS NULL AND name LIKE {like}"
    TOKEN = "SELECT {id}, name FROM api_token WHERE ended_at IS NULL AND {id} LIKE {like}"  # noqa: S105
    SUPPRESSED = (
        "SELECT DISTINCT address, reason FROM suppression "
        "WHERE lifted_at IS NULL AND address LIKE {like}"
    )
    ROLE = "SELECT DISTINCT role, '' FROM contact WHERE role LIKE {like}"
    TEMPLATE = ""


def starting_with(kind: Names, beginning: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a kind that begin so, each with a few words about it."""
    settings = environment()
    if kind is Names.TEMPLATE:
        from dispatch.files.shipped import shipped

        folder = Path(settings.get("DISPATCH_TEMPLATES") or shipped("templates"))
        found = sorted(each.parent.name for each in folder.glob("*/letter.md"))
        yield from ((name, "") for name in found if name.startswith(beginning))
        return
    home = Path(settings.get("DISPATCH_HOME") or ".dispatch")
    url = settings.get("DISPATCH_DATABASE_URL") or f"sqlite:///{home / 'dispatch.db'}"
    for name, said in _rows(url, kind, beginning):
        yield name.replace(" ", "-") if kind is Names.ROLE else name, said


def _rows(url: str, kind: Names, beginning: str) -> list[tuple[str, str]]:
    like = beginning.replace("-", " ") if kind is Names.ROLE else beginning
    values = {"like": f"{like}%", "upper": f"{like.upper()}%"}
    scheme, _, rest = url.partition("://")
    if scheme.startswith("sqlite"):
        names = {"like": ":like", "upper": ":upper", "id": "substr(id, 1, 8)"}
        path = Path(rest.removeprefix("/")).absolute()
        address = f"{path.as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=SECONDS)) as database:
            return database.execute(_query(kind, names), values).fetchall()
    return _rows_of_postgresql(f"postgresql://{rest}", kind, values)


def _rows_of_postgresql(url: str, kind: Names, values: dict[str, str]) -> list[tuple[str, str]]:
    import psycopg

    names = {"like": "%(like)s", "upper": "%(upper)s", "id": "left(CAST(id AS TEXT), 8)"}
    query = _query(kind, names).encode()
    with psycopg.connect(url, connect_timeout=SECONDS, options="-c statement_timeout=1000") as to:
        return [(name, said) for name, said in to.execute(query, values)]


def _query(kind: Names, names: dict[str, str]) -> str:
    return f"{kind.value} LIMIT {MOST}".format_map(names)
