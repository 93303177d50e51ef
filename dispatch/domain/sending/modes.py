"""The mode that dispatch runs in: whether letters go to their recipients.

In a rehearsal every letter goes to one address, and nobody but a few addresses is ever written to.
The mode is part of what is approved and of each delivery's code (`envelope.SentAs`): nothing that
was approved in one mode leaves in another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from dispatch.domain.address import domain_of, folded


class Mode(StrEnum):
    """Whether letters go to their recipients."""

    PRODUCTION = "production"
    """Letters go to their recipients."""

    REHEARSAL = "rehearsal"
    """Each letter goes to one address instead, by the real path."""

    TRIAL = "trial"
    """Letters go to the mail catcher in the home, and so to nobody."""


@dataclass(frozen=True, slots=True)
class AllowList:
    """Addresses and domains, folded, that may be written to outside production."""

    entries: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """Take entries as a person writes them: jo@office.example, or office.example."""
        return cls(frozenset(map(_folded, entries)))

    def covers(self, address: str) -> bool:
        """Whether an address, or exactly its domain, is among them."""
        return "@" in address and not self.entries.isdisjoint({folded(address), domain_of(address)})


def _folded(entry: str) -> str:
    is_address = "@" in entry.removeprefix("@")
    return folded(entry) if is_address else domain_of(f"x@{entry.removeprefix('@')}")


def refusal(mode: Mode, allowed: AllowList, address: str) -> str | None:
    """Return why an address is not written to, or None if it may be.

    In production anybody may be, and in a trial it is the mail catcher alone that gets anything.
    """
    if mode is not Mode.REHEARSAL or allowed.covers(address):
        return None
    return (
        f"nothing was sent to {address}: DISPATCH_MODE is {mode}, and it is neither "
        f"DISPATCH_REHEARSAL_TO nor among DISPATCH_ALLOWED_RECIPIENTS"
    )
