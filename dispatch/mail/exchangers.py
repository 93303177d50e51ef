"""Ask the DNS for the mail exchangers of a domain (RFC 5321 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from dns.exception import DNSException
from dns.name import root
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

TIMEOUT: Final = 3.0
"""Seconds for one look-up, with all its name servers and retries."""


@dataclass(frozen=True, slots=True)
class Located:
    """The exchangers of a domain, most preferred first, or why they are not known."""

    hosts: tuple[str, ...] = ()
    """In lower case, without a final dot. Empty if the domain takes no mail."""
    trouble: str | None = None


def look_up(domain: str, *, resolver: Resolver | None = None, timeout: float = TIMEOUT) -> Located:
    """Return the mail exchangers of a domain, by the system's resolver unless one is given.

    A domain without MX records is its own exchanger. One whose only record is the null MX (RFC
    7505) takes no mail, and neither does one that does not exist. Trouble with the DNS is
    returned, not raised.
    """
    try:
        asked = resolver or _system_resolver()
        answer = asked.resolve(domain, "MX", lifetime=timeout, search=False)
    except NoAnswer:
        return Located((domain,))
    except NXDOMAIN:
        return Located()
    except DNSException as error:
        return Located(trouble=f"{type(error).__name__}: {error}")
    found = sorted((record.preference, record.exchange) for record in answer)
    hosts = (name.to_text(omit_final_dot=True).lower() for _, name in found if name != root)
    return Located(tuple(hosts))


@cache
def _system_resolver() -> Resolver:
    """Return a resolver for the system's name servers. Raises `DNSException` if it has none."""
    return Resolver()
