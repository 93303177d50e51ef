"""The large receiving systems, each by the names of its mail exchangers.

Most councils' mail is received by one of a few systems. One of them sees all our letters to its
customers as one sender's, under whichever of its names they arrive, so they share one rate, and
what it says about our pace counts for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

SYSTEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "microsoft": (
        "*.mail.protection.outlook.com",
        "*.mx.microsoft",
        "*.olc.protection.outlook.com",
        "*.mail.eo.outlook.com",
        "*.mail.protection.office365.us",
        "*.mail.protection.partner.outlook.cn",
    ),
    "google": ("*.google.com", "*.googlemail.com"),
    "mimecast": (
        "*.mimecast.com",
        "*.mimecast.co.za",
        "*.mimecast-offshore.com",
        "*.mimecast-jersey.com",
    ),
    "proofpoint": ("*.pphosted.com", "*.ppe-hosted.com", "*.gpphosted.com", "*.ppops.net"),
    "barracuda": ("*.barracudanetworks.com",),
    "cisco": ("*.iphmx.com",),
    "messagelabs": ("*.messagelabs.com",),
    "trendmicro": ("*.trendmicro.com", "*.trendmicro.eu", "*.trendmicro.co.jp"),
    "sophos": ("*.hydra.sophos.com", "*.reflexion.net"),
    "forcepoint": ("*.mailcontrol.com",),
}
"""By the name that a setting may use, the patterns of its exchangers' names."""

JOINED: Final = "+"
"""What joins the patterns of one group in a setting."""


def key_of(system: str) -> str:
    """Return the key of a system's rate."""
    return f"mx:{system}"


SYSTEM_KEYS: Final = tuple(map(key_of, SYSTEMS))


def system_of(hosts: Iterable[str]) -> str | None:
    """Return the system that receives for a domain with these exchangers; None for any other.

    The exchangers are in the order of preference, and the first that is a system's decides: a
    domain in the middle of a move may name two.
    """
    return next((system for host in hosts if (system := _system_of(host.lower()))), None)


@lru_cache(maxsize=1024)
def _system_of(host: str) -> str | None:
    name = host.rstrip(".")
    return next((system for system, names in SYSTEMS.items() if _is_any(name, names)), None)


def _is_any(host: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)


def stem(host: str) -> str:
    """Return the domain that a host belongs to, as far as its labels show: `outlook.com`."""
    labels = host.lower().rstrip(".").split(".")
    is_under_country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= SECOND_LEVEL  # noqa: PLR2004 - two letters are a country
    return ".".join(labels[-3:] if is_under_country else labels[-2:])


SECOND_LEVEL: Final = 3
"""Letters that a label such as `co`, `org` or `gov` has at most below a country's domain."""

TITLES: Final = {
    "microsoft": "Microsoft 365",
    "messagelabs": "MessageLabs",
    "trendmicro": "Trend Micro",
}


def called(receiver: str) -> str:
    """Return what people call a receiving system; a domain, or a pattern, stays as it is."""
    return TITLES.get(receiver, receiver.capitalize() if receiver in SYSTEMS else receiver)


def title_of(hosts: Sequence[str]) -> str:
    """Return what people call the system that these exchangers belong to."""
    return called(system_of(hosts) or stem(hosts[0]))


@dataclass(frozen=True, slots=True)
class Group:
    """Domains that share a rate, since one system receives their mail."""

    key: str
    patterns: frozenset[str]

    def has(self, hosts: Iterable[str]) -> bool:
        """Whether a domain with these exchangers belongs to it."""
        return any(_is_any(host.lower().rstrip("."), self.patterns) for host in hosts)


@lru_cache(maxsize=256)
def group_named(name: str) -> Group:
    """Return the group that a setting names: a system, or patterns of exchangers joined by `+`.

    A pattern that takes in a name of one system, such as `*.mail.protection.outlook.com`, means
    all of that system, whatever names it has today.
    """
    written = name.split(JOINED)
    meant = [_systems_in(each) for each in written]
    patterns = {pattern for each in meant if len(each) == 1 for pattern in SYSTEMS[each[0]]}
    patterns |= {each for each in written if each not in SYSTEMS}
    same = {tuple(each) for each in meant}
    if len(same) == 1 and len(meant[0]) == 1:
        return Group(key_of(meant[0][0]), frozenset(patterns))
    return Group(f"mx:{name}", frozenset(patterns))


def _systems_in(written: str) -> list[str]:
    """Return the systems that are named, or that have a name which a pattern takes in."""
    if written in SYSTEMS:
        return [written]
    return [
        system
        for system, names in SYSTEMS.items()
        if any(fnmatchcase(each, written) for each in names)
    ]
