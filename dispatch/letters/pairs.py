"""Pairs of letter and address, for a person who approves: all that are odd, and some others.

Nobody reads 692 of them. A few that are picked by chance show a column that was moved; the same
letters always give the same ones, so that two people see the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.digest import digest
from dispatch.domain.register.mail_domains import Domains
from dispatch.letters.store import letters
from dispatch.register import register

SAMPLE: Final = 5
"""How many pairs are shown beside the odd ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A letter, and one address that it goes to."""

    authority: str
    """The name of the authority that the letter is about."""
    code: str
    role: str
    name: str
    address: str
    odd: str = ""
    """Whose domain the address has, if not its own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person is shown of who gets which letter."""

    odd: tuple[Pair, ...]
    sample: tuple[Pair, ...]


def shown(session: Session, mailout: Mailout) -> Shown:
    """Return the pairs of a mailout that have something odd, and a sample of the others."""
    found = list(_pairs(session, mailout, register.domains_of_before(session, mailout.plan)))
    odd = tuple(each for each in found if each.odd)
    others = sorted((each for each in found if not each.odd), key=digest)
    sample = sorted(others[:SAMPLE], key=lambda each: (each.code, each.role))
    return Shown(odd, tuple(sample))


def _pairs(session: Session, mailout: Mailout, domains: Domains) -> Iterator[Pair]:
    for letter in letters.in_force(session, mailout):
        content = letter.draft.content
        for each in letter.draft.recipients:
            owners = domains.owners_of(content.addressed_to.code, each.address)
            yield Pair(
                authority=content.authority.official_name,
                code=letter.authority_code,
                role=each.role,
                name=each.name,
                address=each.address,
                odd=domains.called(owners),
            )
