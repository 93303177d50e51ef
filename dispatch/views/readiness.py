"""What stands in the way of a mailout's letters, with the rows that get one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.domain.letter import Draft, RecipientKind
from dispatch.domain.letters.finding import Finding, grouped
from dispatch.domain.remedy import Remedy
from dispatch.letters.plan import Check, with_domains
from dispatch.tracking.readiness import Readiness
from dispatch.views import pace
from dispatch.views.mailouts import CheckView, check_view, finding_lines


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


@dataclass(frozen=True, slots=True)
class Going:
    """An authority that gets a letter."""

    code: str
    name: str
    to: str
    """The roles that it goes to."""
    copied_to: str


def going(drafts: Sequence[Draft], after: str, limit: int) -> list[Going]:
    """Return who gets a letter, by code, those after a code."""
    ordered = sorted(drafts, key=lambda draft: draft.content.code)
    later = [draft for draft in ordered if draft.content.code > after]
    return [
        Going(
            draft.content.code,
            draft.content.authority.name,
            _roles(draft, RecipientKind.TO),
            _roles(draft, RecipientKind.CC),
        )
        for draft in later[:limit]
    ]


def _roles(draft: Draft, kind: RecipientKind) -> str:
    return ", ".join(each.role for each in draft.recipients if each.kind is kind)
