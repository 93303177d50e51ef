"""Which delivery a notice is about, how far to trust it, and what it changes.

The token in a return path proves what a notice says, since only we can sign one and only servers
see it. So does the signed header of the message, where a delivery notification returns it and is
about the delivery's own address. The code in a Message-ID proves that a server took the message,
which nobody else can have read it in. The other clues prove nothing: a delivery's id may be read in
a published pack.

Each message of ours has a single recipient, so what comes back to its return path is about that
one, by any name that the last server knows it by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import Trust
from dispatch.domain.notice import Action, Category, Clue, Fate, Notice, Reason
from dispatch.domain.sending.envelope import (
    MESSAGE_ID,
    ReturnPathStyle,
    Sender,
    attempt_of,
    delivery_of,
    is_code,
    signed_by_us,
)

DELIVERY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

MOST_OF_EACH: Final = 100
"""How many values of one clue are followed: the first ones, of a digest of many messages."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A delivery that a clue names, and the attempt at it where the clue says which."""

    clue: Clue
    delivery_id: UUID
    attempt: int | None = None
    proves: Trust = Trust.UNVERIFIED
    """How far the clue alone lets the notice be trusted."""


def is_forged(notice: Notice, recipients: Sequence[str], sender: Sender) -> bool:
    """Whether a notice has a token that we did not sign, or tokens of several deliveries.

    `recipients` are those of its envelope. A right return path makes up for anything else: nobody
    can make one, and servers mangle headers.
    """
    addresses = [*recipients, *_values(notice, Clue.RETURN_PATH)]
    if any(delivery_of(each, sender.key) for each in addresses):
        return False
    is_signed = sender.style is ReturnPathStyle.SIGNED
    if is_signed and any(_is_like(each, sender.return_path) for each in addresses):
        return True
    headers = [signed_by_us(each, sender.key) for each in _values(notice, Clue.SIGNED_HEADER)]
    named = {
        lead.delivery_id
        for lead in _named_by_message_id(notice, sender.key)
        if lead.proves is Trust.PROBABLE and lead.clue is not Clue.QUOTED_MESSAGE_ID
    }
    return None in headers or (bool(headers) and len({*headers, *named}) > 1)


def leads(notice: Notice, recipients: Sequence[str], sender: Sender) -> Iterator[Lead]:
    """Yield the deliveries that a notice's clues name, the surest clue first.

    The recipients that it mentions are not among them: see `addresses_in`.
    """
    for address in [*recipients, *_values(notice, Clue.RETURN_PATH)]:
        if delivery_id := delivery_of(address, sender.key):
            yield Lead(Clue.RETURN_PATH, delivery_id, proves=Trust.VERIFIED)
    for value in _values(notice, Clue.SIGNED_HEADER):
        if delivery_id := signed_by_us(value, sender.key):
            yield Lead(Clue.SIGNED_HEADER, delivery_id, proves=Trust.VERIFIED)
    named = list(_named_by_message_id(notice, sender.key))
    yield from (lead for lead in named if lead.proves is Trust.PROBABLE)
    yield from (lead for lead in named if lead.proves is not Trust.PROBABLE)
    for delivery_id, attempt in _attempts(notice):
        yield Lead(Clue.ENVELOPE_ID, delivery_id, attempt)
    for value in _values(notice, Clue.DELIVERY_HEADER):
        if found := DELIVERY.fullmatch(value.strip()):
            yield Lead(Clue.DELIVERY_HEADER, UUID(found[0]))


_OF_MESSAGES: Final = (Clue.RETURNED_MESSAGE_ID, Clue.ANSWERED, Clue.QUOTED_MESSAGE_ID)
"""The clues that are Message-IDs."""

MOST_UNSIGNED: Final = 10
"""How many Message-IDs of others are looked for among those that servers told us."""


def _named_by_message_id(notice: Notice, key: bytes) -> Iterator[Lead]:
    for clue in _OF_MESSAGES:
        for value in _values(notice, clue):
            for found in MESSAGE_ID.finditer(value):
                id_ = UUID(found["id"])
                is_ours = is_code(found["code"], id_, key)
                yield Lead(clue, id_, proves=Trust.PROBABLE if is_ours else Trust.UNVERIFIED)


def trust_of(lead: Lead, address: str, notice: Notice) -> Trust:
    """Return how far a notice may be believed about the delivery to `address` that a lead names.

    Anybody who has the message has its signed header. So the header proves nothing about another
    recipient, such as one that the mailbox forwards to.
    """
    if lead.clue is Clue.SIGNED_HEADER and not _is_about_only(address, notice):
        return Trust.PROBABLE
    return lead.proves


def others_in(notice: Notice, address: str) -> list[str]:
    """Return the recipients that a notice reports of, folded, unless `address` is one of them."""
    named = [folded(fate.address) for fate in notice.fates[:MOST_OF_EACH]]
    return [] if folded(address) in named else list(dict.fromkeys(named))


def _is_about_only(address: str, notice: Notice) -> bool:
    return {folded(fate.address) for fate in notice.fates} <= {folded(address)}


def unsigned_ids(notice: Notice) -> list[str]:
    """Return the Message-IDs, with brackets, that a notice names and we did not make."""
    given = [each for clue in _OF_MESSAGES for each in _values(notice, clue)]
    found = [each.strip() for each in given if not MESSAGE_ID.search(each)]
    return list(dict.fromkeys(found))[:MOST_UNSIGNED]


def attempt_in(notice: Notice, delivery_id: UUID) -> int | None:
    """Return which attempt at a delivery the envelope ids of a notice name, or None."""
    return next((number for named, number in _attempts(notice) if named == delivery_id), None)


def addresses_in(notice: Notice) -> list[str]:
    """Return the addresses, folded, that a notice mentions, each once."""
    fates = (fate.address for fate in notice.fates)
    given = [*_values(notice, Clue.RECIPIENT), *fates, *notice.about]
    addresses = (folded(each.strip()) for each in given[:MOST_OF_EACH] if "@" in each)
    return list(dict.fromkeys(addresses))


def _attempts(notice: Notice) -> list[tuple[UUID, int]]:
    return list(filter(None, map(attempt_of, _values(notice, Clue.ENVELOPE_ID))))


def _values(notice: Notice, clue: Clue) -> Sequence[str]:
    return notice.clues.get(clue, ())[:MOST_OF_EACH]


def _is_like(address: str, mailbox: str) -> bool:
    """Whether an address is our return path with something added where the token belongs."""
    local_part, _, domain = folded(mailbox).rpartition("@")
    given, _, at = folded(address.strip("<> \t")).rpartition("@")
    return at == domain and given.startswith(f"{local_part}+")


REPORTS: Final = frozenset({Category.BOUNCE, Category.DELAYED, Category.DELIVERED})
"""Notices in which a server says what it did."""

WORST_FIRST: Final = (
    Action.FAILED,
    Action.DELIVERED,
    Action.EXPANDED,
    Action.RELAYED,
    Action.DELAYED,
)
"""Which of several fates of one recipient counts: what failed in the end failed."""

ABOUT_THE_MESSAGE: Final = frozenset({Reason.TOO_LARGE, Reason.POLICY, Reason.SPAM_VIRUS})
"""Reasons to return this message and perhaps not another: they say nothing about the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a notice means for one delivery."""

    fate: Fate
    is_own_address: bool
    """Whether the notice is about the delivery's own address, as far as one can tell, and not
    about one that the mailbox forwards to."""

    @property
    def counts_against_address(self) -> bool:
        """Whether it is a reason, alone or with others like it, to stop writing to the address.

        An address that ours is forwarded to may be dead while ours is alive. What a server holds
        against us, or against one message, is not the recipient's fault.
        """
        fate = self.fate
        is_failure = fate.action is Action.FAILED and not fate.is_about_us
        return is_failure and self.is_own_address and fate.reason not in ABOUT_THE_MESSAGE

    def leads_to(self, state: DeliveryState) -> DeliveryState | None:
        """Return the state that it moves a delivery into, if believed; None to leave it alone.

        Only ever to more certainty. A copy that came back from where the mailbox forwards to
        counts as a bounce, since nobody has said that the mailbox kept one: to ring up an
        authority that has the letter costs less than to miss one that has not. If the mailbox
        has confirmed delivery, that stands.
        """
        match self.fate.action, state:
            case Action.FAILED, DeliveryState.ACCEPTED:
                return DeliveryState.BOUNCED
            case Action.FAILED, DeliveryState.DELIVERED if self.is_own_address:
                return DeliveryState.BOUNCED
            case Action.DELIVERED, DeliveryState.ACCEPTED:
                return DeliveryState.DELIVERED
            case _:
                return None


def effect_on(address: str, notice: Notice) -> Effect | None:
    """Return what a notice means for a delivery to `address`; None if nothing.

    A notice that names one other address is about ours, under the name that it was forwarded or
    rewritten to. One that names several, and not ours, may be about anybody. A bounce or a delay
    that names nobody is about the one recipient that the message had.
    """
    if notice.category not in REPORTS:
        return None
    key = folded(address)
    own = [fate for fate in notice.fates if folded(fate.address) == key]
    if own:
        return Effect(fate=_worst(own), is_own_address=True)
    if len({folded(fate.address) for fate in notice.fates}) == 1:
        return Effect(fate=_worst(notice.fates), is_own_address=False)
    if notice.fates or notice.category is Category.DELIVERED:
        return None
    action = Action.FAILED if notice.category is Category.BOUNCE else Action.DELAYED
    return Effect(fate=Fate(address=address, action=action), is_own_address=True)


def _worst(fates: Sequence[Fate]) -> Fate:
    return min(fates, key=lambda fate: WORST_FIRST.index(fate.action))
