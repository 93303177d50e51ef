"""Mailouts: the list of them, the plan of one, and what stands in the way of its letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainSerializer

from dispatch.database.tables import Mailout
from dispatch.domain.calendar import day_in_words
from dispatch.domain.digest import plain
from dispatch.domain.letters.drafting import Finding
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.views.form import Moment

if TYPE_CHECKING:  # the list of mailouts needs nothing that plans are read with
    from dispatch.letters.plan import Check


@dataclass(frozen=True, slots=True)
class MailoutView:
    """A mailout in the list of all."""

    name: str
    state: MailoutState
    release_at: Moment
    upload_date: date
    remark: str | None
    """Why it is not further on."""


@dataclass(frozen=True, slots=True)
class PlannedView(MailoutView):
    """A mailout with its plan, spelled as its digest covers it."""

    plan: Annotated[Plan, PlainSerializer(plain, return_type=dict[str, Any])]


def mailout_view(mailout: Mailout) -> MailoutView:
    """Return the view of a mailout in the list of all."""
    return MailoutView(
        name=mailout.name,
        state=mailout.state,
        release_at=mailout.plan.release_at,
        upload_date=mailout.plan.upload_date,
        remark=mailout.remark,
    )


def planned_view(mailout: Mailout) -> PlannedView:
    """Return the view of a mailout with its plan."""
    return PlannedView(
        name=mailout.name,
        state=mailout.state,
        release_at=mailout.plan.release_at,
        upload_date=mailout.plan.upload_date,
        remark=mailout.remark,
        plan=mailout.plan,
    )


def facts(view: PlannedView) -> list[tuple[str, object]]:
    """Return what a person is shown of a plan: a label and a value for each line."""
    plan = view.plan
    return [
        ("mailout", plan.name),
        ("figures of", f"{plan.year}, to {day_in_words(plan.year_end)}"),
        ("letters go", plan.release_at),
        ("hours", plan.sending_hours or "any"),
        ("reminders", plan.reminders or "none"),
        ("not after", plan.not_after),
        ("upload", day_in_words(plan.upload_date)),
        ("To", ", ".join(plan.to_roles)),
        ("Cc", ", ".join(plan.cc_roles) or "nobody"),
        ("written to", ", ".join(plan.inclusion.kinds)),
        ("averages", f"{plan.averaging.value}, of {', '.join(plan.groups) or 'no group'}"),
        ("signed by", plan.signatory.name),
        ("substitutes for", ", ".join(plan.substitutes) or "nobody"),
        ("own paragraphs for", ", ".join(plan.bespoke) or "nobody"),
        ("attachments for", ", ".join(plan.attachments) or "nobody"),
        ("template", plan.template),
        ("state", view.state),
    ]


@dataclass(frozen=True, slots=True)
class CheckView:
    """What is known about a mailout before it is rendered."""

    letters: int
    """Letters that can be made."""
    deliveries: int
    """Addresses that they go to."""
    is_ready: bool
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]
    """What is odd about its dates."""


def check_view(check: Check) -> CheckView:
    """Return the view of a check."""
    drafts = check.drafting.drafts
    return CheckView(
        letters=len(drafts),
        deliveries=sum(len(draft.recipients) for draft in drafts),
        is_ready=check.is_ready,
        findings=check.drafting.findings,
        remarks=check.remarks,
    )
