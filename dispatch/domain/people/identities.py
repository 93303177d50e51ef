"""Whether two names are one person's, by what everybody's accounts say.

Somebody could ask for letters as the user of a machine, and approve them as an account. So each
account lists the other names of its person, and what needs two people looks at all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain import person
from dispatch.domain.errors import NotFound
from dispatch.domain.people.account import Account
from dispatch.domain.remedy import Remedy, RemedyKind


@dataclass(frozen=True, slots=True)
class Identities:
    """Everybody who has or had an account. Without any, a name is all that is known of a person."""

    accounts: tuple[Account, ...] = ()

    def same(self, one: str, other: str) -> bool:
        """Whether two names may be one person's, so that their two words count as one."""
        return _meet(self.names_of(one), self.names_of(other))

    def reading(self, one: str, other: str) -> str:
        """Say why two names, which are not the same, are taken for one person's."""
        if person.same(one, other):
            return f"{one} may be read as {other}"
        return f"{one} and {other} are names of one person, by their account"

    def names_of(self, name: str) -> frozenset[str]:
        """Return all names that the person of a name goes by, in any account."""
        known, left = frozenset({name}), list(self.accounts)
        while theirs := [each for each in left if _meet(known, each.names)]:
            known = known.union(*(each.names for each in theirs))
            left = [each for each in left if each not in theirs]
        return known

    def named(self, name: str) -> Account | None:
        """Return the account that a name is spelt as, of those who may sign in."""
        open_ones = (each for each in self.accounts if not each.is_ended)
        return next((each for each in open_ones if _is_named(each, name)), None)

    def taken(self, name: str, *, but: Account | None = None) -> Account | None:
        """Return whose name this is, or looks like, of those who may sign in; None if nobody's."""
        others = (each for each in self.accounts if not each.is_ended and each != but)
        return next((each for each in others if _meet((name,), each.names)), None)

    def who(self, name: str, *, is_user: bool) -> str:
        """Return what the person of a name is called in all records.

        Without accounts, any name will do. Raises `NotFound` if there are some and none has this
        name: `is_user` says that it is the name which the machine has for who is at the keyboard.
        """
        if not any(not each.is_ended for each in self.accounts):
            return name
        if found := self.named(name):
            return found.name
        if is_user:
            raise NotFound(
                f"{name}, who is at the keyboard, is in nobody's account: give one this name",
                remedy=Remedy(kind=RemedyKind.NAME_USER, person=name),
            )
        raise NotFound(
            f"nobody has an account under the name {name}", remedy=Remedy(kind=RemedyKind.ACCOUNTS)
        )


def _meet(some: frozenset[str] | tuple[str, ...], others: frozenset[str] | tuple[str, ...]) -> bool:
    return any(person.same(one, other) for one in some for other in others)


def _is_named(account: Account, name: str) -> bool:
    return any(person.is_spelt_alike(name, each) for each in account.names)
