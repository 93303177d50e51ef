"""Who may send for a domain: its SPF record, read as a receiving server does (RFC 7208).

No library that is kept reads SPF without bringing its own DNS client. Macros in names are not
expanded: a term with one counts as a look-up that matches nothing, and the result says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from dispatch.domain.doctor.answers import Answer, Ask

Address = IPv4Address | IPv6Address

MOST_LOOKUPS: Final = 10
"""Terms that ask the DNS, in all records together (RFC 7208 4.6.4)."""

MOST_VOID: Final = 2
MOST_TEXT: Final = 400
"""Characters of a reason: a record may have 64 KB without a space, and a name may have 253."""

MOST_HOSTS: Final = 10
"""Mail exchangers that one `mx` may lead to."""

RECORD: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
TERM: Final = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<rest>[:/].*)?",
    re.IGNORECASE,
)
MODIFIER: Final = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
LENGTHS: Final = re.compile(r"(?P<name>[^/]*)(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?")


class SpfResult(Enum):
    """What a receiving server makes of it (RFC 7208 2.6)."""

    PASS = "pass"  # noqa: S105 - a result
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    """The domain has no SPF record."""

    PERMERROR = "permerror"
    """The record cannot be used: most receivers then act as if there were none, some refuse."""

    TEMPERROR = "temperror"
    """The DNS gave no answer."""


QUALIFIERS: Final[Mapping[str, SpfResult]] = {
    "": SpfResult.PASS,
    "+": SpfResult.PASS,
    "-": SpfResult.FAIL,
    "~": SpfResult.SOFTFAIL,
    "?": SpfResult.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class Spf:
    """What came out, and how."""

    result: SpfResult
    lookups: int = 0
    why: str = ""
    """Why the record cannot be used or is not known, as a clause."""
    has_macros: bool = False
    """Whether a term could not be followed, so that another address might pass."""
    names: frozenset[str] = frozenset()
    """The domains whose records were read, in lower case."""


class _Ended(Exception):
    def __init__(self, result: SpfResult, why: str) -> None:
        super().__init__(why if len(why) <= MOST_TEXT else f"{why[:MOST_TEXT]}…")
        self.result = result


def evaluate(domain: str, address: str | None, ask: Ask) -> Spf:
    """Return whether an address may send for a domain.

    Without an address the whole record is gone through, as for one that matches nothing, so that
    mistakes and the number of look-ups are found.
    """
    reading = _Reading(ip_address(address) if address else None, ask)
    try:
        result, why = reading.of(domain.lower()), ""
    except _Ended as ended:
        result, why = ended.result, str(ended)
    return Spf(result, reading.lookups, why, reading.has_macros, frozenset(reading.names))


@dataclass
class _Reading:
    """One evaluation, with what it has counted up to now."""

    address: Address | None
    ask: Ask
    lookups: int = 0
    voids: int = 0
    has_macros: bool = False
    names: set[str] = field(default_factory=set)

    def of(self, domain: str) -> SpfResult:
        self.names.add(domain)
        record = self._record(domain)
        if record is None:
            return SpfResult.NONE
        redirect = None
        terms = list(_terms(domain, record))  # all of them: a mistake after a match counts as well
        for name, value, qualifier in terms:
            if name == "redirect":
                redirect = value
            elif self._matches(name, value, domain):
                return QUALIFIERS[qualifier]
        if redirect is None or any(name == "all" for name, _, _ in terms):
            return SpfResult.NEUTRAL
        return self._redirected(redirect)

    def _redirected(self, name: str) -> SpfResult:
        self._count(name)
        result = SpfResult.NEUTRAL if self._has_macro(name) else self.of(name.lower())
        if result is SpfResult.NONE:
            raise _Ended(SpfResult.PERMERROR, f"redirect leads to {name}, which has no SPF record")
        return result

    def _record(self, domain: str) -> str | None:
        answer = self._asked(domain, "TXT")
        found = [each for each in answer.values if RECORD.match(each)]
        if len(found) > 1:
            raise _Ended(SpfResult.PERMERROR, f"{domain} has {len(found)} SPF records")
        return found[0] if found else None

    def _matches(self, name: str, value: str, domain: str) -> bool:
        match name:
            case "all":
                return self.address is not None
            case "ip4" | "ip6":
                return self._is_in(value)
        self._count(f"{name}:{value or domain}")
        if self._has_macro(value) or name == "ptr":
            return False
        look: Callable[[str, str], bool] = getattr(self, f"_{name}")
        return look(value, domain)

    def _include(self, value: str, _domain: str) -> bool:
        result = self.of(value.lower())
        if result is SpfResult.NONE:
            raise _Ended(SpfResult.PERMERROR, f"include:{value} leads to a domain without SPF")
        return result is SpfResult.PASS

    def _exists(self, value: str, _domain: str) -> bool:
        found = self._counted_if_void(self._asked(value, "A"))
        return self.address is not None and bool(found.values)

    def _a(self, value: str, domain: str) -> bool:
        name, lengths = _with_lengths(value, domain)
        return self._has_address(name, lengths, is_counted=True)

    def _mx(self, value: str, domain: str) -> bool:
        name, lengths = _with_lengths(value, domain)
        hosts = self._counted_if_void(self._asked(name, "MX")).values
        if len(hosts) > MOST_HOSTS:
            raise _Ended(SpfResult.PERMERROR, f"mx leads to more than {MOST_HOSTS} hosts at {name}")
        return any(self._has_address(host, lengths, is_counted=False) for host in hosts)

    def _has_address(self, name: str, lengths: tuple[int, int], *, is_counted: bool) -> bool:
        kind = "AAAA" if isinstance(self.address, IPv6Address) else "A"
        answer = self._asked(name, kind)
        if is_counted:
            self._counted_if_void(answer)
        length = lengths[kind == "AAAA"]
        return any(self._is_in(f"{each}/{length}") for each in answer.values)

    def _is_in(self, network: str) -> bool:
        return self.address is not None and self.address in ip_network(network, strict=False)

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _Ended(
                SpfResult.PERMERROR,
                f"it takes more than {MOST_LOOKUPS} look-ups; {term} is the first too many",
            )

    def _counted_if_void(self, answer: Answer) -> Answer:
        self.voids += not answer.values
        if self.voids > MOST_VOID:
            raise _Ended(SpfResult.PERMERROR, f"more than {MOST_VOID} of its names lead nowhere")
        return answer

    def _has_macro(self, value: str) -> bool:
        self.has_macros |= "%" in value
        return "%" in value

    def _asked(self, name: str, kind: str) -> Answer:
        answer = self.ask(name, kind)
        if answer.trouble:
            raise _Ended(SpfResult.TEMPERROR, f"{name} {kind}: {answer.trouble}")
        return answer


def _terms(domain: str, record: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the value and the qualifier of each term; `redirect` counts as one."""
    for word in record.split()[1:]:
        if modifier := MODIFIER.fullmatch(word):
            if modifier["name"].lower() == "redirect":
                yield "redirect", modifier["value"], ""
            continue
        found = TERM.fullmatch(word)
        value = _value(found) if found else None
        if found is None or value is None:
            raise _Ended(SpfResult.PERMERROR, f"{domain} has a term that is not one: {word[:40]}")
        yield found["name"].lower(), value, found["qualifier"]


def _value(found: re.Match[str]) -> str | None:
    """Return what follows a term's name; None if that cannot be."""
    name, rest = found["name"].lower(), found["rest"] or ""
    value = rest.removeprefix(":")
    match name:
        case "all":
            return None if rest else ""
        case "ip4" | "ip6":
            return value if _is_network(value, int(name[-1])) else None
        case "include" | "exists":
            return value if rest.startswith(":") and value else None
    return value if LENGTHS.fullmatch(value) else None


def _is_network(value: str, version: int) -> bool:
    try:
        return ip_network(value, strict=False).version == version
    except ValueError:
        return False


def _with_lengths(value: str, domain: str) -> tuple[str, tuple[int, int]]:
    """Return the name of an `a` or `mx`, and the prefix lengths for either sort of address."""
    found = LENGTHS.fullmatch(value)
    assert found  # noqa: S101 - for the type checker: `_value` has looked
    lengths = min(int(found["four"] or 32), 32), min(int(found["six"] or 128), 128)
    return found["name"] or domain, lengths
