"""Plans: what a change of one would do."""

from __future__ import annotations

from dispatch.domain.mailout import MailoutState
from dispatch.letters.plan import PlanProposal


def voided(proposal: PlanProposal) -> str:
    """Say what a change of a plan makes void; empty if nothing."""
    if not proposal.reopens:
        return ""
    again = f"the letters of {proposal.name} must be made again"
    if proposal.approved_by is None:
        return again
    was = ", and it is no longer scheduled" if proposal.state is MailoutState.SCHEDULED else ""
    return f"this takes back {proposal.approved_by}'s approval{was}: {again} and approved anew"
