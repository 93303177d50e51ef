"""Book slots by the rates, which are in the database and so shared by all workers.

Each key has a row with one moment, at which the next letter may leave. Booking locks the rows of
its keys and strikes lock those of domains; both take them in the order of the keys.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Bucket
from dispatch.domain.sending.pace import LONGEST_REST, SERVICE, Pace, Rates, Strikes, reserve
from dispatch.sending.store import exchangers

LINE: Final = "line:"
"""The prefix of a key's queue: that row says when the next letter that gets no slot must ask again.
Only a transaction that holds the key's own row touches it."""

Id = TypeVar("Id", bound=Hashable)


def book(
    session: Session,
    wanted: Sequence[tuple[Id, str]],
    rates: Rates,
    *,
    now: datetime,
    until: datetime,
) -> dict[Id, datetime]:
    """Take a slot for each delivery in `wanted`, given with its domain; return the moments.

    A moment before `until` is when the delivery may leave. A later one is when to ask again: the
    delivery has got no slot of any key. Called in the transaction that claims. If nothing limits
    these domains, it costs one query.
    """
    limits = _limits(session, sorted({domain for _, domain in wanted}), rates, now)
    keys = sorted({key for each in limits.values() for key in each})
    if not keys:
        return {id_: now for id_, _ in wanted}
    # The rows stay locked until the transaction ends. Deliveries come first (the claim), then rates
    # in the order of their keys: every transaction does it in this order, so none can deadlock.
    intervals = {key: interval for each in limits.values() for key, interval in each.items()}
    # No rest or slot is further ahead, unless the clock went back after it was booked.
    latest = until + LONGEST_REST + max(intervals.values())
    tats = {key: tat for key, tat in _locked_tats(session, keys).items() if tat <= latest}
    paces = {
        key: Pace(intervals[key], tats.get(key, now), tats.get(LINE + key, now)) for key in keys
    }
    moments = {
        id_: reserve([paces[key] for key in limits[domain]], now, until) for id_, domain in wanted
    }
    booked = {key: pace.tat for key, pace in paces.items()}
    booked |= {LINE + key: pace.line for key, pace in paces.items()}
    _set_tats(session, {key: tat for key, tat in booked.items() if tat != tats.get(key, now)})
    return moments


def strike(session: Session, keys: Iterable[str], *, now: datetime) -> list[str]:
    """Let the letters of keys rest and slow them down; return the keys newly struck.

    Must come last in a transaction: a claim locks its deliveries first and then waits for these
    rows, so a transaction that held them while it waited for a delivery could deadlock with it.
    """
    named = set(keys)
    if not named:
        return []
    _make(session, named, now)
    locked = (
        select(Bucket.key, Bucket.tat, Bucket.strikes, Bucket.struck_at)
        .where(Bucket.key.in_(named))
        .order_by(Bucket.key)
        .with_for_update()
    )
    struck, rows = [], []
    for key, tat, count, struck_at in session.execute(locked).all():
        strikes = Strikes(count, struck_at).another(now)
        if strikes.last_at != struck_at:
            rested_at = max(tat, strikes.rested_at or now)
            values = {"tat": rested_at, "strikes": strikes.count, "struck_at": strikes.last_at}
            rows.append({"key": key, **values})
            struck.append(key)
    if rows:
        session.execute(update(Bucket), rows)
    return struck


def _limits(
    session: Session, domains: Sequence[str], rates: Rates, now: datetime
) -> dict[str, dict[str, timedelta]]:
    """Return the keys that limit each domain, with their intervals, the widest first.

    Makes the rows that are missing.
    """
    hosts = _hosts(session, domains) if rates.groups else {}
    limits = {domain: rates.keys_for(domain, hosts.get(domain, ())) for domain in domains}
    wanted = {key for each in limits.values() for key in each}
    strikes = _strikes(session, wanted | {SERVICE})
    _make(session, wanted - strikes.keys(), now)
    struck = strikes.get(SERVICE, Strikes()).remembered(now)
    if slowed := struck.slowed(rates.service):
        return {domain: {SERVICE: slowed, **_others(limit)} for domain, limit in limits.items()}
    return limits


def _others(limit: Mapping[str, timedelta]) -> dict[str, timedelta]:
    return {key: interval for key, interval in limit.items() if key != SERVICE}


def _hosts(session: Session, domains: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the known exchangers of domains, and note the domains that are new."""
    hosts = exchangers.known(session, domains)
    exchangers.note(session, (domain for domain in domains if domain not in hosts))
    return hosts


def _strikes(session: Session, keys: Iterable[str]) -> dict[str, Strikes]:
    """Return the strikes of each key that has a row; usually there are none."""
    query = select(Bucket.key, Bucket.strikes, Bucket.struck_at).where(Bucket.key.in_(keys))
    return {key: Strikes(count, at) for key, count, at in session.execute(query)}


def _locked_tats(session: Session, keys: Sequence[str]) -> dict[str, datetime]:
    """Lock the rows of keys, and of their queues where there are any; return their moments."""
    both = [*keys, *(LINE + key for key in keys)]
    query = select(Bucket.key, Bucket.tat).where(Bucket.key.in_(both))
    return dict(session.execute(query.order_by(Bucket.key).with_for_update()).all())


def _set_tats(session: Session, tats: Mapping[str, datetime]) -> None:
    """Store moments. A queue's row is created on first use."""
    insert = insert_into(session, Bucket)
    upsert = insert.on_conflict_do_update(
        index_elements=[Bucket.key], set_={"tat": insert.excluded.tat}
    )
    rows = [{"key": key, "tat": tat, "strikes": 0} for key, tat in sorted(tats.items())]
    if rows:
        session.execute(upsert, rows)


def _make(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Create the rows of keys. Those that exist stay as they are."""
    rows = [{"key": key, "tat": now, "strikes": 0} for key in sorted(keys)]
    if rows:
        session.execute(insert_into(session, Bucket).on_conflict_do_nothing(), rows)
