"""The mail exchangers of recipient domains: which are noted, known and due to be looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, and_, cast, false, or_, select, true, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Exchanger, Mailout
from dispatch.domain.mailout import RUNNING, MailoutState

FRESH: Final = timedelta(days=1)
"""How long an answer counts: domains change their provider, but rarely within a mailout."""

CHOOSING: Final = (MailoutState.RENDERED, MailoutState.APPROVED, MailoutState.SCHEDULED)
"""The states in which people see which letters of a mailout are to go first."""

RETRY_AFTER: Final = timedelta(minutes=15)
"""How long to wait before another look-up of a domain for which no exchanger was found."""

NULL: Final = (".",)
"""What is stored of a domain that takes no mail: the null MX (RFC 7505), also if it has none."""


def note(session: Session, domains: Iterable[str]) -> None:
    """Note domains for look-up. Those that are noted already stay as they are."""
    # Sorted: two workers that insert the same rows in different orders would deadlock.
    rows = [{"domain": domain, "hosts": []} for domain in sorted(set(domains))]
    if rows:
        session.execute(insert_into(session, Exchanger).on_conflict_do_nothing(), rows)


def known(session: Session, domains: Iterable[str]) -> dict[str, list[str]]:
    """Return the exchangers of the domains that are noted; an empty list if not known yet."""
    query = select(Exchanger.domain, Exchanger.hosts).where(Exchanger.domain.in_(domains))
    return dict(session.execute(query).all())


def every_known(session: Session) -> dict[str, list[str]]:
    """Return the exchangers of every domain that is noted; an empty list if not known yet."""
    return dict(session.execute(select(Exchanger.domain, Exchanger.hosts)).all())


def dead(hosts: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the domains that take no mail, of those that were looked up."""
    return frozenset(domain for domain, found in hosts.items() if tuple(found) == NULL)


def due(session: Session, *, now: datetime, limit: int, has_rates: bool = True) -> Sequence[str]:
    """Return up to `limit` domains to look up, those never looked up first.

    None while nobody needs to know: with rates, while no mailout is scheduled or releasing; and
    otherwise while none is to choose its first letters, which people want to see beforehand.
    """
    wants_rates = and_(Mailout.state.in_(RUNNING), true() if has_rates else false())
    chooses = and_(Mailout.state.in_(CHOOSING), Mailout.first_letters_minutes > 0)
    is_wanted = select(Mailout.id).where(or_(wants_rates, chooses)).exists()
    is_unknown = cast(Exchanger.hosts, String) == "[]"
    is_due = or_(
        Exchanger.looked_up_at.is_(None),
        Exchanger.looked_up_at <= now - FRESH,
        and_(is_unknown, Exchanger.looked_up_at <= now - RETRY_AFTER),
    )
    query = select(Exchanger.domain).where(is_wanted, is_due)
    order = Exchanger.looked_up_at.asc().nulls_first()
    return session.scalars(query.order_by(order, Exchanger.domain).limit(limit)).all()


def store(session: Session, found: Mapping[str, Sequence[str] | None], *, now: datetime) -> None:
    """Store the exchangers found for each domain; None keeps those known before."""
    asked = [{"domain": domain, "looked_up_at": now} for domain in sorted(found)]
    answers = {domain: list(hosts) for domain, hosts in found.items() if hosts is not None}
    hosts = [{"domain": domain, "hosts": answers[domain]} for domain in sorted(answers)]
    for rows in (asked, hosts):
        if rows:
            session.execute(update(Exchanger), rows)
