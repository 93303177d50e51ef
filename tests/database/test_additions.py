from __future__ import annotations

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import additions
from dispatch.proof.verify import audit
from tests.databases import POSTGRESQL

DROPPED = "CREATE FUNCTION dropped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
ON_SQLITE = [
    (
        ["CREATE TRIGGER t BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END"],
        "the database has a trigger t on event, which we did not make",
    ),
    (
        [
            "ALTER TABLE arrival RENAME TO hidden",
            "CREATE VIEW arrival AS SELECT * FROM hidden WHERE recipient = ''",
        ],
        "the database has a view arrival on arrival, which we did not make",
    ),
]
ON_POSTGRESQL = [
    (
        [
            DROPPED,
            "CREATE TRIGGER t BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION dropped()",
        ],
        "the database has a trigger t on event, which we did not make",
    ),
    (
        ["CREATE RULE r AS ON DELETE TO delivery DO INSTEAD NOTHING"],
        "the database has a rule r on delivery, which we did not make",
    ),
    (
        ["ALTER TABLE event ENABLE ROW LEVEL SECURITY"],
        "the database has a row security event on event, which we did not make",
    ),
    ON_SQLITE[1],
]


@pytest.mark.parametrize(("done", "named"), ON_POSTGRESQL if POSTGRESQL else ON_SQLITE)
def test_what_acts_by_itself_is_named_and_ends_no_audit(
    app: App, done: list[str], named: str
) -> None:
    with app.sessions.read() as session:
        assert additions.find(session) == []
    with app.sessions.begin() as session:
        for statement in done:
            session.execute(text(statement))
    with app.sessions.read() as session:
        assert audit(session).wrong[0] == named
