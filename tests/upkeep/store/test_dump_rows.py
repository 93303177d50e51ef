from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import (
    text,
)

from dispatch.app import App
from dispatch.database import Sessions, schema
from dispatch.database.tables import Delivery
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.upkeep.store import dump
from tests import steps
from tests.dumps import contents, dumped, emptiness
from tests.factories import an_event
from tests.fakes import FakeClock


def test_each_table_comes_after_those_that_it_points_at(sessions: Sessions) -> None:
    with sessions.read() as session:
        found = dump.tables(session)
    names = list(found)
    for table in found.values():
        pointed = {key.column.table.name for key in table.foreign_keys} - {table.name}
        assert all(names.index(each) < names.index(table.name) for each in pointed)
    assert "alembic_version" not in names


def test_what_replaces_another_comes_after_it_whatever_its_key(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    ids = [UUID(int=number) for number in (9, 1, 5, 2)]
    with app.sessions.begin() as session:
        [first] = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        fixed = {name: getattr(first, name) for name in Delivery.__mapper__.columns.keys()}  # noqa: SIM118 - no mapping
        root = last = first.id
        for id_ in ids:
            session.add(Delivery(**(fixed | {"id": id_, "replaces_id": last})))
            session.flush()
            last = id_
    with app.sessions.read() as session:
        table = dump.tables(session)["delivery"]
        found = [UUID(str(row[0])).hex for row in dump.rows(session, table)]
    assert found == [root.hex, *(id_.hex for id_ in ids)]
    with emptiness(tmp_path) as target:
        with target.begin() as session:
            schema.upgrade(session)
            made = dumped(app.sessions, tmp_path / "dump", clock())
            dump.fill(session, made.rows(), made.path)
        assert contents(target) == contents(app.sessions)


def test_numbers_count_on_from_the_last_that_was_filled_in(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    event = an_event("mailout:a", clock())
    with app.sessions.begin() as session:
        journal.append_all(session, [event] * 5)
    with emptiness(tmp_path) as target:
        with target.begin() as session:
            schema.upgrade(session)
            made = dumped(app.sessions, tmp_path / "dump", clock())
            dump.fill(session, made.rows(), made.path)
            journal.append(session, event)
        with target.read() as session:
            assert list(session.scalars(text("SELECT id FROM event ORDER BY id"))) == [*range(1, 7)]


def test_strangers_and_inhabitants_are_named(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert (dump.strangers(session), dump.inhabited(session)) == ([], [])
        session.execute(text("CREATE TABLE theirs (id INTEGER)"))
        session.execute(text("INSERT INTO bucket VALUES ('smtp', '2020-07-22 08:00:00', 0, NULL)"))
    with sessions.read() as session:
        assert (dump.strangers(session), dump.inhabited(session)) == (
            ["theirs"],
            ["bucket"],
        )


def test_when_all_is_dropped_the_tables_can_be_made_again(sessions: Sessions) -> None:
    with sessions.begin() as session:
        dump.drop(session)
        assert schema.age(session) is schema.Age.EMPTY
        schema.upgrade(session)
        assert schema.age(session) is schema.Age.CURRENT
