from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import event, func, insert, select, update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.metadata import table_of
from dispatch.database.tables import Delivery, Letter
from dispatch.domain.letter import LetterState
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.store import reach
from dispatch.tracking.store.tallies import Tally, tallies
from tests import steps
from tests.fakes import FakeClock

CODES = ("OXO", "ADU", "CMD", "WOT", "XYZ", "BRX")


def tally(app: App) -> Tally:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return tallies(session, [mailout])[mailout.id]


def add_version(session: Session, code: str, version: int, state: LetterState) -> None:
    """Add a version of a letter that is like the first."""
    table = table_of(Letter)
    first = session.execute(
        select(table).where(table.c.authority_code == code, table.c.version == 1)
    ).one()
    values = {**first._asdict(), "id": uuid4(), "version": version, "state": state}
    session.execute(insert(table).values(values))


def put(session: Session, code: str, state: LetterState) -> None:
    session.execute(update(Letter).where(Letter.authority_code == code).values(state=state))


def test_letters_are_counted_as_if_each_was_asked_whether_it_is_in_force_and_has_left(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *CODES)
    with app.sessions.begin() as session:
        add_version(session, "OXO", 2, LetterState.RENDERED)  # replaces the first
        add_version(session, "OXO", 3, LetterState.RENDERED)  # and this one both
        add_version(session, "ADU", 2, LetterState.PROPOSED)
        add_version(session, "CMD", 2, LetterState.VOID)
        put(session, "WOT", LetterState.VOID)  # was sent, and nothing is in force
        put(session, "XYZ", LetterState.FAILED)
        for delivery in session.scalars(select(Delivery).where(Delivery.authority_code == "XYZ")):
            session.delete(delivery)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        counted = tallies(session, [mailout])[mailout.id]
        in_force = letters.in_force(session, mailout)
        assert counted.in_force == len(in_force) == 5
        assert counted.missing == len(reach.missing(session, mailout)) == 1
    assert counted.letters == {LetterState.RENDERED: 4, LetterState.FAILED: 1}
    assert list(counted.proposed) == ["ADU"]
    assert counted.with_delivery == 5


def test_before_the_release_each_letter_in_force_is_missing(app: App) -> None:
    steps.rendered(app, *CODES)
    counted = tally(app)
    assert counted.missing == counted.in_force == len(CODES)
    assert counted.letters == {LetterState.RENDERED: len(CODES)}


def test_letters_are_counted_by_an_index_and_none_is_read(app: App, clock: FakeClock) -> None:
    """In a mailout of 50,000 letters, to read them takes most of the time of a page."""
    steps.released(app, clock, *CODES)
    asked: list[tuple[str, Any]] = []
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        tallies(session, [mailout])
        [(statement, parameters)] = asked
        assert session.scalar(select(func.count()).select_from(Letter)) == len(CODES)
        if engine.dialect.name == "sqlite":
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            steps_ = [str(row[-1]) for row in plan]
            whole = [each for each in steps_ if each.startswith("S") and " letter" in each]
            by_index = ("COVERING INDEX ix_letter", "(mailout_id=? AND authority_code=? AND ver")
            assert [each for each in whole if not any(map(each.__contains__, by_index))] == []
