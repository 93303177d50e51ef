"""The rates, kept in the database and so shared by all workers, with or without Redis."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Bucket
from dispatch.domain.pace import Pace, Rates, Strikes, domain_key, reserve
from dispatch.sending.store import exchangers

LINE: Final = "line:"
"""What the key begins with of the row that says when the next is to ask again that got no slot
of the key behind it. Only who holds that key's row touches it."""

Id = TypeVar("Id", bound=Hashable)


def book(
    session: Session,
    wanted: Sequence[tuple[Id, str]],
    rates: Rates,
    *,
    now: datetime,
    until: datetime,
) -> dict[Id, datetime]:
    """Take a slot for each of `wanted`, which names a delivery's domain; return the moments.

    At a moment before `until` the delivery may leave, and not sooner. Any other moment is the
    one at which to ask again: it got no slot, of any key. Called in the transaction that claims.
    Where nothing limits these domains it costs one query. What is locked stays locked to the
    end of the transaction, in the order of the keys, so that workers cannot block each other.
    """
    limits = _limits(session, sorted({domain for _, domain in wanted}), rates, now)
    keys = sorted({key for each in limits.values() for key in each})
    if not keys:
        return {id_: now for id_, _ in wanted}
    tats = _locked_tats(session, keys)
    intervals = {key: interval for each in limits.values() for key, interval in each.items()}
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


def strike(session: Session, domains: Iterable[str], *, now: datetime) -> list[str]:
    """Let domains rest whose server said "too many", and slow them; return those newly struck.

    As the last thing in a transaction: whoever books holds its deliveries and waits for this.
    """
    named = {domain_key(domain): domain for domain in domains}
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
            struck.append(named[key])
    if rows:
        session.execute(update(Bucket), rows)
    return struck


def _limits(
    session: Session, domains: Sequence[str], rates: Rates, now: datetime
) -> dict[str, dict[str, timedelta]]:
    """Return the keys that hold each domain back, with their intervals, the widest first.

    Afterwards each of them has its row.
    """
    hosts = _hosts(session, domains) if rates.groups else {}
    limits = {domain: rates.keys_for(domain, hosts.get(domain, ())) for domain in domains}
    wanted = {key for each in limits.values() for key in each}
    strikes = _strikes(session, wanted | {domain_key(domain) for domain in domains})
    _make(session, wanted - strikes.keys(), now)
    for domain, limit in limits.items():
        key = domain_key(domain)
        struck = strikes.get(key, Strikes()).remembered(now)
        if slowed := struck.slowed(limit.get(key)):
            limit[key] = slowed
    return limits


def _hosts(session: Session, domains: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the exchangers of domains, and ask for those that nobody has asked for."""
    hosts = exchangers.known(session, domains)
    exchangers.note(session, (domain for domain in domains if domain not in hosts))
    return hosts


def _strikes(session: Session, keys: Iterable[str]) -> dict[str, Strikes]:
    """Return the strikes of each key that has a row, mostly none."""
    query = select(Bucket.key, Bucket.strikes, Bucket.struck_at).where(Bucket.key.in_(keys))
    return {key: Strikes(count, at) for key, count, at in session.execute(query)}


def _locked_tats(session: Session, keys: Sequence[str]) -> dict[str, datetime]:
    """Lock the rows of keys, and of their lines if there are any; return their moments."""
    both = [*keys, *(LINE + key for key in keys)]
    query = select(Bucket.key, Bucket.tat).where(Bucket.key.in_(both))
    return dict(session.execute(query.order_by(Bucket.key).with_for_update()).all())


def _set_tats(session: Session, tats: Mapping[str, datetime]) -> None:
    """Write moments back; a line has its row from the first time that somebody stands in it."""
    insert = insert_into(session, Bucket)
    upsert = insert.on_conflict_do_update(
        index_elements=[Bucket.key], set_={"tat": insert.excluded.tat}
    )
    rows = [{"key": key, "tat": tat, "strikes": 0} for key, tat in sorted(tats.items())]
    if rows:
        session.execute(upsert, rows)


def _make(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Make the rows of keys; those that are there stay as they are."""
    rows = [{"key": key, "tat": now, "strikes": 0} for key in sorted(keys)]
    if rows:
        session.execute(insert_into(session, Bucket).on_conflict_do_nothing(), rows)
