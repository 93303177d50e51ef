"""Begin a plan from last year's, or last quarter's: the dates that much on, and all else as it was.

What was written for last year alone is not carried over, since nobody would notice it: paragraphs
and spreadsheets for one authority, published averages, extra holidays. A check of the new plan
names what else is word for word last year's (`domain.checks.taken_over`).
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.hours import SendingDays
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.register import period
from dispatch.domain.register.authority import slugified

WEEK: Final = timedelta(weeks=1)

YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
YEARS: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/\u2013])(\d\d)(?!\d)")
"""A year of data as a title may spell it: 2019-20."""


@dataclass(frozen=True, slots=True)
class Left:
    """What of last year's plan was left behind, and is asked for anew."""

    bespoke: tuple[str, ...]
    """The authorities that had paragraphs of their own."""
    attachments: tuple[str, ...]
    """The authorities that had spreadsheets."""
    has_averages: bool
    """Whether averages were given in a file."""
    extra_holidays: tuple[date, ...]


def left(plan: Plan) -> Left:
    """Return what a plan for next year does not take over."""
    return Left(
        tuple(plan.bespoke),
        tuple(plan.attachments),
        plan.averaging is Averaging.GIVEN,
        plan.extra_holidays,
    )


def next_year(plan: Plan, bank_holidays: Container[date]) -> Plan:
    """Return the plan that a person begins next year's from.

    Each date is 52 weeks on, so on the same day of the week, or 13 for a quarter; one that would be
    on a day that is not worked is on the next that is. Years in the name and the title are one
    more, and quarters are the next.
    """
    letter = _a_year_on(plan.letter_date, plan, bank_holidays)
    upload = _a_year_on(plan.upload_date, plan, bank_holidays, after=letter)
    until = calendar.local(plan.not_after)
    was_later = until.date() > plan.letter_date
    last_day = _a_year_on(until.date(), plan, bank_holidays, after=letter if was_later else None)
    return replace(
        plan,
        name=_named(plan),
        title=_moved_on(plan.title, plan.year),
        year=period.moved(plan.year, 1),
        year_end=_next_end(plan),
        letter_date=letter,
        upload_date=upload,
        not_after=calendar.moment(min(last_day, upload), until.time().replace(fold=0)),
        extra_holidays=(),
        bespoke={},
        translations={
            language: replace(each, bespoke={}) for language, each in plan.translations.items()
        },
        attachments={},
        given_averages={},
    )


DAY: Final = timedelta(days=1)


def _a_year_on(
    day: date, plan: Plan, bank_holidays: Container[date], *, after: date | None = None
) -> date:
    """Return the day for next year; `after` is one that it must follow."""
    moved = day + WEEK * round((_next_end(plan) - plan.year_end) / WEEK)
    while (after and moved <= after) or not _is_fit(moved, day, plan, bank_holidays):
        moved += DAY
    return moved


def _is_fit(moved: date, day: date, plan: Plan, bank_holidays: Container[date]) -> bool:
    """Whether a date may be on a day: one on a free day last year may be on one again."""
    if calendar.is_working_day(moved, bank_holidays):
        return True
    was_free = not calendar.is_working_day(day, bank_holidays)
    return was_free and plan.sending_days is SendingDays.ANY


def _next_end(plan: Plan) -> date:
    """Return the last day of the next period; the last day of a month stays that."""
    return period.months_on(plan.year_end, period.months(plan.year))


def _named(plan: Plan) -> str:
    """Return the name for next year; one without a year gets the year of the letters."""
    name = _moved_on(plan.name, plan.year)
    if name != plan.name:
        return name
    if _part(plan.year):
        return f"{plan.name}-{slugified(period.moved(plan.year, 1))}"
    return f"{plan.name}-{plan.letter_date.year + 1}"


def _moved_on(text: str, year: str) -> str:
    """Return a text with what it says of a period moved on to the next: "Q4" is "Q1"."""
    part, following = _part(year), _part(period.moved(year, 1))
    if not part:
        return _years_on(text)
    is_new_year = following <= part
    spelt = re.compile(rf"(?<![a-z0-9])({part[0]})0?{int(part[1:])}(?![0-9])", re.IGNORECASE)
    moved = spelt.sub(rf"\g<1>{following[1:]}", text)
    return _years_on(moved) if is_new_year else moved


def _part(year: str) -> str:
    """Return the part of a year that a period is, as "Q1"; empty for a whole year."""
    return year.partition(" ")[2]


def _years_on(text: str) -> str:
    """Return a text with each year in it one more: 2020 is 2021, and 2019-20 is 2020-21."""
    parts = YEARS.split(text)
    kept, years = parts[::4], zip(parts[1::4], parts[2::4], parts[3::4], strict=True)
    spelt = [f"{int(first) + 1}{dash}{(int(second) + 1) % 100:02}" for first, dash, second in years]
    singles = [YEAR.sub(lambda found: str(int(found[0]) + 1), each) for each in kept]
    return "".join(a + b for a, b in zip(singles, [*spelt, ""], strict=True))
