"""Asking the DNS which mail exchangers take the mail of a domain (RFC 5321 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from dns.exception import DNSException
from dns.name import root
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

TIMEOUT: Final = 3.0
"""Seconds for one look-up, all its name servers and repetitions together."""


@dataclass(frozen=True, slots=True)
class Located:
    """The exchangers of a domain, the best preference first, or why they are not known."""

    hosts: tuple[str, ...] = ()
    """Without a dot at the end, in lower case. Empty where the domain takes no mail."""
    trouble: str | None = None


def look_up(domain: str, *, resolver: Resolver | None = None, timeout: float = TIMEOUT) -> Located:
    """Return the mail exchangers of a domain; by the system's resolver if no other is given.

    Without MX records it is its own exchanger. One whose only record is the null MX (RFC 7505)
    takes no mail, and neither does one that is not there. Trouble is returned and not raised.
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
    """Return a resolver of the system's name servers. Raises `DNSException` if none is named."""
    return Resolver()
