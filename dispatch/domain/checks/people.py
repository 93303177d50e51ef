"""Judge what a letter prints of people and authorities: names, job titles, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dispatch.domain.address import domain_of, oddity
from dispatch.domain.letter import InShort, Recipient
from dispatch.domain.letters.drafting import Register, due, in_post, succession_of
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Plan
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.mail_domains import Domains
from dispatch.domain.register.names import judged
from dispatch.domain.remedy import Remedy, RemedyKind


def findings(plan: Plan, register: Register) -> Iterator[Finding]:
    """Yield what is odd about everybody and every body that a letter names, each once."""
    authorities: dict[str, Authority] = {}
    contacts: dict[tuple[str, str], Contact] = {}
    for authority in due(plan, register):
        authorities[authority.code] = authority
        for written_to in succession_of(plan, register, authority).heirs:
            authorities[written_to.code] = written_to
            contacts |= {each.role_at: each for _, each in in_post(plan, register, written_to)}
    for contact in contacts.values():
        yield from _of_contact(contact)
    for authority in authorities.values():
        yield from _of_authority(authority)


def odd_domains(letters: Iterable[InShort], domains: Domains) -> Iterator[Finding]:
    """Yield the recipients whose address has the domain of another authority, each once."""
    for code, recipient in _recipients(letters):
        if owners := domains.owners_of(code, recipient.address):
            yield Finding(
                authority=code,
                place="contacts",
                value=recipient.address,
                message=f"the {recipient.role}'s address has the domain of "
                f"{domains.called(owners)}: is it the right person?",
                remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=code),
            )


def dead_domains(letters: Iterable[InShort], dead: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the recipients whose domain takes no mail; why not, by domain, is given in words."""
    for code, recipient in _recipients(letters):
        if why := dead.get(domain_of(recipient.address)):
            yield Finding(
                authority=code,
                place="contacts",
                value=recipient.address,
                message=f"no mail reaches the {recipient.role}: the domain {why}",
                remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=code),
            )


def _recipients(letters: Iterable[InShort]) -> Iterator[tuple[str, Recipient]]:
    """Yield the recipients of letters, with the authority that they are at; each once."""
    seen = set()
    for letter in letters:
        for each in letter.recipients:
            key = letter.addressed_to, each.role, each.address
            if key not in seen:
                seen.add(key)
                yield key[0], each


def _of_contact(contact: Contact) -> Iterator[Finding]:
    remedy = Remedy(kind=RemedyKind.CONTACTS_SET, authority=contact.authority)
    said = [(each.part, each.value, each.rule) for each in judged(contact)]
    if odd := oddity(contact.address):
        said.append(("address", contact.address, odd))
    for part, value, rule in said:
        yield Finding(
            authority=contact.authority,
            place="contacts",
            value=value,
            message=f"the {contact.role}'s {part} {rule}",
            remedy=remedy,
        )


def _of_authority(authority: Authority) -> Iterator[Finding]:
    for what, value in (("name", authority.name), ("official name", authority.official_name)):
        if rule := odd_capitals(value) or _shouted(value, authority.official_name):
            yield Finding(
                authority=authority.code,
                place="name",
                value=value,
                message=f"the {what} {rule}, and the letter would print it so",
                remedy=Remedy(kind=RemedyKind.IMPORT_AUTHORITIES),
            )


def _shouted(name: str, official_name: str) -> str | None:
    """Find a short name in capitals that is not an abbreviation: the official name tells."""
    is_spelt_out = name.casefold() in official_name.casefold() and name not in official_name
    is_loud = name.isupper() and (is_spelt_out or official_name.isupper())
    return "is in capitals" if is_loud else None


ABBREVIATION: Final = 4
"""How many letters a word in capitals has at the most if it may be an abbreviation: BCP."""

WORD: Final = re.compile(r"[^\W\d_]+")

SMALL_WORDS: Final = re.compile(
    r"(?<=[\w,][ -])(Of|And|The|Upon|Under|In|On|By|For|With|Le|De|Cum|Next)(?=[ -])"
)
"""Words that are small inside the name of a place: City of London, Stoke-on-Trent."""


def odd_capitals(name: str) -> str | None:
    """Say what is odd about the capitals of an authority's name, or None.

    "City Of Bradford" was printed so on letters that were published.
    """
    words = WORD.findall(name)
    if any(word.isupper() and len(word) > ABBREVIATION for word in words):
        return "is in capitals" if name.isupper() else "has a word in capitals"
    if words and name.islower():
        return "is all in small letters"
    if found := SMALL_WORDS.search(name):
        return f'has a capital in "{found[0]}"'
    return None
