"""What a suggested address looks like beside those that are known: how a trickster would pick one.

A message that says "has left, please write to …" may come from anybody. Nothing here proves or
disproves it: it says in words what a person should look at before they believe it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from dispatch.domain.address import domain_of, mixed_scripts
from dispatch.domain.register.domain_names import in_letters
from dispatch.domain.wording.counts import some
from dispatch.domain.wording.lookalikes import is_like, skeleton

WEBMAIL: Final = frozenset(
    [
        "aol.com",
        "btinternet.com",
        "fastmail.com",
        "gmail.com",
        "gmx.co.uk",
        "gmx.com",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "icloud.com",
        "live.co.uk",
        "live.com",
        "mac.com",
        "mail.com",
        "me.com",
        "msn.com",
        "ntlworld.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "sky.com",
        "talktalk.net",
        "tuta.com",
        "tutanota.com",
        "virginmedia.com",
        "yahoo.co.uk",
        "yahoo.com",
        "yandex.com",
        "ymail.com",
        "zoho.com",
    ]
)
"""Where anybody can open a mailbox under any name."""

SHORTEST_NAME: Final = 3
"""Letters of a domain's first label that count as a name when another domain holds it."""

MOST: Final = 3
"""How many domains are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The domains of contacts, in the form that is compared."""

    theirs: frozenset[str]
    """Of the authority that the letter is about, and of the address that it went to."""
    all: AbstractSet[str]
    """Of every contact that there is or was."""
    by_look: Mapping[str, Sequence[str]]
    """The same by what they look like: see `domain_names.by_look`."""
    owners: str = ""
    """The authorities whose domain the address has, in words, if it is certainly another's."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing about a suggested address that a person should look at."""

    short: str
    """In a word or two, for a list."""
    said: str
    """In a sentence."""


def doubts(address: str, known: Known) -> tuple[Doubt, ...]:
    """Return what is odd about a suggested address; empty if it is at one of their own domains."""
    domain = domain_of(address)
    if any(domain == each or domain.endswith(f".{each}") for each in known.theirs):
        return ()
    return (*_looks(domain, known), *_spelling(domain), _another(domain, known))


def _another(domain: str, known: Known) -> Doubt:
    theirs = some(sorted(known.theirs), MOST) or "none"
    said = f"Its domain, {domain}, is not that of the council's contacts: {theirs}."
    if domain in WEBMAIL:
        return Doubt("public webmail", f"{said} Anybody can open a mailbox there.")
    if known.owners:
        return Doubt(f"domain of {known.owners}", f"{said} It is that of {known.owners}.")
    if domain in known.all:
        return Doubt("another domain", f"{said} Contacts of another authority have it.")
    return Doubt("another domain", f"{said} No contact has or had this domain.")


def _looks(domain: str, known: Known) -> Iterator[Doubt]:
    """Say which known domain this one may be taken for, their own first."""
    shown = in_letters(domain)
    alike = (*sorted(known.theirs), *known.by_look.get(skeleton(shown), ()))
    if domain in known.all:
        return
    if other := next((each for each in alike if is_like(shown, in_letters(each))), None):
        yield Doubt(f"looks like {other}", f"It looks like the domain {other}, and is another.")
    elif other := next((each for each in known.theirs if _is_a_slip(shown, each)), None):
        yield Doubt(f"nearly {other}", f"It is one letter away from the domain {other}.")
    elif other := next((each for each in known.theirs if _holds_name(shown, each)), None):
        yield Doubt(f"has {other} in it", f"It has the name of the domain {other} in it.")


def _spelling(domain: str) -> Iterator[Doubt]:
    shown = in_letters(domain)
    if shown == domain and domain.isascii():
        return
    for odd in (said for label in shown.split(".") for said in mixed_scripts(label)):
        yield Doubt("mixed alphabets", f"Its domain, {shown}, {odd}.")
    ascii_domain = domain_of(domain)
    yield Doubt("not in plain letters", f"Its domain, {shown}, is {ascii_domain} to computers.")


def _is_a_slip(one: str, other: str) -> bool:
    """Whether a letter is left out, added, changed, or two are in the wrong order."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return abs(len(one) - len(other)) == 1
    swapped = other[:at] + other[at + 1 : at + 2] + other[at : at + 1] + other[at + 2 :]
    rest = {
        (one[at + 1 :], other[at + 1 :]),
        (one[at:], other[at + 1 :]),
        (one[at + 1 :], other[at:]),
    }
    return one == swapped or any(a == b for a, b in rest)


def _holds_name(domain: str, known: str) -> bool:
    name = known.partition(".")[0]
    return len(name) >= SHORTEST_NAME and name in domain
