from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from dispatch.db import Sessions, connect, schema


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
    [("9999", schema.Age.NEWER), ("0001", schema.Age.CURRENT)],
)
def test_a_database_says_how_old_it_is(sessions: Sessions, revision: str, age: schema.Age) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    with sessions.begin() as session:
        assert schema.age(session) is age


def test_a_database_with_an_earlier_migration_is_older(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _: "0002")
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
        schema.draft(session, "suggestions", "0002")
    assert asked == [("suggestions", {"autogenerate": True, "rev_id": "0002"})]
