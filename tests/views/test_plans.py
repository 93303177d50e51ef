from __future__ import annotations

import pytest

from dispatch.domain.mailout import MailoutState
from dispatch.letters.plan import PlanProposal
from dispatch.views.plans import voided

STATES = MailoutState


@pytest.mark.parametrize(
    ("state", "approved_by", "plan_is", "said"),
    [
        (None, None, "b", ""),
        (STATES.DRAFT, None, "b", ""),
        (STATES.APPROVED, "Priya Shah", "a", ""),
        (STATES.RENDERED, None, "b", "the letters of m must be made again"),
        (
            STATES.APPROVED,
            "Priya Shah",
            "b",
            (
                "this takes back Priya Shah's approval: the letters of m must be made again and "
                "approved anew"
            ),
        ),
        (
            STATES.SCHEDULED,
            "Priya Shah",
            "b",
            (
                "this takes back Priya Shah's approval, and it is no longer scheduled: the letters "
                "of m must be made again and approved anew"
            ),
        ),
    ],
)
def test_what_a_change_makes_void_is_said(
    state: MailoutState | None, approved_by: str | None, plan_is: str, said: str
) -> None:
    proposal = PlanProposal(
        name="m", state=state, approved_by=approved_by, plan_was="a", plan_is=plan_is, changes=()
    )
    assert voided(proposal) == said
