"""People by name: in whose name a thing is done, and when two names are the same person's."""

from __future__ import annotations

import unicodedata

from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import CLOCK, WORKER


def named(name: str) -> str:
    """Return a person's name as it is recorded: one line, single spaces.

    Raises `RuleBroken` for no name, and for one that the service itself goes by.
    """
    tidy = " ".join(unicodedata.normalize("NFKC", name).split())
    if not tidy or same(tidy, WORKER) or same(tidy, CLOCK):
        raise RuleBroken(f"{name!r} is not the name of a person")
    return tidy


def same(one: str, other: str) -> bool:
    """Whether two names are spelt alike but for case, spaces and compatible characters."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
