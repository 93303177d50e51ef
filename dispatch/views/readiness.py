"""What stands in the way of a mailout's letters, with the rows that get one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.jobs.job import Job, JobState
from dispatch.domain.letter import InShort, RecipientKind
from dispatch.domain.letters.finding import Finding, grouped
from dispatch.domain.mailout import UNRELEASED
from dispatch.domain.remedy import Remedy
from dispatch.letters.plan import Check, with_domains
from dispatch.tracking.outdated import Basis
from dispatch.tracking.readiness import Readiness
from dispatch.views import pace
from dispatch.views.confirmations import round_said
from dispatch.views.mailouts import CheckView, check_view, finding_lines, first_said


def whole_check(found: Readiness) -> Check:
    """Return a check with all that was found: of the contacts, the pace and the DNS."""
    paced = pace.findings(found.foreseen) if found.foreseen else ()
    whole = replace(found.check, findings=(*found.check.findings, *found.more, *paced))
    return with_domains(whole, found.located) if found.located else whole


def readiness_view(found: Readiness) -> CheckView:
    """Return the view of all that was found."""
    return check_view(whole_check(found), found.foreseen, found.first, found.asked)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Findings that say the same, with what mends them."""

    is_fatal: bool
    where: str
    message: str
    place: str
    """The key of the plan, or what else it is about."""
    remedy: Remedy | None


def obstacles(findings: Sequence[Finding]) -> list[Obstacle]:
    """Return the findings in the lines in which people read them; what stops letters first."""
    return [
        Obstacle(
            line.is_fatal, line.where, line.message, group.first.place, _remedy(group.findings)
        )
        for line, group in zip(finding_lines(findings), grouped(findings), strict=True)
    ]


def _remedy(findings: Sequence[Finding]) -> Remedy | None:
    """Return what mends findings that say the same: of no one authority, if they name several."""
    first = findings[0].remedy
    if first is None or len({each.authority for each in findings}) == 1:
        return first
    return replace(first, authority=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedView:
    """A check as its page shows it: just made, or kept by the job that made it."""

    letters: int
    """Letters that can be made."""
    deliveries: int
    """Addresses that they go to."""
    is_ready: bool
    said: tuple[str, ...]
    """Sentences about pace, contacts and first letters."""
    obstacles: tuple[Obstacle, ...]
    """Not more than a page can show."""
    others: int
    """How many more there are."""
    sources: str
    """The digest of what the letters would be made from; empty if they may not be made."""
    has_dns: bool
    """Whether the DNS was asked."""


MOST_SHOWN: Final = 200
"""Lines of obstacles on a page: where there are more, one cause is behind most of them."""


def checked_view(found: Readiness) -> CheckedView:
    """Return the view of a check for its page."""
    checked, view = whole_check(found), readiness_view(found)
    lines = obstacles(checked.findings)
    return CheckedView(
        letters=view.letters,
        deliveries=view.deliveries,
        is_ready=view.is_ready,
        said=tuple(_said(view)),
        obstacles=tuple(lines[:MOST_SHOWN]),
        others=len(lines[MOST_SHOWN:]),
        sources=found.sources if found.state in UNRELEASED and checked.is_ready else "",
        has_dns=bool(found.located),
    )


def _said(view: CheckView) -> list[str]:
    """Return the sentences about pace, contacts and first letters that there are."""
    said = []
    if view.pace:
        said.append(f"{pace.said(view.pace)}.")
    if view.asked.asked:
        said.append(f"{round_said(view.asked)}.")
    if view.first_letters:
        said.append(f"First go {first_said(view)}")
    return said


@dataclass(frozen=True, slots=True)
class KeptCheck:
    """A check as the job keeps it that made it."""

    basis: Basis
    """What it rests on, and when it began."""
    view: CheckedView


def stored_check(result: Mapping[str, object] | None) -> KeptCheck | None:
    """Return the check that a job has kept; None if it has none, or as another release has it."""
    try:
        return STORED.validate_python(result) if result else None
    except ValidationError:
        return None


STORED: Final = TypeAdapter(KeptCheck)


def check_said(job: Job, *, is_attended: bool) -> str:
    """Say how far the check is that somebody asked for; `is_attended` if a worker was seen."""
    by = f"{job.person} asked for it at {moment_in_words(job.asked_at)}"
    ended = moment_in_words(job.ended_at) if job.ended_at else ""
    match job.state:
        case JobState.WAITING if is_attended:
            return f"The check waits until a worker is free. {by}."
        case JobState.WAITING:
            return f"The check waits, and no worker is running: it begins once one runs. {by}."
        case JobState.RUNNING:
            step = f"step {min(job.done + 1, job.of)} of {job.of}" if job.of else "it begins"
            return f"A worker is checking the letters: {step}. {by}."
        case JobState.DONE:
            return f"A worker checked the letters at {ended}. {by}."
        case JobState.FAILED:
            return f"The check failed at {ended}: {job.error}. {by}."


@dataclass(frozen=True, slots=True)
class Going:
    """An authority that gets a letter."""

    code: str
    name: str
    to: str
    """The roles that it goes to."""
    copied_to: str


def going(letters: Sequence[InShort]) -> list[Going]:
    """Return who gets some letters, and in which roles."""
    return [
        Going(each.code, each.name, _roles(each, RecipientKind.TO), _roles(each, RecipientKind.CC))
        for each in letters
    ]


def _roles(letter: InShort, kind: RecipientKind) -> str:
    return ", ".join(each.role for each in letter.recipients if each.kind is kind)
