"""What sending asks the database: counted in statements and octets, never in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Engine, event

from dispatch.app import App
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.sending.approved import Approvals
from dispatch.sending.recorder import Recorder
from dispatch.sending.store import claims
from tests import steps
from tests.fakes import ACCEPTED, FakeClock

LEASE = timedelta(minutes=15)
REFUSED: Final = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))

MOST_TO_CLAIM: Final = 2
MOST_TO_LOAD: Final = 5
MOST_TO_RECORD: Final = {"postgresql": 1, "sqlite": 4}
MOST_OCTETS: Final = 1500
"""What a recorded attempt, its event and its mark may take on the way to the database."""


@dataclass
class Asked:
    """What a database was asked, statement by statement."""

    said: list[tuple[str, Any]] = field(default_factory=list)
    commits: int = 0

    @property
    def octets(self) -> int:
        return sum(len(repr(values)) for _, values in self.said)


@contextmanager
def asked(app: App) -> Iterator[Asked]:
    engine, found = app.sessions.writing.kw["bind"], Asked()
    assert isinstance(engine, Engine)

    def note(*said: Any) -> None:
        if not said[2].startswith("BEGIN"):
            found.said.append((said[2], said[3]))

    def count(_: object) -> None:
        found.commits += 1

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", count)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", count)


def dialect_of(app: App) -> str:
    return str(app.sessions.writing.kw["bind"].dialect.name)


def claimed(app: App, limit: int) -> list[Claim]:
    now = app.clock()
    with app.sessions.begin() as session:
        return claims.claim_deliveries(session, now=now, lease_until=now + LEASE, limit=limit)


def ended(app: App, held: Sequence[Claim], outcome: Outcome = ACCEPTED) -> list[Tried]:
    now = app.clock()
    return [
        Tried(claim=each, started_at=now, offered_at=now, ended_at=now, outcome=outcome)
        for each in held
    ]


@pytest.fixture
def recorder(app: App, clock: FakeClock) -> Recorder:
    """A recorder that has just noted that the server is well, as most of the time."""
    steps.released(app, clock, "OXO", "ADU", "WOT", "CMD")
    made = steps.means(app).recorder
    return replace(made, health=replace(made.health, told_at=clock()))


@pytest.mark.parametrize("count", [1, 8])
def test_a_batch_is_claimed_and_loaded_by_as_many_statements_as_one_letter(
    app: App, recorder: Recorder, count: int
) -> None:
    approvals = Approvals()
    with app.sessions.read() as session:
        approvals.load(session, [])
    with asked(app) as claiming:
        held = claimed(app, count)
    assert len(held) == count
    assert len(claiming.said) <= MOST_TO_CLAIM
    with app.sessions.read() as session:
        approvals.load(session, held)  # looks once for a run at what was approved
    with app.sessions.read() as session, asked(app) as loading:
        approvals.load(session, held)
    assert len(loading.said) <= MOST_TO_LOAD


def test_marks_and_replies_of_a_commit_are_one_statement_on_postgresql_and_four_on_sqlite(
    app: App, recorder: Recorder
) -> None:
    held = claimed(app, 8)
    first, last = held[:4], held[4:]
    assert recorder.record(first, ()).keys() == {*first}
    with asked(app) as recording:
        assert recorder.record(last, ended(app, first)).keys() == {*last}
    assert (len(recording.said), recording.commits) == (MOST_TO_RECORD[dialect_of(app)], 1)
    assert recording.octets / 4 < MOST_OCTETS


def test_replies_that_differ_take_no_more(app: App, recorder: Recorder) -> None:
    held = claimed(app, 8)
    recorder.record(held, ())
    with asked(app) as recording:
        recorder.record((), [*ended(app, held[:4]), *ended(app, held[4:], REFUSED)])
    assert len(recording.said) == MOST_TO_RECORD[dialect_of(app)]


def test_a_claim_finds_the_letters_in_the_order_of_an_index(app: App, recorder: Recorder) -> None:
    with asked(app) as claiming:
        assert claimed(app, 1)
    [(statement, values)] = [each for each in claiming.said if each[0].startswith("WITH due")]
    how = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[dialect_of(app)]
    with app.sessions.read() as session:
        connection = session.connection()
        if dialect_of(app) == "postgresql":  # which reads tables of eight rows from end to end
            connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")
        rows = connection.exec_driver_sql(f"{how} {statement}", values).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    assert "ix_delivery_waiting" in plan
    assert "Sort" not in plan
    assert "ORDER BY" not in plan
