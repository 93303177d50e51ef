from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from dispatch.db import Delivery, Mailout, Sessions, connect, queries, schema
from dispatch.domain.delivery import DeliveryState

OLDER = Path(__file__).with_name("an_older_database.sql")


@pytest.fixture
def untouched(tmp_path: Path) -> Sessions:
    """A database without a table."""
    return connect(f"sqlite:///{tmp_path}/untouched.db")


def test_the_migrations_make_the_tables_that_the_models_describe(sessions: Sessions) -> None:
    with sessions.begin() as session:
        schema.check(session)


def test_an_empty_database_becomes_current(untouched: Sessions) -> None:
    with untouched.begin() as session:
        assert schema.age(session) is schema.Age.EMPTY
        schema.upgrade(session)
    with untouched.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT
        schema.upgrade(session)


@pytest.mark.parametrize(
    ("revision", "age"),
    [("9999", schema.Age.NEWER), ("0001", schema.Age.OLDER), ("0002", schema.Age.CURRENT)],
)
def test_a_database_says_how_old_it_is(sessions: Sessions, revision: str, age: schema.Age) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    with sessions.begin() as session:
        assert schema.age(session) is age


def test_an_older_database_is_upgraded_and_keeps_what_it_holds(untouched: Sessions) -> None:
    with untouched.begin() as session:
        schema.upgrade(session, "0001")
        for statement in OLDER.read_text().split(";\n")[:-1]:
            session.execute(text(statement))
    with untouched.begin() as session:
        assert schema.age(session) is schema.Age.OLDER
        schema.upgrade(session)
    with untouched.begin() as session:
        schema.check(session)
        found = session.get_one(Delivery, UUID(int=3))
        assert found.state is DeliveryState.ACCEPTED
        mailout = session.execute(select(Mailout.name, Mailout.opens)).one()
        assert tuple(mailout) == ("last-year", None)
        [attempt] = queries.attempts(session, found.id)
        assert (attempt.code, attempt.text) == (250, "2.0.0 queued")


def test_a_database_with_an_earlier_migration_is_older(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _: "0003")
    with sessions.begin() as session:
        assert schema.age(session) is schema.Age.OLDER


def test_what_the_models_add_can_be_drafted(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        command, "revision", lambda *args, **options: asked.append((*args[1:], options))
    )
    with sessions.begin() as session:
        schema.draft(session, "suggestions", "0003")
    assert asked == [("suggestions", {"autogenerate": True, "rev_id": "0003"})]
