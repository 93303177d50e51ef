"""Locate: find out which mail exchangers take a domain's mail, so that they are not overrun.

Only needed where exchangers have rates. Letters for a domain that is not located yet go at the
slowest of these rates, so no letter waits for the DNS.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.mail.exchangers import Located
from dispatch.sending.store import exchangers

AT_ONCE: Final = 16
"""Look-ups under way together: each may take seconds, none takes any work."""


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there is a domain for `locate` to look up."""
    return bool(exchangers.due(session, now=now, limit=1))


def locate(
    sessions: Sessions,
    look_up: Callable[[str], Located],
    *,
    now: datetime,
    limit: int,
) -> dict[str, Located]:
    """Look up to `limit` domains up and keep what was found; return it, empty if none was due.

    Owns its transactions. Two workers may look the same domain up, which does no harm.
    """
    with sessions.read() as session:
        domains = exchangers.due(session, now=now, limit=limit)
    if not domains:
        return {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(domains, pool.map(look_up, domains), strict=True))
    hosts = {domain: None if each.trouble else each.hosts for domain, each in found.items()}
    with sessions.begin() as session:
        exchangers.store(session, hosts, now=now)
    return found
