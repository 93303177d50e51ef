"""How fast the ledger is sealed and verified, and what it costs a sender to write events.

`python benchmarks/seal.py`: 100,000 events of 50,000 deliveries, each queued and accepted, on both
databases, beside the hashing alone, without a database. Then events are appended as workers append
them, 50 in a commit, with what sealing needs beside the same table without it. PostgreSQL and
SQLite keep their promise to write to the disk. `.ci/benchmarks seal` installs what this needs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from benchmarks import gauge, ground, population
from dispatch.database import Sessions, connect
from dispatch.database.tables import Attempt, Delivery, Letter, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.proof import merkle
from dispatch.domain.proof.ledger import CLOCK, WORKER, Event, Written
from dispatch.domain.sending.envelope import envid
from dispatch.ledger import journal
from dispatch.letters.store.letters import in_force as letters
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import seal
from dispatch.proof.verify import audit

COUNT: Final = 100_000
MOST_SECONDS: Final = 60
LETTER_MILLISECONDS: Final = 1.4
"""Processor time of a letter of 10 kB in worker and database: see docs/running/measured.md."""
CHUNK: Final = 5000
AT: Final = datetime.now(UTC)  # noqa: TID251 - as `population` has it


def events_of(delivery_id: UUID) -> tuple[Event, Event]:
    """Return what the ledger is told of a delivery that is queued, and accepted at once."""
    subject = f"delivery:{delivery_id}"
    queued = {"authority": "A00001", "role": "chief executive", "letter": str(delivery_id)}
    accepted = {"attempt": "1", "envid": envid(delivery_id, 1), "verdict": "accepted"}
    return (
        Event(AT, CLOCK, "delivery.queued", subject, queued),
        Event(AT, WORKER, "delivery.accepted", subject, accepted),
    )


def attempt_of(delivery_id: UUID) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "delivery_id": delivery_id,
        "number": 1,
        "envid": envid(delivery_id, 1),
        "server": "mail.example:25",
        "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "started_at": AT,
        "offered_at": AT,
        "ended_at": AT,
        "verdict": "accepted",
        "verb": ".",
        "code": 250,
        "enhanced_status": "2.0.0",
        "text": "2.0.0 Ok: queued as 4F2A61C0B7",
    }


def hashing(count: int) -> float:
    """Return the seconds that it takes to hash so many events and as many records, and no more."""
    ids = [uuid4() for _ in range(count // 2)]
    told = [each for id_ in ids for each in events_of(id_)]
    rows = [attempt_of(id_) for id_ in ids for _ in range(2)]
    starts = time.perf_counter()
    leaves = [
        merkle.leaf_hash(each.entry(number, token_hex(16))) for number, each in enumerate(told)
    ]
    for row in rows:
        people = {"text": row["text"]}
        made = Written("attempt:x", row, people, {"text": None}).imprint(token_hex(16))
        leaves.append(merkle.leaf_hash(made.entry()))
    merkle.root_of(merkle.grown((), 0, leaves))
    return time.perf_counter() - starts


def fill(sessions: Sessions, count: int) -> None:
    """Write so many events, half as many deliveries and an attempt at each."""
    with sessions.read() as session:
        mailout = mailout_named(session, population.NAME)
        [letter] = letters(session, mailout)
    with sessions.begin() as session:  # what `population` made without a word
        told = [
            (f"authority:{letter.authority_code}", "authority.changed"),
            (f"letter:{letter.id}", "letter.rendered"),
        ]
        journal.append_all(session, (Event(AT, CLOCK, what, who) for who, what in told))
    for start in range(0, count // 2, CHUNK):
        ids = [uuid4() for _ in range(min(CHUNK, count // 2 - start))]
        with sessions.begin() as session:
            rows = [_delivery(mailout, letter, id_) for id_ in ids]
            session.execute(insert(Delivery), rows)
            session.execute(insert(Attempt), [attempt_of(id_) for id_ in ids])
            journal.append_all(session, (each for id_ in ids for each in events_of(id_)))


def _delivery(mailout: Mailout, letter: Letter, id_: UUID) -> dict[str, Any]:
    return {
        "id": id_,
        "mailout_id": mailout.id,
        "letter_id": letter.id,
        "authority_code": letter.authority_code,
        "kind": letter.draft.recipients[0].kind,
        "role": "chief executive",
        "address": f"{id_.hex}@a00001.example",
        "address_key": f"{id_.hex}@a00001.example",
        "name": "Ms Adeyemi",
        "state": DeliveryState.ACCEPTED,
        "created_at": AT,
        "due_at": AT,
        "not_after": AT + timedelta(days=7),
        "state_at": AT,
        "attempts": 1,
        "token": 1,
    }


def seal_all(sessions: Sessions) -> None:
    is_due = True
    while is_due:
        with sessions.begin() as session:
            made = seal(session, now=AT + timedelta(minutes=1))
        is_due = made is not None and not made.is_caught_up


def verify(sessions: Sessions) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew: proc(5)
    before = gauge.memory(os.getpid())
    with sessions.read() as session:
        found = audit(session)
    print(f"          memory to verify: {gauge.memory(os.getpid()).rss - before.rss:.0f} MB more")
    assert found.last
    assert not found.wrong, found.wrong


def timed(work: Callable[[], None]) -> float:
    starts = time.perf_counter()
    work()
    return time.perf_counter() - starts


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Sessions]]:
    """Lend a migrated database of each kind, with one letter in it."""
    with ground.postgresql(folder / "postgresql") as server, ground.database(server) as url:
        opened = {}
        for kind, each in (("PostgreSQL", url), ("SQLite", f"sqlite:///{folder / 'dispatch.db'}")):
            ground.migrate(each)
            population.populate(each, 1, 10_000)
            opened[kind] = connect(each, population.KEY)
        yield opened
        for sessions in opened.values():
            sessions.dispose()


def appended(sessions: Sessions, count: int) -> float:
    """Return the seconds that it takes to append so many events, 50 in a commit."""
    told = [[events_of(uuid4())[1] for _ in range(50)] for _ in range(count // 50)]
    starts = time.perf_counter()
    for each in told:
        with sessions.begin() as session:
            journal.append_all(session, each)
    return time.perf_counter() - starts


def compare_appending(kind: str, sessions: Sessions, count: int, turns: int) -> None:
    """Print what an event costs with the index of what waits to be sealed, and without it."""
    costs: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(turns):
        for has_index in (True, False):
            with sessions.begin() as session:
                session.execute(text("DELETE FROM event WHERE place IS NULL"))
                if not has_index:
                    session.execute(text("DROP INDEX ix_event_place"))
            costs[has_index].append(appended(sessions, count) / count * 1000)
            if not has_index:
                with sessions.begin() as session:
                    session.execute(text("CREATE UNIQUE INDEX ix_event_place ON event (place)"))
    extra = median(a - b for a, b in zip(costs[True], costs[False], strict=True))
    share = extra / LETTER_MILLISECONDS
    verdict = "met" if share < 0.05 else "MISSED"
    print(
        f"  {verdict:7} {kind}: an event takes {median(costs[True]):.3f} ms, without what sealing "
        f"needs {median(costs[False]):.3f}: {share:.1%} of a letter, asked for 5% at most"
    )


def judged(what: str, seconds: float, count: int) -> str:
    verdict = "met" if seconds < MOST_SECONDS else "MISSED"
    return f"  {verdict:7} {what}: {seconds:.1f} s, {count / seconds:,.0f} events/s"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    words.add_argument("--count", type=int, default=COUNT, help="how many events")
    words.add_argument("--turns", type=int, default=5, help="of appending")
    asked = words.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {asked.count:,} events")
    print(f"  hashing alone: {hashing(asked.count):.1f} s")
    with ground.workplace() as folder, databases(folder) as opened:
        for kind, sessions in opened.items():
            fill(sessions, asked.count)
            print(judged(f"{kind}, sealed", timed(partial(seal_all, sessions)), asked.count))
            print(judged(f"{kind}, verified", timed(partial(verify, sessions)), asked.count))
        for kind, sessions in opened.items():
            compare_appending(kind, sessions, asked.count // 10, asked.turns)


if __name__ == "__main__":
    main()
