from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from dispatch.db import Delivery, Mailout, Sessions, connect, queries, schema
from dispatch.domain.delivery import DeliveryState


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
    moment = "2020-07-22 08:00:00"
    with untouched.begin() as session:
        schema.upgrade(session, "0001")
        for statement in (
            "INSERT INTO authority (code, name, official_name, kind, successors)"
            " VALUES ('OXO', 'Oxford', 'Oxford City Council', 'council', '[]')",
            "INSERT INTO mailout (id, name, state, plan, plan_digest, created_at, created_by)"
            f" VALUES ('{1:032}', 'last-year', 'sent', 'null', '', '{moment}', 'sam')",
            "INSERT INTO letter (id, mailout_id, authority_code, version, state, draft,"
            " fingerprint, parts, asked_by, attempts)"
            f" VALUES ('{2:032}', '{1:032}', 'OXO', 1, 'rendered', 'null', '', '{{}}', 'sam', 1)",
            "INSERT INTO delivery (id, mailout_id, letter_id, authority_code, kind, role, address,"
            " address_key, name, state, created_at, due_at, not_after, state_at, attempts, token,"
            f" last_reply) VALUES ('{3:032}', '{1:032}', '{2:032}', 'OXO', 'to', 'chief executive',"
            f" 'a@b.example', 'a@b.example', 'A', 'accepted', '{moment}', '{moment}', '{moment}',"
            f" '{moment}', 1, 1, '250 2.0.0 queued')",
            "INSERT INTO attempt (id, delivery_id, number, envid, server, started_at, verdict,"
            f" code, text) VALUES ('{4:032}', '{3:032}', 1, 'an-older-envid', 'mail', '{moment}',"
            " 'accepted', 250, '2.0.0 queued')",
        ):
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
