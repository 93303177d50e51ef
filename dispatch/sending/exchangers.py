"""Look up which mail exchangers accept a domain's mail, so that rates can be set for them.

Needed only where groups of exchangers have rates, and for the choice of first letters. Until a
domain has been looked up, its letters leave at the slowest of these rates, so no letter waits for
the DNS.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.domain.address import domain_of
from dispatch.letters.store import letters
from dispatch.mail.exchangers import Located
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import exchangers
from dispatch.sending.store.exchangers import NULL

AT_ONCE: Final = 16
"""Concurrent look-ups: each may take seconds, nearly all of it waiting."""


def is_due(session: Session, *, now: datetime, has_rates: bool) -> bool:
    """Whether there is a domain to look up, for rates or for the choice of first letters."""
    return bool(exchangers.due(session, now=now, limit=1, has_rates=has_rates))


def note(sessions: Sessions, name: str) -> None:
    """Note where the letters of a mailout go, some at a time, for workers to look up."""
    after: str | None = ""
    while after is not None:
        with sessions.begin() as session:
            after = note_some(session, mailout_named(session, name), after)


def note_if_first(sessions: Sessions, name: str) -> None:
    """Note the same if the mailout is to choose its first letters."""
    with sessions.read() as session:
        chooses = mailout_named(session, name).first_letters_minutes > 0
    if chooses:
        note(sessions, name)


def note_some(session: Session, mailout: Mailout, after: str = "") -> str | None:
    """Note where those letters go that follow one, by its code; return the last, if more follow."""
    found = letters.stored_after(session, mailout, after, limit=letters.PAGE)
    addresses = (to["address"] for letter in found for to in letter.recipients)
    exchangers.note(session, map(domain_of, addresses))
    return found[-1].authority_code if len(found) == letters.PAGE else None


def look_up_due(
    sessions: Sessions,
    look_up: Callable[[str], Located],
    *,
    now: datetime,
    limit: int,
) -> dict[str, Located]:
    """Look up to `limit` domains up and store what was found; return it by domain.

    Owns its transactions. Two workers may look up the same domain, which does no harm.
    """
    with sessions.read() as session:
        domains = exchangers.due(session, now=now, limit=limit)
    if not domains:
        return {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(domains, pool.map(look_up, domains), strict=True))
    hosts = {domain: None if each.trouble else each.hosts or NULL for domain, each in found.items()}
    with sessions.begin() as session:
        exchangers.store(session, hosts, now=now)
    return found
