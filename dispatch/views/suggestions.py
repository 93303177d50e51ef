"""Contacts that autoreplies suggest, as people and programs are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.database.tables import Delivery, NoticeRow, Suggestion
from dispatch.domain.incoming.message import SuggestionState, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """A suggested contact, whom they would replace, and what was decided."""

    id: UUID
    state: SuggestionState
    name: str
    address: str
    sentence: str
    authority: str
    role: str
    in_place_of: str
    notice: UUID
    trust: Trust | None
    decided_by: str | None
    because: str | None


def suggestion_view(
    suggestion: Suggestion, delivery: Delivery, notice: NoticeRow
) -> SuggestionView:
    """Return the view of a suggestion."""
    return SuggestionView(
        id=suggestion.id,
        state=suggestion.state,
        name=suggestion.name,
        address=suggestion.address,
        sentence=suggestion.sentence,
        authority=delivery.authority_code,
        role=delivery.role,
        in_place_of=delivery.address,
        notice=suggestion.mail_id,
        trust=notice.trust,
        decided_by=suggestion.decided_by,
        because=suggestion.because,
    )
