"""Find what somebody added to the database that acts by itself: triggers, rules, views.

dispatch makes none of these. With one, somebody can change or drop a row at the moment at which it
is written, or hide it from those who read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_IN_SQLITE: Final = """
SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name
"""

_IN_POSTGRESQL: Final = """
WITH ours AS (SELECT oid, relname, relkind, relrowsecurity FROM pg_class
              WHERE relnamespace = current_schema()::regnamespace)
SELECT 'trigger', tgname, relname FROM pg_trigger JOIN ours ON ours.oid = tgrelid
WHERE NOT tgisinternal
UNION ALL
SELECT 'rule', rulename, relname FROM pg_rewrite JOIN ours ON ours.oid = ev_class
WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'view', relname, relname FROM ours WHERE relkind IN ('v', 'm', 'f')
UNION ALL
SELECT 'row security', relname, relname FROM ours WHERE relrowsecurity
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Addition:
    """One of these."""

    kind: str
    name: str
    table: str

    @property
    def is_in_the_way(self) -> bool:
        """Whether it stands where a table of ours should, so that nothing can be read there."""
        return self.kind == "view"

    def __str__(self) -> str:
        return f"the database has a {self.kind} {self.name} on {self.table}, which we did not make"


def find(session: Session) -> list[Addition]:
    """Return all of them."""
    is_server = session.get_bind().dialect.name == "postgresql"
    found = session.execute(text(_IN_POSTGRESQL if is_server else _IN_SQLITE))
    return [Addition(*each) for each in found]
