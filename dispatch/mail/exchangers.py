"""Ask the DNS for the mail exchangers of a domain (RFC 5321 5.1), or of many domains at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from dns.exception import DNSException
from dns.name import root
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

TIMEOUT: Final = 3.0
"""Seconds for one look-up, with all its name servers and retries."""


class Dead(Enum):
    """Why no mail can reach a domain, in words that read on from it."""

    NO_DOMAIN = "does not exist (NXDOMAIN)"
    NULL_MX = "says that it takes no mail (null MX, RFC 7505)"
    NO_HOST = "has neither a mail exchanger nor an address (RFC 5321 5.1)"


@dataclass(frozen=True, slots=True)
class Located:
    """The exchangers of a domain, most preferred first, or why there are none."""

    hosts: tuple[str, ...] = ()
    """In lower case, without a final dot. Empty if the domain takes no mail."""
    trouble: str | None = None
    """Why they are not known: the DNS gave no answer that could be used."""
    dead: Dead | None = None
    """Why there are none."""


def look_up(domain: str, *, resolver: Resolver | None = None, timeout: float = TIMEOUT) -> Located:
    """Return the mail exchangers of a domain, by the system's resolver unless one is given.

    A domain without MX records is its own exchanger if it has an address. One whose only record is
    the null MX (RFC 7505) takes no mail, and neither does one that does not exist. Trouble with the
    DNS is returned, not raised.
    """
    try:
        asked = resolver or _system_resolver()
        answer = asked.resolve(domain, "MX", lifetime=timeout, search=False)
    except NoAnswer:
        return _without_exchanger(asked, domain, timeout)
    except NXDOMAIN:
        return Located(dead=Dead.NO_DOMAIN)
    except DNSException as error:
        return _trouble(error)
    found = sorted((record.preference, record.exchange) for record in answer)
    hosts = tuple(name.to_text(omit_final_dot=True).lower() for _, name in found if name != root)
    return Located(hosts, dead=None if hosts else Dead.NULL_MX)


def _without_exchanger(resolver: Resolver, domain: str, timeout: float) -> Located:
    """Return the domain as its own exchanger, if it has an address."""
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(domain, kind, lifetime=timeout, search=False)
        except (NoAnswer, NXDOMAIN):
            continue
        except DNSException as error:
            return _trouble(error)
        return Located((domain,))
    return Located(dead=Dead.NO_HOST)


def _trouble(error: DNSException) -> Located:
    return Located(trouble=f"{type(error).__name__}: {error}")


AT_ONCE: Final = 64
"""Concurrent look-ups. Where the first of two name servers is dead, each waits two seconds for it:
350 domains then take some eleven."""

LIMIT: Final = 20.0
"""Seconds for all look-ups together."""

NO_TIME: Final = Located(trouble="there was no time left to ask")
NO_ANSWER: Final = Located(trouble="the DNS does not answer")


def look_up_all(
    domains: Collection[str],
    *,
    look_up: Callable[[str], Located] = look_up,
    limit: float = LIMIT,
) -> dict[str, Located]:
    """Return the exchangers of many domains, asked at the same time, within `limit` seconds.

    What is not known by then has trouble, and so has every domain once the first `AT_ONCE` have
    found that the DNS does not answer: without a network nobody waits for all of them.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look-up")
    asked = {pool.submit(look_up, domain): domain for domain in dict.fromkeys(domains)}
    found: dict[str, Located] = {}
    with suppress(TimeoutError):
        for each in as_completed(asked, timeout=limit):
            found[asked[each]] = each.result()
            if len(found) == AT_ONCE and _is_silent(found):
                break
    pool.shutdown(wait=False, cancel_futures=True)
    rest = NO_ANSWER if _is_silent(found) else NO_TIME
    return {domain: found.get(domain, rest) for domain in asked.values()}


def _is_silent(found: dict[str, Located]) -> bool:
    """Whether as many domains as are asked at once have had nothing but trouble."""
    return len(found) >= AT_ONCE and all(each.trouble for each in found.values())


@cache
def _system_resolver() -> Resolver:
    """Return a resolver for the system's name servers. Raises `DNSException` if it has none."""
    return Resolver()
