"""Inserting what may be there already, for the database to decide who was first; and many rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnClause,
    String,
    Table,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dispatch.database.metadata import Base


def insert_into(session: Session, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT, in the words of the session's database."""
    return insert_for(session.get_bind().dialect.name, table)


def insert_for(dialect: str, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT, in the words of a database."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_many(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of the rows that `many` makes of them, with each column but a counted key.

    On PostgreSQL all of them are one parameter of one statement: to bind them one by one takes
    three times as long, here and there.
    """
    insert = insert_for(dialect, table)
    if dialect != "postgresql":
        return insert
    names = [column.name for column in table.c if column is not table.autoincrement_column]
    row_type: ColumnClause[Any] = literal_column(f"NULL::{table.name}")
    rows = cast(bindparam("rows", type_=String), JSON)
    return insert.from_select(
        names, select(func.json_populate_recordset(row_type, rows).table_valued(*names))
    )


def many(dialect: str, rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - as SQLAlchemy has it
    """Return rows as the parameters of `insert_many`."""
    return {"rows": json.dumps(rows, default=str)} if dialect == "postgresql" else rows
