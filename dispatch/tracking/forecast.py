"""When the letters of a mailout will have left, at the pace that is set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.address import domain_of
from dispatch.domain.sending.forecast import Forecast, forecast
from dispatch.domain.sending.pace import Rates
from dispatch.files.holidays import ENGLAND
from dispatch.letters.store import letters
from dispatch.sending.store import deliveries, exchangers


def forecast_of(
    session: Session,
    mailout: Mailout,
    rates: Rates,
    *,
    now: datetime,
    domains: Mapping[str, int] | None = None,
) -> Forecast:
    """Return when all that waits will have left: before the release, all letters.

    `domains` are the letters for each domain, if they are not those that are stored.
    """
    plan = mailout.plan
    if domains is None:
        domains = _domains(session, mailout, rates)
    begins_at = now
    if mailout.released_at is None:
        first = timedelta(minutes=plan.first_letters_minutes)
        begins_at = plan.leaves_at(now, ENGLAND) + first
    return forecast(
        rates,
        domains,
        exchangers.known(session, domains) if rates.groups else {},
        times=plan.sending_times(ENGLAND),
        begins_at=begins_at,
        not_after=plan.not_after,
    )


def _domains(session: Session, mailout: Mailout, rates: Rates) -> Mapping[str, int]:
    """Return how many letters wait for each domain; for any, where no rate is for a domain."""
    if mailout.released_at is not None:
        return Counter(map(domain_of, deliveries.waiting_addresses(session, mailout)))
    if not rates.are_by_domain:
        return {ANY: letters.size(session, mailout).recipients}
    return letters.domains(session, mailout)


ANY: Final = ""
"""Stands for all domains: to count the letters of each, all of them are read."""
