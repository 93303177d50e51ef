"""Which delivery a notice is about: its clues, in the order in which they count.

Only the token in a return path proves anything, since only we can sign one. The other clues are
on the message itself: who answers or forges has read them, or has guessed well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.envelope import Sender, attempt_of, delivery_of
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Clue, Notice

DELIVERY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MESSAGE_ID: Final = re.compile(rf"<?({DELIVERY.pattern})@[^<>@\s]+>?", re.IGNORECASE)

PROVES_ACCEPTANCE: Final = frozenset(
    {Clue.RETURN_PATH, Clue.RETURNED_MESSAGE_ID, Clue.ANSWERED, Clue.QUOTED_MESSAGE_ID}
    | {Clue.ENVELOPE_ID}
)
"""Clues by which a delivery in doubt is settled: whoever has them was given the message, or is the
server that took it. Our own header is not among them: a copy that never left has it too."""

MOST_OF_EACH: Final = 100
"""Values of one clue that are followed: of a digest of many messages, the first."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A delivery that a clue names, and the try at it where the clue says which."""

    clue: Clue
    delivery_id: UUID
    attempt: int | None = None


def trust_in(notice: Notice, recipients: Sequence[str], sender: Sender) -> Trust:
    """Return how far a notice may be believed. `recipients` are those of its envelope.

    A right token makes up for a wrong one: nobody else can make one, and servers mangle headers.
    """
    addresses = [*recipients, *_of(notice, Clue.RETURN_PATH)]
    if any(delivery_of(each, sender.key) for each in addresses):
        return Trust.VERIFIED
    is_like_ours = any(_is_like(each, sender.return_path) for each in addresses)
    return Trust.WRONG_TOKEN if is_like_ours else Trust.UNVERIFIED


def leads(notice: Notice, recipients: Sequence[str], sender: Sender) -> Iterator[Lead]:
    """Give what a notice's clues name, the surest first. Whom it speaks of is not among them."""
    for address in [*recipients, *_of(notice, Clue.RETURN_PATH)]:
        if delivery_id := delivery_of(address, sender.key):
            yield Lead(Clue.RETURN_PATH, delivery_id)
    for clue in (Clue.RETURNED_MESSAGE_ID, Clue.ANSWERED, Clue.QUOTED_MESSAGE_ID):
        for value in _of(notice, clue):
            yield from (Lead(clue, UUID(found)) for found in MESSAGE_ID.findall(value))
    for delivery_id, attempt in _attempts(notice):
        yield Lead(Clue.ENVELOPE_ID, delivery_id, attempt)
    for value in _of(notice, Clue.DELIVERY_HEADER):
        if found := DELIVERY.fullmatch(value.strip()):
            yield Lead(Clue.DELIVERY_HEADER, UUID(found[0]))


def attempt_in(notice: Notice, delivery_id: UUID) -> int | None:
    """Return which try at a delivery the envelope ids of a notice name, or None."""
    return next((number for named, number in _attempts(notice) if named == delivery_id), None)


def spoken_of(notice: Notice) -> list[str]:
    """Return the addresses, folded, that a notice speaks of, each once."""
    fates = (fate.address for fate in notice.fates)
    given = [*_of(notice, Clue.RECIPIENT), *fates, *notice.about]
    addresses = (folded(each.strip()) for each in given[:MOST_OF_EACH] if "@" in each)
    return list(dict.fromkeys(addresses))


def _attempts(notice: Notice) -> list[tuple[UUID, int]]:
    return list(filter(None, map(attempt_of, _of(notice, Clue.ENVELOPE_ID))))


def _of(notice: Notice, clue: Clue) -> Sequence[str]:
    return notice.clues.get(clue, ())[:MOST_OF_EACH]


def _is_like(address: str, mailbox: str) -> bool:
    """Whether an address is our return path with something added, in the place of the token."""
    local_part, _, domain = folded(mailbox).rpartition("@")
    given, _, at = folded(address.strip("<> \t")).rpartition("@")
    return at == domain and given.startswith(f"{local_part}+")
