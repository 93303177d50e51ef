"""What the office is told of a mailout: who is not surely reached, and how much time there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.authority import Authority
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.unreached import COMMAND, Course, Unreached, left

MOST_LISTED: Final = 200
"""Authorities that are listed before the rest are counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """An authority in the list."""

    code: str
    name: str
    why: str
    since: str | None
    next: str
    is_command: bool
    """Whether `next` is to be typed, and not just to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What a notice to the office may name."""

    name: str
    title: str
    role: str
    """Whose letter counts."""
    is_paused: bool
    count: int
    """Authorities that are not surely reached."""
    total: int
    reasons: Sequence[tuple[str, int]]
    """Why, with how many, the most urgent first."""
    rows: Sequence[Line]
    more: int
    """Authorities that are not listed."""
    upload_date: date
    left: str
    hours: str
    at: str


def briefing(
    plan: Plan,
    course: Course,
    found: Sequence[Unreached],
    authorities: Mapping[str, Authority],
    *,
    total: int,
    bank_holidays: Collection[date],
) -> Briefing:
    """Return what is told of those that were found, in their order, of `total` in the mailout."""
    today = calendar.local(course.at).date()
    working_days = calendar.working_days(today, plan.upload_date, bank_holidays)
    return Briefing(
        name=plan.name,
        title=plan.title,
        role=plan.to_roles[0],
        is_paused=course.state is MailoutState.PAUSED,
        count=len(found),
        total=total,
        reasons=list(Counter(each.why for each in found).items()),
        rows=[_line(each, authorities[each.code], course) for each in found[:MOST_LISTED]],
        more=max(len(found) - MOST_LISTED, 0),
        upload_date=plan.upload_date,
        left=left((plan.upload_date - today).days, working_days),
        hours=str(plan.reminders),
        at=calendar.moment_in_words(course.at),
    )


def _line(each: Unreached, authority: Authority, course: Course) -> Line:
    following = each.following(course)
    return Line(
        code=each.code,
        name=authority.official_name,
        why=each.why,
        since=calendar.moment_in_words(each.since) if each.since else None,
        next=following,
        is_command=following.startswith(COMMAND),
    )
