"""Statements that take a list of any length as one parameter, in JSON.

`IN` with a parameter for each value is another statement for each length: SQLAlchemy spells it,
psycopg works it out and PostgreSQL plans it anew, which takes longer than to run it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, Select, String, bindparam, cast, func, select
from sqlalchemy.types import TypeEngine


def listed(dialect: str, name: str, *types: TypeEngine[Any]) -> Select[*tuple[Any, ...]]:
    """Return the rows of the parameter `name`, as `as_list` makes it, for an IN."""
    given = bindparam(name, type_=String)
    if dialect == "postgresql":
        row = func.json_array_elements(cast(given, JSON)).column_valued()
        return select(*(cast(row.op("->>")(place), type_) for place, type_ in enumerate(types)))
    value = func.json_each(given).table_valued("value").c.value
    return select(*(func.json_extract(value, f"$[{place}]") for place, _ in enumerate(types)))


def as_list(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows of strings, numbers and UUIDs as such a parameter."""
    return json.dumps(list(rows), default=attrgetter("hex"))
