"""Book slots by the rates, which are in the database and so shared by all workers.

Each key has a row with one moment, at which the next letter may leave. Booking locks the rows of
its keys and strikes lock those of theirs; both take them in the order of the keys.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Bucket
from dispatch.domain.sending.pace import (
    LONGEST_REST,
    SERVICE,
    Pace,
    Rates,
    Strikes,
    reserve,
    slowed_by,
)
from dispatch.domain.sending.receivers import SYSTEM_KEYS
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
    latest = _latest(until, max(intervals.values()))
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


def room(session: Session, rates: Rates, *, now: datetime, until: datetime) -> int | None:
    """Return how many letters the whole service's rate lets leave before `until`; None for any.

    Claiming more of them only gives them back. Nothing is locked, so it may be a few too many.
    """
    query = select(Bucket.tat, Bucket.strikes, Bucket.struck_at).where(Bucket.key == SERVICE)
    tat, count, struck_at = session.execute(query).one_or_none() or (now, 0, None)
    interval = slowed_by(Strikes(count, struck_at).left(now), rates.service)
    if interval is None:
        return None
    free_at = max(tat, now) if tat <= _latest(until, interval) else now
    return max(-((free_at - until) // interval), 0)


def strikes(session: Session, *, now: datetime) -> int:
    """Return how many strikes the whole service has that still count."""
    return _strikes(session, [SERVICE]).get(SERVICE, Strikes()).left(now)


def give_way(
    session: Session, domains: Collection[str], rates: Rates, *, now: datetime
) -> list[str]:
    """Slow all letters down, since a server asked for less in answer to letters to these domains.

    All workers have fewer connections as well, and what receives for the domains has a strike of
    its own. Returns the keys newly struck. Must come last in a transaction, as `strike`.
    """
    if not domains:
        return []
    hosts = exchangers.known(session, domains)
    keys = {key for domain in domains for key in rates.keys_struck(hosts.get(domain, ()))}
    return strike(session, keys, now=now)


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


def _latest(until: datetime, interval: timedelta) -> datetime:
    """Return a moment that no rest or slot is after, unless the clock went back since."""
    return until + LONGEST_REST + interval


def _limits(
    session: Session, domains: Sequence[str], rates: Rates, now: datetime
) -> dict[str, dict[str, timedelta]]:
    """Return the keys that limit each domain, with their intervals, the widest first.

    Makes the rows that are missing.
    """
    hosts = _hosts(session, domains) if rates.groups else {}
    limits = {domain: rates.keys_for(domain, hosts.get(domain, ())) for domain in domains}
    wanted = {key for each in limits.values() for key in each}
    known = _strikes(session, {*wanted, SERVICE, *SYSTEM_KEYS})
    if struck := {key: left for key, each in known.items() if (left := each.left(now))}:
        hosts = hosts or exchangers.known(session, domains)
        limits = {
            domain: rates.keys_for(domain, hosts.get(domain, ()), struck) for domain in domains
        }
    _make(session, wanted - known.keys(), now)
    return limits


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
