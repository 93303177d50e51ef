"""Plans: each group of keys as people are shown it, and what a change of a plan would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.calendar import day_in_words, moment_in_words, weekday_in_words
from dispatch.domain.mailout import Averaging, MailoutState, Plan, Signatory
from dispatch.domain.wording.sentences import capitalised
from dispatch.letters.plan import PlanProposal
from dispatch.views.mailouts import asking_in_words, days_in_words, first_letters_planned

AVERAGED: Final[Mapping[Averaging, str]] = {
    Averaging.POOLED: "pooled: the sum of the counts over the sum of the bases",
    Averaging.MEAN: "the mean of the authorities' rates",
    Averaging.GIVEN: "given, as published",
}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A line of a plan: what it is, and its value in words."""

    label: str
    value: str


def planned_groups(plan: Plan) -> dict[str, list[PlanRow]]:
    """Return the lines of a plan by the group that they are changed in."""
    found = {
        "about": _about(plan),
        "dates": _dates(plan),
        "sending": _sending(plan),
        "recipients": _recipients(plan),
        "included": _included(plan),
        "averages": _averages(plan),
        "signatory": _signatory(plan),
        "reminders": _reminders(plan),
        "facts": [(_named(key), _shown(value)) for key, value in plan.constants.items()],
    }
    return {name: [PlanRow(*row) for row in rows] for name, rows in found.items()}


Rows = list[tuple[str, str]]


def _about(plan: Plan) -> Rows:
    return [
        ("Title", plan.title),
        ("Figures of", f"{plan.year}, to {day_in_words(plan.year_end)}"),
        ("Wording", plan.template),
        ("Map on the public pages", plan.map or "none: a list alone"),
    ]


def _dates(plan: Plan) -> Rows:
    return [
        ("Letters go", f"{weekday_in_words(plan.letter_date)} at {plan.send_at:%H:%M}"),
        ("Stop trying at", moment_in_words(plan.not_after)),
        ("Upload", weekday_in_words(plan.upload_date)),
    ]


def _sending(plan: Plan) -> Rows:
    return [
        ("Hours", str(plan.sending_hours or "any")),
        ("Days", days_in_words(plan)),
        ("First letters", first_letters_planned(plan)),
    ]


def _recipients(plan: Plan) -> Rows:
    machine = "yes" if plan.is_auto_submitted else "no"
    return [
        ("To", ", ".join(plan.to_roles)),
        ("Cc", ", ".join(plan.cc_roles) or "nobody"),
        ("Say that a machine sent them", machine),
    ]


def _included(plan: Plan) -> Rows:
    least = (f"{name} {number}" for name, number in plan.inclusion.minimum.items())
    return [
        ("Kinds of authority", ", ".join(plan.inclusion.kinds)),
        ("No letter below", ", ".join(least) or "no count is too small"),
        ("None all the same", ", ".join(sorted(plan.inclusion.without)) or "nobody"),
    ]


def _averages(plan: Plan) -> Rows:
    return [
        ("Averages", AVERAGED[plan.averaging]),
        ("Comparison groups", ", ".join(plan.groups) or "none"),
        ("Measures", ", ".join(each.title for each in plan.measures)),
    ]


def _signatory(plan: Plan) -> Rows:
    others = (f"{code}: {each.name}" for code, each in plan.substitutes.items())
    return [
        ("Signed by", _signs(plan.signatory)),
        ("Instead, for one authority", ", ".join(others) or "nobody"),
    ]


def _signs(signatory: Signatory) -> str:
    return ", ".join([signatory.name, *signatory.lines])


def _reminders(plan: Plan) -> Rows:
    return [
        ("Who is not reached yet", str(plan.reminders or "nobody is told")),
        ("Contacts", asking_in_words(plan)),
    ]


def _named(key: str) -> str:
    return capitalised(key.replace("_", " "))


SHOWN: Final = 200
"""Characters of a fact that a line shows."""


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            text = ", ".join(map(str, value))
        case _:
            text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN].rpartition(' ')[0]} …"


def voided(proposal: PlanProposal) -> str:
    """Say what a change of a plan makes void; empty if nothing."""
    if not proposal.reopens:
        return ""
    again = f"the letters of {proposal.name} must be made again"
    if proposal.approved_by is None:
        return again
    was = ", and it is no longer scheduled" if proposal.state is MailoutState.SCHEDULED else ""
    return f"this takes back {proposal.approved_by}'s approval{was}: {again} and approved anew"
