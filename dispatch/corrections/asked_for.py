"""The letters that a request to send again can mean, some at a time.

Only those are read: a mailout may have 100,000 deliveries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final

from dispatch.batches import batches
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import REACHED, REJECTED, DeliveryState
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.register.codes import SLASH
from dispatch.register.store import authorities, contacts
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain

PAGE: Final = 500
"""Codes of which the letters are read at a time."""


def pages(
    session: Session, mailout: Mailout, request: ResendRequest, codes: Collection[str]
) -> tuple[Iterator[list[Chain]], str]:
    """Return the letters some at a time, and the last code that is looked at of them.

    The code is empty if the request is about all, or if none follows. `codes` are those of the
    request, as they are registered.
    """
    which = _which(session, mailout, request, codes)
    if request.most is None:
        every = which if isinstance(which, list) else chains.codes(session, mailout, which)
        some = batches(every, PAGE) if every else [every]
        return (chains.chains(session, mailout, each) for each in some), ""
    sent, end = _page(chains.chains(session, mailout, which), which, request)
    return iter([sent]), end


def _which(
    session: Session, mailout: Mailout, request: ResendRequest, codes: Collection[str]
) -> list[str] | chains.Codes | None:
    """Return the codes of the letters that a request can mean; None if any letter can be meant."""
    if codes:
        return chains.codes_named(session, mailout, codes)
    if request.choice is Choice.CHANGED:
        changed = sorted(each for each in _changed(session, mailout) if each > request.after)
        return changed if request.most is None else changed[: request.most + 1]
    if request.choice not in SURELY_IN:
        return None
    limit = None if request.most is None else request.most + 1
    return chains.codes_in(mailout, SURELY_IN[request.choice], after=request.after, limit=limit)


def _page(
    sent: list[Chain], which: list[str] | chains.Codes | None, request: ResendRequest
) -> tuple[list[Chain], str]:
    """Return the letters of as many codes as a request is about, and the last of these codes.

    The code is empty if none follows.
    """
    if request.most is None or request.codes:
        return sent, ""
    have = dict.fromkeys(each.last.authority_code for each in sent)
    codes = which if isinstance(which, list) else [*have]
    if len(codes) <= request.most:
        return sent, ""
    kept = {*codes[: request.most]}
    return [each for each in sent if each.last.authority_code in kept], codes[request.most - 1]


def _changed(session: Session, mailout: Mailout) -> set[str]:
    """Return the codes of the letters that go to an authority where somebody came since.

    Before the release, a change would have taken the mailout back to draft.
    """
    since = (mailout.released_at or mailout.created_at) - LONGEST
    changed = contacts.changed_since(session, since)
    found = set(changed)
    for before, code in authorities.ancestors(session, changed):
        found |= {before, f"{before}{SLASH}{code}"}
    return found


LONGEST: Final = timedelta(days=1)
"""How long a change takes at the very most, from its moment in the ledger until others see it."""

SURELY_IN: Final = {
    Choice.UNREACHED: frozenset(set(DeliveryState) - REACHED),
    Choice.BOUNCED: REJECTED,
}
"""The states of which a delivery must be for its letter to be chosen."""
