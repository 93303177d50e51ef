from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from dispatch.app import App
from dispatch.database import Sessions, connect, schema
from dispatch.database.tables import AuthorityRow
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.register.search import Match, Sought, searched
from dispatch.register.store import authorities
from tests import steps
from tests.database import next_migration
from tests.fakes import FakeClock


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
    ("number", "age"), [("9999", schema.Age.NEWER), ("0005", schema.Age.TOO_OLD)]
)
def test_a_database_at_an_unknown_migration_is_newer_or_too_old(
    sessions: Sessions, number: str, age: schema.Age
) -> None:
    with sessions.begin() as session:
        session.execute(
            text("UPDATE alembic_version SET version_num = :number"), {"number": number}
        )
    with sessions.begin() as session:
        assert schema.age(session) is age
        with pytest.raises(RuleBroken):
            schema.refuse_unknown(session)


def test_an_older_database_is_upgraded_and_keeps_what_it_holds(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, "OXO")
    before = steps.deliveries_of(app)
    next_migration.add(tmp_path, monkeypatch)
    with app.sessions.begin() as session:
        assert schema.age(session) is schema.Age.OLDER
        schema.upgrade(session)
    with app.sessions.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT
        shelves = session.execute(text("SELECT address, shelf FROM delivery")).all()
        assert dict(map(tuple, shelves)) == {address: f"of {address}" for address in before}
    steps.send_due(app)
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.ACCEPTED}


def test_an_authority_of_an_older_database_is_found_once_that_is_upgraded(app: App) -> None:
    with app.sessions.begin() as session:
        former = json.dumps(["Saint Verulam"])
        session.execute(
            text(
                "INSERT INTO authority (code, name, official_name, kind, successors, former_names) "
                "VALUES ('SAL', 'St Albans', 'City & District of St. Albàns', 'council', '[]', "
                ":former)"
            ),
            {"former": former},
        )
    with app.sessions.begin() as session:
        connection = session.connection()
        with Operations.context(MigrationContext.configure(connection)):
            step = import_module("dispatch.database.migrations.versions.0017_search")
            step.downgrade()
            step.upgrade()
    with app.sessions.read() as session:
        [row] = session.scalars(select(AuthorityRow)).all()
        assert row.searched == searched((row.name, row.official_name), row.former_names)
        [(found, how)] = authorities.found(session, Sought.of("verulam"), limit=5)
        assert (found.code, how) == ("SAL", Match.FORMER_NAME)


NAMES_OF_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT indexname FROM pg_indexes",
}


@pytest.mark.parametrize(
    ("migration", "wanted"),
    [
        ("0019_indexes_for_lists", {"ix_letter_not_made", "ix_event_of_every_letter"}),
        ("0020_figures_by_authority", {"ix_figures_authority"}),
    ],
)
def test_an_older_database_gets_the_indexes_of_a_migration(
    app: App, clock: FakeClock, migration: str, wanted: set[str]
) -> None:
    steps.released(app, clock, "OXO")
    steps.send_due(app)
    found = []
    with app.sessions.begin() as session:
        connection = session.connection()
        named = text(NAMES_OF_INDEXES[connection.dialect.name])
        with Operations.context(MigrationContext.configure(connection)):
            step = import_module(f"dispatch.database.migrations.versions.{migration}")
            for change in (step.downgrade, step.upgrade):
                change()
                found.append(set(connection.scalars(named)))
    assert found[0] & wanted == set()
    assert found[1] - found[0] == wanted
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.ACCEPTED}


def test_a_database_with_an_earlier_migration_is_older(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _: "9999")
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
        schema.draft(session, "uploads", "0006")
    assert asked == [("uploads", {"autogenerate": True, "rev_id": "0006"})]
