"""Mailouts: the list of them, the plan of one, and what stands in the way of its letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import PlainSerializer

from dispatch.database.tables import Mailout
from dispatch.domain.calendar import day_in_words, moment_in_words
from dispatch.domain.digest import plain
from dispatch.domain.hours import SendingDays
from dispatch.domain.letters.finding import Finding, Group, grouped
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.remedy import Remedy
from dispatch.domain.sending.first_letters import First
from dispatch.domain.sending.receivers import called
from dispatch.domain.tracking.watch import Concern
from dispatch.domain.wording.counts import listed
from dispatch.files.holidays import ENGLAND
from dispatch.views.confirmations import RoundView, round_view
from dispatch.views.form import Moment
from dispatch.views.pace import PaceView, pace_view
from dispatch.views.remedies import Caution, cautions, in_words

if TYPE_CHECKING:  # the list of mailouts needs nothing that plans are read with
    from dispatch.domain.sending.forecast import Forecast
    from dispatch.domain.tracking.confirmations import (
        Round,
    )
    from dispatch.letters.plan import Check


@dataclass(frozen=True, slots=True)
class MailoutView:
    """Where a mailout stands, in short."""

    name: str
    state: MailoutState
    release_at: Moment
    upload_date: date
    remark: str | None
    """Why it is not further on."""


@dataclass(frozen=True, slots=True)
class ListedView(MailoutView):
    """A mailout in the list of all."""

    warnings: tuple[Annotated[Caution, PlainSerializer(str)], ...]
    """What will not happen on its date unless somebody acts."""


@dataclass(frozen=True, slots=True)
class PlannedView(MailoutView):
    """A mailout with its plan, spelled as its digest covers it."""

    plan: Annotated[Plan, PlainSerializer(plain, return_type=dict[str, Any])]


def listed_view(mailout: Mailout, concerns: Iterable[Concern]) -> ListedView:
    """Return the view of a mailout in the list of all, with what must be looked at."""
    return ListedView(
        name=mailout.name,
        state=mailout.state,
        release_at=mailout.plan.release_at,
        upload_date=mailout.plan.upload_date,
        remark=mailout.why,
        warnings=tuple(cautions(concerns)),
    )


def planned_view(mailout: Mailout) -> PlannedView:
    """Return the view of a mailout with its plan."""
    return PlannedView(
        name=mailout.name,
        state=mailout.state,
        release_at=mailout.plan.release_at,
        upload_date=mailout.plan.upload_date,
        remark=mailout.why,
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
        ("days", days_in_words(plan)),
        ("first letters", first_letters_planned(plan)),
        ("contacts", asking_in_words(plan)),
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


def days_in_words(plan: Plan) -> str:
    """Say on which days letters may leave."""
    if plan.sending_days is SendingDays.ANY:
        return "any"
    but = ""
    if plan.extra_holidays:
        but = f", but not {listed([day_in_words(day) for day in plan.extra_holidays], NAMED)}"
    return f"working days in England{but}"


def first_letters_planned(plan: Plan) -> str:
    """Say whether one letter for each receiving system goes first."""
    if not plan.first_letters_minutes:
        return "none: all leave together"
    return f"one for each receiving system; the others wait {plan.first_letters_minutes} minutes"


def asking_in_words(plan: Plan) -> str:
    """Say whether you are reminded to ask the contacts whether they are the right person."""
    if not plan.confirm_days:
        return "nobody is reminded to ask them"
    return f"to be asked {plan.confirm_days} days before, whether they are the right person"


def too_late(plan: Plan, now: datetime) -> str:
    """Return a sentence that says that the letters' time has passed; empty before it."""
    if plan.release_at > now:
        return ""
    dated = day_in_words(plan.letter_date)
    return f"The letters are dated {dated}, and their time, {plan.send_at:%H:%M}, has passed. "


def departure(plan: Plan, now: datetime) -> str:
    """Return when letters leave that are scheduled now: "at once", or "at Wed 22 July 2020 …"."""
    leaves_at = plan.leaves_at(now, ENGLAND)
    return "at once" if leaves_at <= now else f"at {moment_in_words(leaves_at)}"


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding of a check, as a program gets it."""

    authority: str | None
    """None if it is about the plan."""
    place: str
    value: str | None
    is_fatal: bool
    message: str
    remedy: str | None
    """The command that mends it, if there is one."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """What is known about a mailout before it is rendered."""

    letters: int
    """Letters that can be made."""
    deliveries: int
    """Addresses that they go to."""
    is_ready: bool
    first_letters: Mapping[str, str]
    """By receiving system, as far as that is known yet, the authority whose letter goes first."""
    asked: RoundView
    """How the question to the contacts stands, whether they are the right person."""
    findings: tuple[FindingView, ...]
    pace: PaceView | None
    """How long they take to leave; None if no rate limits them, or once they have been released."""


def check_view(
    check: Check, found: Forecast | None, first: Iterable[First], asked: Round
) -> CheckView:
    """Return the view of a check: how long letters take, which go first, who has answered."""
    return CheckView(
        letters=len(check.letters),
        deliveries=sum(len(each.recipients) for each in check.letters),
        is_ready=check.is_ready,
        first_letters={each.system: each.code for each in first},
        asked=round_view(asked),
        findings=tuple(_finding_view(each) for each in check.findings),
        pace=pace_view(found) if found else None,
    )


def first_said(view: CheckView) -> str:
    """Say which letters go first."""
    named = first_named((code, system) for system, code in view.first_letters.items())
    return f"{named}; then the others."


def first_named(pairs: Iterable[tuple[str, str]]) -> str:
    """Name the letters that go first, each with what receives it: "OXO (Microsoft 365)"."""
    return ", ".join(f"{code} ({called(system)})" for code, system in pairs)


def _finding_view(finding: Finding) -> FindingView:
    return FindingView(
        authority=finding.authority,
        place=finding.place,
        value=finding.value,
        is_fatal=finding.is_fatal,
        message=finding.message,
        remedy=in_words(finding.remedy) if finding.remedy else None,
    )


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Findings that say the same, as a person is shown them together."""

    is_fatal: bool
    where: str
    """The authorities, or the key of the plan."""
    message: str


NAMED: Final = 6
"""How many authorities a line names before it only counts the others."""


def finding_lines(findings: Sequence[Finding]) -> list[FindingLine]:
    """Return the lines in which a person reads findings; what stops letters comes first."""
    return [
        FindingLine(group.first.is_fatal, _where(group), _message(group))
        for group in grouped(findings)
    ]


def _message(group: Group) -> str:
    """Return what a group says: "has no figures" of one authority, "have no figures" of two."""
    verb, _, rest = group.first.message.partition(" ")
    is_of_several = len(group.findings) > 1 and verb in PLURAL
    return f"{PLURAL[verb]} {rest}" if is_of_several else group.first.message


PLURAL: Final = {"has": "have", "lacks": "lack", "gets": "get"}


def _where(group: Group) -> str:
    """Return the authorities of a group, each with the value that stands there; or the place."""
    if all(each.authority for each in group.findings):
        return _authorities(group)
    values = [f'"{each.value}"' for each in group.findings if each.value]
    place = group.first.place
    return f"{place} {listed(values, NAMED)}" if values else place


def _authorities(group: Group) -> str:
    """Return the codes of a group, each with its value; a value that all share once."""
    values = {each.value for each in group.findings}
    if len(values) == 1:
        codes = listed([str(each.authority) for each in group.findings], NAMED)
        shared = _quoted(group.first.value)
        return (
            f"{codes} ({shared.strip()})" if shared and len(group.findings) > 1 else codes + shared
        )
    return listed([f"{each.authority}{_quoted(each.value)}" for each in group.findings], NAMED)


def _quoted(value: str | None) -> str:
    return f' "{value}"' if value else ""


def remedies(findings: Sequence[Finding]) -> list[str]:
    """Return the commands that mend findings, each once: with CODE where they differ in that."""
    found = {each.remedy for each in findings if each.remedy}
    by_kind = Counter(each.kind for each in found)
    ordered = dict.fromkeys(each.remedy for each in findings if each.remedy)
    return list(
        dict.fromkeys(
            in_words(Remedy(kind=each.kind) if by_kind[each.kind] > 1 else each) for each in ordered
        )
    )
