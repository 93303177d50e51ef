"""Trace: whose letter is not surely where it should be, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.address import folded
from dispatch.domain.incoming import SuggestionState
from dispatch.domain.unreached import Unreached
from dispatch.incoming.store import suggestions
from dispatch.letters.store import letters
from dispatch.register.store import contacts
from dispatch.tracking.store import chains, reach, standing
from dispatch.tracking.store.reach import Standing


def trace(session: Session, mailout: Mailout) -> list[Unreached]:
    """Return who is not surely reached, the most urgent first.

    Also those whose letter a server still holds. Of a letter that was sent again the last
    delivery counts.
    """
    how_far = reach.standings(session, mailout)
    challenged = standing.challenged_authorities(session, mailout)
    delayed = standing.delayed_since(session, mailout)
    due = letters.authorities(session, mailout)
    replaced = _replaced(session, mailout, how_far)
    open_for = {
        delivery.id for _, delivery, _ in suggestions.listed(session, mailout, SuggestionState.OPEN)
    }
    found = [
        Unreached(
            code=code,
            delivery_id=at.delivery_id,
            address=at.address,
            state=at.state,
            state_at=at.state_at,
            due_at=at.due_at,
            is_challenged=code in challenged,
            delayed_since=delayed.get(at.delivery_id),
            is_replaced=code in replaced,
            is_suggestion_open=at.delivery_id in open_for,
        )
        if (at := how_far.get(code))
        else Unreached(code=code)
        for code in reach.unsure(due, how_far, challenged, delayed)
    ]
    return sorted(found, key=lambda each: each.urgency)


def _replaced(session: Session, mailout: Mailout, how_far: Mapping[str, Standing]) -> set[str]:
    """Return the codes whose contact in post has another address than the letter last went to."""
    role = mailout.plan.to_roles[0]
    in_post = contacts.current(session, [role])
    goes_to = chains.addressed_to(session, mailout)
    return {
        code
        for code, each in how_far.items()
        if (contact := in_post.get((goes_to[each.letter_id], role)))
        and folded(contact.address) != each.address_key
    }
