"""Trace: whose letter is not surely where it should be, and what is known about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.db import Mailout, Session, chains, queries, reach, register, standing, suggestions
from dispatch.db.reach import Standing
from dispatch.domain.address import folded
from dispatch.domain.incoming import SuggestionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """An authority of which nobody can say yet that its letter is where it should be."""

    code: str
    standing: Standing | None
    """The last delivery to its first To recipient, if there is any."""
    is_challenged: bool
    """Whether the letter waits until its recipient lets it through."""
    delayed_since: datetime | None
    """Since when the server that has it cannot pass it on."""
    is_replaced: bool
    """Whether the contact in post has another address than the letter last went to."""
    is_suggestion_open: bool
    """Whether an autoreply named somebody else, and nobody has decided yet."""

    @property
    def since(self) -> datetime | None:
        """Since when it has stood like this."""
        return self.delayed_since or (self.standing.state_at if self.standing else None)


def trace(session: Session, mailout: Mailout) -> list[Unreached]:
    """Return who is not surely reached, by code: also those whose letter a server still holds."""
    how_far = reach.standings(session, mailout)
    challenged = standing.challenged_authorities(session, mailout)
    delayed = standing.delayed_since(session, mailout)
    is_late = {code for code, each in how_far.items() if each.delivery_id in delayed}
    codes = queries.due_authorities(session, mailout) - (
        reach.reached(how_far) - challenged - is_late
    )
    replaced = _replaced(session, mailout, how_far)
    open_for = {
        delivery.id for _, delivery, _ in suggestions.listed(session, mailout, SuggestionState.OPEN)
    }
    return [
        Unreached(
            code=code,
            standing=(at := how_far.get(code)),
            is_challenged=code in challenged,
            delayed_since=delayed.get(at.delivery_id) if at else None,
            is_replaced=code in replaced,
            is_suggestion_open=at is not None and at.delivery_id in open_for,
        )
        for code in sorted(codes)
    ]


def _replaced(session: Session, mailout: Mailout, how_far: Mapping[str, Standing]) -> set[str]:
    """Return the codes whose contact in post has another address than the letter last went to."""
    role = mailout.plan.to_roles[0]
    in_post = register.contacts_in_post(session, [role])
    goes_to = chains.addressed_to(session, mailout)
    return {
        code
        for code, each in how_far.items()
        if (contact := in_post.get((goes_to[each.letter_id], role)))
        and folded(contact.address) != each.address_key
    }
