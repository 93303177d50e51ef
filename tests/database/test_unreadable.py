from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Table

from dispatch.database import connect, unreadable
from dispatch.database.metadata import Base
from dispatch.proof.verify import audit
from tests.conftest import KEY
from tests.databases import POSTGRESQL
from tests.proof.test_verify import copied, scene

__all__ = ["scene"]

pytestmark = pytest.mark.skipif(
    bool(POSTGRESQL), reason="only SQLite takes any value in any column"
)

ODD = (
    "7",
    "1e300",
    "9223372036854775807",
    "'words'",
    "'[1, {}]'",
    "'{\"a\": 1e999}'",
    "'9999-12-31 23:59:59.999999'",
    "'0001-01-01'",
    "x'00ff'",
    "NULL",
)


def columns_of(table: Table, *, is_key: bool) -> list[str]:
    return [each.name for each in table.c if each.primary_key is is_key]


def write(url: str, table: Table, value: str, *, is_key: bool) -> list[str]:
    """Put a value into each column of one row, or into its key; return which took it."""
    taken = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        [row] = database.execute(f'SELECT max(rowid) FROM "{table.name}"').fetchone()  # noqa: S608
        if row is None:
            return []
        for column in columns_of(table, is_key=is_key):
            try:
                database.execute(
                    f'UPDATE "{table.name}" SET "{column}" = {value} WHERE rowid = {row}'  # noqa: S608
                )
            except sqlite3.IntegrityError:
                continue
            taken.append(column)
        database.commit()
    return taken


@pytest.mark.parametrize(
    "value",
    ["CAST(x'41ff' AS TEXT)", *(pytest.param(each, marks=pytest.mark.slow) for each in ODD)],
)
def test_whatever_stands_in_a_column_is_named_and_the_rest_is_looked_at(
    scene: str, tmp_path: Path, value: str
) -> None:
    for table in Base.metadata.sorted_tables:
        for is_key in (False, True):
            with copied(scene, tmp_path / "copy.db") as url:
                taken = write(url, table, value, is_key=is_key)
                if not taken:
                    continue
                sessions = connect(url, KEY)
                with sessions.read() as session:
                    odd = list(unreadable.find(session))
                    wrong = audit(session).wrong
                sessions.dispose()
                assert {each.column for each in odd} <= set(taken)
                if odd:
                    assert wrong, (table.name, taken)
