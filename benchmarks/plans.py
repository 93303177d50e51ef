"""How a database finds the rows of a statement: which large tables it reads from end to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from dispatch.app import App
from tests.web.questions import LARGE, Questions

EXPLAIN: Final = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
WHOLE: Final = 0.5
"""The share of a table that is as good as all of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the questions of a page read of the large tables."""

    rows: int
    """How many rows PostgreSQL read of them; 0 on SQLite, which does not say."""
    whole: tuple[str, ...]
    """The steps that read one from end to end, each with its statement."""


def reading(app: App, found: Questions) -> Reading:
    """Have the statements of a page explained, with the values that they had."""
    with app.sessions.read() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            return Reading(0, tuple(found.whole_tables()))
        sizes = _sizes(connection)
        steps = [
            (statement, step)
            for statement, values in found.asked
            for step in _steps(_plan(connection, statement, values))
        ]
    whole = [
        f"{step['Node Type']} of {step['Relation Name']}: {statement}"
        for statement, step in steps
        if _is_whole(step, sizes)
    ]
    return Reading(sum(_rows(step) for _, step in steps), tuple(whole))


def _sizes(connection: Connection) -> dict[str, int]:
    """Return how many rows PostgreSQL believes that each large table has."""
    query = "SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY(%s)"
    return dict(connection.exec_driver_sql(query, (list(LARGE),)).all())


def _plan(connection: Connection, statement: str, values: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as the driver was given them
    found: Any = connection.exec_driver_sql(f"{EXPLAIN}{statement}", values).scalar_one()
    plan: Mapping[str, Any] = found[0]["Plan"]
    return plan


def _steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the steps that read a large table."""
    if plan.get("Relation Name") in LARGE:
        yield plan
    below: Iterable[Mapping[str, Any]] = plan.get("Plans", ())
    for each in below:
        yield from _steps(each)


def _rows(step: Mapping[str, Any]) -> int:
    read = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    return int(read * step["Actual Loops"])


def _is_whole(step: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Whether a step goes from row to row, by no index, through most of its table."""
    return "Index Cond" not in step and _rows(step) > WHOLE * sizes[step["Relation Name"]]
