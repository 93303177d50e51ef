"""What the clock and the workers take with a million deliveries: `python -m benchmarks.million`.

Deliveries, letters, attempts and events are made up by the database itself, first a few and then
very many, in mailouts of so many deliveries each, sent a week apart. In both, the same number of
the latest wait, are held by a worker that has gone, and are not sealed. So a claim, a sweep, a seal
and the status of one mailout should take as much with a million as with a few. Counted are
statements, processor time in this process and in the database, and what was read: instructions of
SQLite's virtual machine, or pages of 8 kB and rows on PostgreSQL (`EXPLAIN (ANALYZE, BUFFERS)`).

It takes about 3 kB a delivery on the disk, beneath `TMPDIR`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BindParameter, Engine, Uuid, bindparam, event, select, text

from benchmarks import ground, population
from dispatch.database import Session, Sessions, connect
from dispatch.database.metadata import table_of
from dispatch.database.tables import Attempt, Delivery, EventRow, Letter, Mailout
from dispatch.database.types import AwareDateTime
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import CLOCK
from dispatch.ledger import catalogue, journal
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import seal
from dispatch.sending import sweep
from dispatch.sending.store import claims
from dispatch.tracking.status import status_of
from tests.factories import a_mailout
from tests.journeys.meter import Meter

FEW, MANY = 20_000, 1_000_000
EACH: Final = 10_000
"""Deliveries of a mailout."""
WAITING: Final = 1_000
HELD: Final = 50
AT: Final = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - as `population` has it
LEASE: Final = timedelta(minutes=5)
DAY: Final = timedelta(days=1)
WEEK: Final = 7 * DAY
LATEST: Final = 0
"""The number of the mailout that is being sent; the higher it is, the longer ago one was sent."""
RANDOM: Final = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
DASHED: Final = " || '-' || ".join(
    f"substr(its, {start}, {length})"
    for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
)
SPELT: Final = {"sqlite": DASHED, "postgresql": "CAST(its AS text)"}
"""An id as events name it."""
NUMBERS: Final = (
    "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) "
    "SELECT n FROM numbers) AS numbers"
)
FAR_ON: Final = 100_000_000
"""Places of entries behind all that are taken."""
HEAD: Final = f"  {'':22}{'stmts':>6}{'steps':>10}{'own ms':>8}{'db ms':>8}{'pages':>8}{'rows':>9}"
EXPLAIN: Final = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
TIMES: Final = 20
"""How often each is done, for its processor time."""


class UndoneError(Exception):
    """Undoes what was only measured."""


@dataclass
class Taken:
    """What one step took."""

    statements: int
    instructions: int
    own: float
    served: float
    pages: int = 0
    rows: int = 0

    def __str__(self) -> str:
        """Return the columns of the table."""
        return (
            f"{self.statements:6}{self.instructions:10,}{1000 * self.own:8.1f}"
            f"{1000 * self.served:8.1f}{self.pages:8,}{self.rows:9,}"
        )


def fill(sessions: Sessions, count: int, each: int) -> str:
    """Make up so many deliveries; return the name of the mailout that is being sent."""
    mailouts = -(-count // each)
    with sessions.begin() as session:
        delivery = session.scalars(select(Delivery)).one()
        session.add(_attempt(delivery))
    for number in range(mailouts):
        with sessions.begin() as session:
            made = a_mailout(session, name=f"mailout-{number}", not_after=AT + 7 * DAY)
            made.state, made.released_at = MailoutState.SENT, AT - number * WEEK
            session.flush()
            _Made(session, made, FAR_ON + 2 * each * number).fill(min(each, count) // 2)
    name = f"mailout-{LATEST}"
    with sessions.begin() as session:
        _under_way(session, mailout_named(session, name))
    return name


def _attempt(delivery: Delivery) -> Attempt:
    return Attempt(
        delivery_id=delivery.id,
        number=9,
        envid="9",
        server="mail.example:25",
        tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
        started_at=AT,
        offered_at=AT,
        ended_at=AT,
        verdict="accepted",
        verb=".",
        code=250,
        enhanced_status="2.0.0",
        text="2.0.0 Ok: queued as 4F2A61C0B7",
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """Makes up the rows of one mailout, a table by one statement, as copies of the first row."""

    session: Session
    mailout: Mailout
    place: int
    """Behind which the places of its events are free."""

    def fill(self, letters: int) -> None:
        kind = self.session.get_bind().dialect.name
        own = {"id": RANDOM[kind], "mailout_id": ":mailout"}
        numbers = NUMBERS.format(letters)
        self._copy(Letter, numbers, own | {"authority_code": "'A' || n"})
        of_letters = (
            "(SELECT id AS its, authority_code AS its_code FROM letter "
            "WHERE mailout_id = :mailout) AS letters CROSS JOIN (SELECT 'to' AS sort, "
            "'chief executive' AS post UNION ALL SELECT 'cc', 'link officer') AS posts"
        )
        values = {"kind": "sort", "role": "post", "state": "'accepted'", "attempts": "1"}
        at = "sort || '@' || its_code || '.example'"
        address = {"address": at, "address_key": at}
        ties = {"letter_id": "its", "authority_code": "its_code", "token": "1"}
        self._copy(Delivery, of_letters, own | values | address | ties)
        deliveries = "(SELECT id AS its FROM delivery WHERE mailout_id = :mailout) AS deliveries"
        ended = {"number": "1", "ended_at": ":sent"}
        self._copy(Attempt, deliveries, {"id": RANDOM[kind], "delivery_id": "its"} | ended)
        told = (
            f"{deliveries} CROSS JOIN (SELECT 'delivery.queued' AS act UNION ALL "
            "SELECT 'delivery.accepted') AS acts"
        )
        self._copy(
            EventRow,
            told,
            {
                "action": "act",
                "subject": f"'delivery:' || {SPELT[kind]}",
                "place": f"{self.place} + row_number() OVER ()",
            },
        )

    def _copy(self, model: type[Any], source: str, values: dict[str, str]) -> None:
        """Insert a copy of a table's first row for each row of a source, with other values."""
        table = table_of(model)
        columns = [each.name for each in table.c if model is not EventRow or each.name != "id"]
        chosen = ", ".join(values.get(name, f"base.{name}") for name in columns)
        first = "rowid" if self.session.get_bind().dialect.name == "sqlite" else "ctid"
        statement = text(
            f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {chosen} FROM "  # noqa: S608
            f"(SELECT * FROM {table.name} ORDER BY {first} LIMIT 1) AS base CROSS JOIN {source}"
        )
        given: dict[str, BindParameter[Any]] = {
            "mailout": bindparam("mailout", self.mailout.id, type_=Uuid()),
            "sent": bindparam("sent", self.mailout.released_at, type_=AwareDateTime()),
        }
        asked = [each for name, each in given.items() if f":{name}" in statement.text]
        self.session.execute(statement.bindparams(*asked))


def _under_way(session: Session, mailout: Mailout) -> None:
    """Have some deliveries of a mailout wait, some held by a worker that has gone, and events."""
    mailout.state = MailoutState.RELEASING
    its = select(Delivery).where(Delivery.mailout_id == mailout.id).order_by(Delivery.id)
    rows = session.scalars(its.limit(WAITING + HELD)).all()
    for number, row in enumerate(rows):
        row.due_at = row.state_at = AT
        row.not_after = AT + 7 * DAY
        row.state = DeliveryState.CLAIMED if number < HELD else DeliveryState.QUEUED
        row.lease_until = AT if number < HELD else None
    queued = catalogue.into(DeliveryState.QUEUED)
    said = {"authority": "A1", "role": "chief executive", "letter": str(rows[0].letter_id)}
    journal.append_all(session, (queued.event(AT, CLOCK, row.id, **said) for row in rows))


def steps(name: str) -> dict[str, Callable[[Session], object]]:
    """Return what is measured."""
    now = AT + LEASE
    return {
        "claim of 50": partial(
            claims.claim_deliveries, now=now, lease_until=now + LEASE, limit=HELD
        ),
        "count what is due": partial(claims.count_due, now=now, most=800),
        "sweep, 50 taken back": partial(sweep.sweep, now=now),
        "idle sweep": partial(sweep.sweep, now=AT - LEASE),
        "seal of 250": partial(seal, now=now),
        "status of a mailout": partial(_status, name=name, now=now),
        "of the one before": partial(_status, name=f"mailout-{LATEST + 1}", now=now),
    }


def _status(session: Session, name: str, now: datetime) -> object:
    return status_of(session, mailout_named(session, name), now=now)


def measured(sessions: Sessions, server: ground.Server | None, name: str) -> dict[str, Taken]:
    """Measure each step; all that it writes is undone."""
    with sessions.begin() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    sessions.dispose()
    meter = Meter()
    meter.watch(engine)
    found = {}
    for what, step in steps(name).items():
        take = partial(_undone, sessions, step)
        take()  # compiled, and the pages of the disk are in memory
        counted = meter.cost(take)
        served, process = 0.0, server.process.pid if server else None
        before = ground.seconds_of(process)
        costs = [meter.cost(take).seconds for _ in range(TIMES)]
        served = (ground.seconds_of(process) - before) / TIMES
        taken = Taken(counted.statements, counted.instructions, sum(costs) / TIMES, served)
        if server:
            with _explained(engine, taken):
                take()
        found[what] = taken
        print(f"  {what:22}{taken}", flush=True)
    return found


def _undone(sessions: Sessions, step: Callable[[Session], object]) -> None:
    with suppress(UndoneError), sessions.begin() as session:
        step(session)
        session.flush()
        raise UndoneError


@contextmanager
def _explained(engine: Engine, taken: Taken) -> Iterator[None]:
    """Have PostgreSQL say what each statement reads, before it is really executed."""

    def explain(_: Any, cursor: Any, statement: str, values: Any, *more: object) -> None:  # noqa: ANN401
        if statement.lstrip()[:6].upper() not in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH D"}:
            return
        is_many = more[-1]
        with cursor.connection.cursor() as looking:
            looking.execute("SAVEPOINT looking")
            looking.execute(EXPLAIN + statement, values[0] if is_many else values)
            [[found]] = looking.fetchall()
            looking.execute("ROLLBACK TO SAVEPOINT looking")
        plan, times = found[0]["Plan"], len(values) if is_many else 1
        taken.pages += times * (plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        taken.rows += times * sum(_rows(plan))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _rows(plan: dict[str, Any]) -> Iterator[int]:
    """Yield how many rows each step of a plan read of a table."""
    if "Relation Name" in plan:
        read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield int(read * plan["Actual Loops"])
    for each in plan.get("Plans", ()):
        yield from _rows(each)


def rehearse(count: int, each: int, *, is_postgresql: bool) -> dict[str, Taken]:
    """Make up so many deliveries in a database of their own, and measure each step."""
    with ground.workplace() as folder, _database(folder, is_postgresql=is_postgresql) as place:
        server, url = place
        ground.migrate(url)
        population.populate(url, 1, 10_000)
        sessions = connect(url, population.KEY)
        name = fill(sessions, count, min(each, count))
        # What comes by itself some time after so many rows must not come while we measure.
        tidy(sessions, "VACUUM (ANALYZE)" if server else "ANALYZE")
        kind = "PostgreSQL" if server else "SQLite"
        print(f"\n{count:,} deliveries, {min(each, count):,} a mailout, {kind}\n{HEAD}", flush=True)
        found = measured(sessions, server, name)
        sessions.dispose()
    return found


def tidy(sessions: Sessions, how: str) -> None:
    """Have the database count its rows, outside a transaction."""
    with sessions.begin() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(how))


@contextmanager
def _database(folder: Path, *, is_postgresql: bool) -> Iterator[tuple[ground.Server | None, str]]:
    if not is_postgresql:
        yield None, f"sqlite:///{folder / 'dispatch.db'}"
        return
    with ground.postgresql(folder / "postgresql") as server, ground.database(server) as url:
        yield server, url


def main() -> None:
    """Measure with a few and with very many, and print how much more each step reads."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", nargs="*", type=int, default=(FEW, MANY))
    parser.add_argument("--each", type=int, default=EACH, help="deliveries of a mailout")
    parser.add_argument("--on", choices=["sqlite", "postgresql"], default="postgresql")
    asked = parser.parse_args()
    is_postgresql = asked.on == "postgresql"
    found = [rehearse(each, asked.each, is_postgresql=is_postgresql) for each in asked.counts]
    first, last = found[0], found[-1]
    print("\ntimes as much as with the fewest: seconds, and what was read")
    for what, taken in last.items():
        before = first[what]
        read = (taken.pages or taken.instructions) / max(before.pages or before.instructions, 1)
        seconds = (taken.own + taken.served) / (before.own + before.served)
        print(f"  {what:22}{seconds:6.1f}{read:6.1f}")


if __name__ == "__main__":
    main()
