"""Whose mail domain an address has: that of its authority, or that of another one.

A column of addresses that was sorted, shifted or swapped gives each authority the letter of
another, and every address in it is a good one. What shows it is the domain. It belongs to the
authorities whose contacts have or had it and, failing that, to those whose name it bears. Councils
share domains, share staff and keep the domain of a council that was merged into them, so a domain
is odd only if it is certainly another's: see `Domains.owners_of`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dispatch.domain.address import domain_of
from dispatch.domain.address import folded as folded_address
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.domain_names import NamesInDomains, by_look, organisation
from dispatch.domain.wording.counts import listed


@dataclass(frozen=True, slots=True)
class Entry:
    """One address that comes in: the row of a file, or 0 for one that a person typed."""

    row: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class Odd:
    """An address whose domain is that of other authorities than its own."""

    row: int
    authority: str
    role: str
    address: str
    owners: tuple[str, ...]
    """The codes of those whose domain it is."""

    @property
    def domain(self) -> str:
        """The domain, in the form that is compared."""
        return domain_of(self.address)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is odd about the domains of a file's addresses."""

    odd: tuple[Odd, ...] = ()
    is_mixed_up: bool = False
    """Whether addresses have changed places: whose domain is at another authority has another's."""
    is_to_confirm: bool = False
    """Whether a person may say that it is right: it is about one domain, or a shared one."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the file can be taken in, unless a person gives a reason."""
        return bool(self.odd) and not self.is_to_confirm


class Domains:
    """Whose each domain is, by the register: the contacts there are and were, and the names."""

    def __init__(
        self, authorities: Mapping[str, Authority], used: Mapping[str, Collection[str]]
    ) -> None:
        """Take the authorities by code, and who has or had contacts at each domain."""
        self.authorities = authorities
        self.by_domain = used
        self.by_organisation = _by_organisation(used)
        self._names = NamesInDomains(authorities)

    def of(self, code: str) -> frozenset[str]:
        """Return the domains that contacts of an authority have or had."""
        return self._by_code.get(code, frozenset())

    @cached_property
    def _by_code(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for domain, codes in self.by_domain.items():
            for code in codes:
                found[code].add(domain)
        return {code: frozenset(domains) for code, domains in found.items()}

    @cached_property
    def by_look(self) -> Mapping[str, Sequence[str]]:
        """The domains by what they look like."""
        return by_look(self.by_domain)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What authorities are called, by code."""
        return {code: each.name for code, each in self.authorities.items()}

    def called(self, codes: Iterable[str]) -> str:
        """Return authorities as people know them: "ADU (Adur) and WOT (Worthing)"."""
        names = {code: self.authorities[code].name for code in codes if code in self.authorities}
        shown = [f"{code} ({names[code]})" if code in names else code for code in codes]
        return listed(shown, MOST_OWNERS) if shown else ""

    def owners_of(self, code: str, address: str) -> tuple[str, ...]:
        """Return whose domain an address of an authority has, if certainly not its own.

        Its own is one that its contacts have or had; one that bears its name or a part of it,
        unless that is exactly another's name; and one of a body that it succeeded, or that
        succeeded it. One that is nobody's is not another's.
        """
        domain = organisation(domain_of(address))
        if domain not in self.by_organisation and not self._names.is_own(code, domain):
            owners = self._names.named_in(domain)
        elif code in self.by_organisation.get(domain, ()) or self._names.is_own(code, domain):
            return ()
        else:
            owners = frozenset(self.by_organisation[domain])
        if not owners or code in owners or any(self._is_kin(code, each) for each in owners):
            return ()
        return tuple(sorted(owners))

    def is_own(self, code: str, address: str) -> bool:
        """Whether something shows that a domain is that of an authority."""
        domain = organisation(domain_of(address))
        return code in self.by_organisation.get(domain, ()) or self._names.is_own(code, domain)

    def _is_kin(self, one: str, other: str) -> bool:
        """Whether one of two bodies has succeeded the other."""
        return one in self._heirs(other) or other in self._heirs(one)

    def _heirs(self, code: str) -> set[str]:
        found: set[str] = set()
        coming = [code]
        while coming:
            authority = self.authorities.get(coming.pop())
            new = set(authority.successors) - found if authority else set()
            found |= new
            coming += new
        return found

    def judge(self, entries: Sequence[Entry]) -> Judgement:
        """Say which addresses of a file are at domains of others, and whether it can be right."""
        main = _main_domains(entries)
        odd = []
        for each in entries:
            contact = each.contact
            owners = self.owners_of(contact.authority, contact.address)
            if owners := owners or self._by_others(contact, main):
                odd.append(Odd(each.row, *contact.role_at, contact.address, owners))
        if not odd:
            return Judgement()
        odd += self._exchanged(entries, odd)
        lost = {each.authority for each in odd} | set(self._strangers(entries, odd))
        is_mixed_up = any(lost & set(each.owners) for each in odd)
        ordered = tuple(sorted(odd, key=lambda each: each.row))
        return Judgement(ordered, is_mixed_up, not is_mixed_up and _may_be_right(odd))

    def _exchanged(self, entries: Iterable[Entry], odd: Iterable[Odd]) -> list[Odd]:
        """Return the other halves of swaps: at a domain of whom has theirs, however like their own.

        York may have an address of the North York Moors, but not while these have one of York.
        """
        takers: dict[str, set[str]] = defaultdict(set)
        for one in odd:
            for code in one.owners:
                takers[code].add(one.authority)
        found = []
        for each in entries:
            code, address = each.contact.authority, each.contact.address
            if code not in takers or self.owners_of(code, address):
                continue
            named = self._names.named_in(organisation(domain_of(address)))
            if code not in named and (theirs := named & takers[code]):
                found.append(Odd(each.row, *each.contact.role_at, address, tuple(sorted(theirs))))
        return found

    def _by_others(self, contact: Contact, main: Mapping[str, str]) -> tuple[str, ...]:
        """Return whose domain it is by the other contacts of a file alone.

        That of another is odd only where the authority has one of its own.
        """
        domain = organisation(domain_of(contact.address))
        own = main.get(contact.authority)
        if own in {None, domain} or self.is_own(contact.authority, contact.address):
            return ()
        if self.by_organisation.get(domain) or self._names.named_in(domain):
            return ()
        owners = (code for code, each in main.items() if each == domain)
        return tuple(sorted(code for code in owners if not self._is_kin(contact.authority, code)))

    def _strangers(self, entries: Iterable[Entry], odd: Iterable[Odd]) -> Iterator[str]:
        """Yield the owners of odd domains that have an address elsewhere themselves.

        It is at a domain that is not known to be anybody's: where a name does not show in its
        domain, only that half of a swap is seen.
        """
        owners = {code for each in odd for code in each.owners}
        for each in entries:
            code = each.contact.authority
            if code in owners and not self.is_own(code, each.contact.address):
                yield code


def _by_organisation(used: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    """Return who has or had contacts at each organisation; most have one domain."""
    found: dict[str, Collection[str]] = {}
    several: dict[str, set[str]] = {}
    for domain, codes in used.items():
        first = found.setdefault(organisation(domain), codes)
        if first is not codes:
            several.setdefault(organisation(domain), {*first}).update(codes)
    return {**found, **several}


MOST_OWNERS: Final = 3
"""Owners of one domain that are named."""

SHARED_BY: Final = 3
"""Authorities with addresses of their own at the domain of one more: a shared service."""


def _may_be_right(odd: Sequence[Odd]) -> bool:
    """Whether a person may say so: about one domain alone, apart from those that many share.

    An address that is filled down a column is at several authorities, too, and is always the same.
    """
    users: dict[str, set[str]] = defaultdict(set)
    addresses: dict[str, set[str]] = defaultdict(set)
    for each in odd:
        users[each.domain].add(each.authority)
        addresses[each.domain].add(folded_address(each.address))
    several = {each for each in users if len(users[each]) > 1 and len(addresses[each]) == 1}
    is_shared = {domain for domain in users if len(users[domain]) >= SHARED_BY} - several
    return not several and len(users.keys() - is_shared) <= 1


def _organisation_of(entry: Entry) -> str:
    return organisation(domain_of(entry.contact.address))


def _main_domains(entries: Collection[Entry]) -> dict[str, str]:
    """Return the domain of each authority that has it in several rows, more than all others do."""
    times = Counter(map(_organisation_of, entries))
    users: dict[str, Counter[str]] = defaultdict(Counter)
    for each in entries:
        if times[_organisation_of(each)] > 1:
            users[_organisation_of(each)][each.contact.authority] += 1
    found = {}
    for domain, counts in users.items():
        [(code, most)] = counts.most_common(1)
        if most > 1 and 2 * most > counts.total():
            found[code] = domain
    return found
