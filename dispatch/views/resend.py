"""What a resend would send where, and what it sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.corrections.obstacles import Obstacle
from dispatch.corrections.resend import Going, ResendProposal, Staying
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.remedy import RemedyKind
from dispatch.tracking.store.chains import Chain
from dispatch.views.form import Moment
from dispatch.views.remedies import in_words


@dataclass(frozen=True, slots=True)
class SentBefore:
    """One delivery that a letter has had so far."""

    delivery: UUID
    address: str
    state: DeliveryState
    since: Moment


@dataclass(frozen=True, slots=True)
class GoingView:
    """A letter that would be resent."""

    authority: str
    role: str
    went: tuple[SentBefore, ...]
    address: str
    """Where it goes now."""
    name: str
    """Of the recipient."""
    why: str
    delivery: UUID | None
    """The new delivery, once there is one."""


@dataclass(frozen=True, slots=True)
class StayingView:
    """A letter that was asked for but would not be resent."""

    authority: str
    role: str
    went: tuple[SentBefore, ...]
    why: str
    """With what to do about it."""


@dataclass(frozen=True, slots=True)
class ResendView:
    """All that a request to resend comes to."""

    not_after: Moment
    going: tuple[GoingView, ...]
    staying: tuple[StayingView, ...]


def resend_view(proposal: ResendProposal, queued: Mapping[UUID, UUID] | None = None) -> ResendView:
    """Return the view of a proposal; `queued` has the new deliveries by those that they follow."""
    new = queued or {}
    return ResendView(
        not_after=proposal.not_after,
        going=tuple(_going(each, new) for each in proposal.going),
        staying=tuple(_staying(each) for each in proposal.staying),
    )


def _going(going: Going, new: Mapping[UUID, UUID]) -> GoingView:
    last = going.chain.last
    odd = f"; look: the address has the domain of {going.domain_of}" if going.domain_of else ""
    return GoingView(
        authority=last.authority_code,
        role=last.role,
        went=_sent_before(going.chain),
        address=going.recipient.address,
        name=going.recipient.full_name,
        why=going.why + odd,
        delivery=new.get(last.id),
    )


def _staying(staying: Staying) -> StayingView:
    last = staying.chain.last
    return StayingView(
        authority=last.authority_code,
        role=last.role,
        went=_sent_before(staying.chain),
        why=_in_words(staying.obstacle),
    )


ADVICE: Final[Mapping[RemedyKind, str]] = {
    RemedyKind.LIFT_SUPPRESSION: "lift that with `{}`, or give another address with --to",
    RemedyKind.SETTLE: "settle it first, with `{}`",
    RemedyKind.APPROVE: "`{}`, or withdraw it",
    RemedyKind.SUGGESTIONS: "see `{}`",
    RemedyKind.RESEND: "give another with --to, or try it --again",
    RemedyKind.RESEND_AGAIN: "--again sends it once more",
    RemedyKind.CONTACTS_SET: "enter the contact with `{}`, or give --to",
}
"""How each remedy continues the sentence that says why a letter stays."""


def _in_words(obstacle: Obstacle) -> str:
    if obstacle.remedy is None:
        return obstacle.why
    advice = ADVICE[obstacle.remedy.kind].format(in_words(obstacle.remedy))
    return f"{obstacle.why}: {advice}"


def _sent_before(chain: Chain) -> tuple[SentBefore, ...]:
    return tuple(
        SentBefore(each.id, each.address, each.state, each.state_at) for each in chain.deliveries
    )
