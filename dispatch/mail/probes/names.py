"""Questions to the DNS, and which of its servers answer at all.

A resolver tries its servers one after the other. If the first is dead, each question waits for it,
so the dead are found out first, once and at the same time, and left out.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import dns.query
from dns.exception import DNSException
from dns.message import QueryMessage, make_query
from dns.name import root
from dns.rdtypes.txtbase import TXTBase
from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers
from dns.resolver import Resolver as Resolver  # noqa: PLC0414 - what the doctor hands on
from dns.reversename import from_address

from dispatch.domain.doctor.answers import Answer
from dispatch.domain.errors import BadInput

SILENT_AFTER: Final = 2.0
"""Seconds after which a server that says nothing is taken to be dead."""

DNS_PORT: Final = 53


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a resolver: those that answer, and the others."""

    resolver: Resolver
    """One that asks those that answer; if none does, all of them."""
    live: tuple[str, ...]
    dead: tuple[str, ...]


def system_resolver() -> Resolver | None:
    """Return a resolver for the servers that the system names; None if it names none."""
    try:
        return Resolver()
    except DNSException:
        return None


def resolver_for(servers: tuple[str, ...]) -> Resolver:
    """Return a resolver for servers given as ADDRESS or ADDRESS:PORT. Raises `BadInput`."""
    resolver = Resolver(configure=False)
    addresses = []
    for server in servers:
        address, port = _parted(server)
        addresses.append(address)
        resolver.nameserver_ports[address] = port
    resolver.nameservers = addresses
    return resolver


SERVER: Final = re.compile(
    r"\[(?P<six>[^]]+)\](?::(?P<six_port>\d+))?|(?P<four>[\d.]+):(?P<port>\d+)"
)
"""An address with a port; an address alone needs no pattern."""


def _parted(server: str) -> tuple[str, int]:
    found = SERVER.fullmatch(server)
    address = (found["six"] or found["four"]) if found else server
    port = int((found["six_port"] or found["port"] or DNS_PORT) if found else DNS_PORT)
    try:
        return str(ip_address(address)), port
    except ValueError:
        raise BadInput(
            f"{server} is not the address of a DNS server, such as 192.0.2.53 or 192.0.2.53:5353"
        ) from None


def sorted_out(
    resolver: Resolver, domain: str = ".", *, silent_after: float = SILENT_AFTER
) -> Servers:
    """Ask each server about a domain and about the root, and return which of them answer.

    Both, since a server may serve some names alone and say nothing of others.
    """
    named = [each for each in resolver.nameservers if isinstance(each, str) and "/" not in each]
    questions = [make_query(domain, "MX"), make_query(root, "NS")]

    def answers(server: str, question: QueryMessage) -> bool:
        port = resolver.nameserver_ports.get(server, resolver.port)
        try:
            dns.query.udp(question, server, timeout=silent_after, port=port)
        except (DNSException, OSError):
            return False
        return True

    asked = [(server, question) for server in named for question in questions]
    with ThreadPoolExecutor(max(len(asked), 1)) as pool:
        found = list(pool.map(answers, *zip(*asked, strict=True))) if asked else []
    live = {server for (server, _), is_live in zip(asked, found, strict=True) if is_live}
    ordered = copy(resolver)
    if live:
        kept = [each for each in resolver.nameservers if each in live or each not in named]
        ordered.nameservers = kept
    return Servers(
        ordered,
        live=tuple(each for each in named if each in live),
        dead=tuple(each for each in named if each not in live),
    )


def ask(resolver: Resolver, name: str, kind: str, *, seconds: float) -> Answer:
    """Return what the DNS has for a name and a type; trouble is returned, not raised."""
    try:
        found = resolver.resolve(name, kind, lifetime=seconds, search=False)
    except NoAnswer:
        return Answer()
    except NXDOMAIN:
        return Answer(is_name_absent=True)
    except NoNameservers:
        return Answer(trouble="every DNS server failed (SERVFAIL)")
    except DNSException as error:
        return Answer(trouble=f"no answer ({type(error).__name__})")
    return Answer(tuple(_text(record) for record in found))


def _text(record: object) -> str:
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode("utf-8", "replace")
    text = str(record)
    return text.rpartition(" ")[2].rstrip(".").lower()  # an MX without its preference


def names_of(resolver: Resolver, address: str, *, seconds: float) -> Answer:
    """Return the names that an address leads back to (PTR)."""
    return ask(resolver, from_address(address).to_text(), "PTR", seconds=seconds)
