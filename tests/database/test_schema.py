from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from dispatch.database import Sessions, connect, schema
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.notice import Category, Notice
from dispatch.domain.sending.envelope import Sender, return_path
from dispatch.incoming import conclude
from dispatch.incoming.store import messages, readings
from dispatch.sending.store import deliveries

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
    [("9999", schema.Age.NEWER), ("0001", schema.Age.OLDER)],
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
        assert found.mail is None
        mailout = session.execute(select(Mailout.name, Mailout.opens)).one()
        assert tuple(mailout) == ("last-year", None)
        [attempt] = deliveries.attempts_at(session, found.id)
        assert (attempt.code, attempt.text) == (250, "2.0.0 queued")


def test_what_comes_back_of_an_older_letter_is_taken_in(
    untouched: Sessions, sender: Sender
) -> None:
    with untouched.begin() as session:
        schema.upgrade(session, "0001")
        for statement in OLDER.read_text().split(";\n")[:-1]:
            session.execute(text(statement))
    with untouched.begin() as session:
        schema.upgrade(session)
    now = datetime(2020, 7, 23, 9, tzinfo=UTC)
    arrival = Arrival(source="lmtp", recipient=return_path("b@x.example", UUID(int=3), sender.key))
    bounce = Notice(category=Category.BOUNCE)
    with untouched.begin() as session:
        messages.store(session, b"a bounce", arrival, now=now)
        claimed = readings.claim(session, now=now, lease_until=now)
        assert claimed
        readings.record(session, claimed, bounce, version=1, now=now)
        assert conclude.conclude(session, sender, soft_bounces=3, now=now)
        assert session.get_one(Delivery, UUID(int=3)).state is DeliveryState.BOUNCED


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
