"""Judge every date and time of a plan: past, a year off, on a closed day, or not on the clock.

What no plan may have, such as an upload before the letters, is refused when its file is read; this
is what a person may have meant but had better look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, product
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.calendar import day_in_words, moment_in_words, weekday_in_words
from dispatch.domain.hours import ReminderHours, SendingDays, SendingTimes
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Plan
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.reminders import Timetable
from dispatch.domain.wording.counts import listed

FAR_ENOUGH: Final = 3
"""Working days between letter and upload, below which a check warns: time to reach the rest."""

YEAR: Final = timedelta(days=365)

ELEVEN_MONTHS: Final = timedelta(days=335)
"""A letter date further ahead than this is likely to be a year off."""

LONG_AFTER: Final = timedelta(days=60)
"""An upload this long after the letters is likely to be of another month or year."""

Said = Iterator[tuple[str, str]]
"""A key of the plan, and what is the matter with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """What the dates of a plan are judged by."""

    bank_holidays: Mapping[date, str]
    """England's, with their names, in the years of the plan's dates."""
    now: datetime | None
    """None if the letters have left: then nothing can be too late any more."""


def findings(plan: Plan, almanac: Almanac) -> Iterator[Finding]:
    """Yield all that is odd about the dates and times of a plan."""
    own = dict.fromkeys(plan.extra_holidays, "one of the extra holidays")
    whole = replace(almanac, bank_holidays={**own, **almanac.bank_holidays})
    said = [rule(plan, whole) for rule in RULES]
    for place, message in chain(*said, _unknown(plan, almanac)):
        yield Finding(place=place, message=message, remedy=REPLAN)


REPLAN: Final = Remedy(kind=RemedyKind.PLAN)


def _past(plan: Plan, almanac: Almanac) -> Said:
    now = almanac.now
    if now is None or plan.release_at > now:
        return
    if plan.not_after <= now:
        passed = moment_in_words(plan.not_after)
        yield "dates.not_after", f"the not-after time, {passed}, has passed: no letter would leave"
        return
    leaves_at = plan.leaves_at(now, almanac.bank_holidays)
    when = "at once" if leaves_at <= now else f"at {moment_in_words(leaves_at)}"
    if calendar.local(now).date() > plan.letter_date:
        dated = f"dated {day_in_words(plan.letter_date)}"
        said = f"the letter date has passed: the letters would leave {when}, {dated}"
        yield "dates.letter", said
    else:
        said = f"{plan.send_at:%H:%M} today has passed: the letters would leave {when}"
        yield "dates.send_at", said


def _years_off(plan: Plan, almanac: Almanac) -> Said:
    letter = f"the letter date, {weekday_in_words(plan.letter_date)}"
    today = calendar.local(almanac.now).date() if almanac.now else plan.letter_date
    if plan.letter_date - today > ELEVEN_MONTHS:
        months = _months(today, plan.letter_date)
        yield "dates.letter", f"{letter}, is {months} months ahead: is its year right?"
    elif plan.letter_date - plan.year_end > YEAR:
        months = _months(plan.year_end, plan.letter_date)
        ended = f"the end of the figures' year, {day_in_words(plan.year_end)}"
        yield "dates.letter", f"{letter}, is {months} months after {ended}: is its year right?"


def _months(start: date, end: date) -> int:
    whole = 12 * (end.year - start.year) + end.month - start.month
    return whole - (end.day < start.day)


def _closed(plan: Plan, almanac: Almanac) -> Said:
    """Yield the days on which offices are closed; a day that two keys name only once."""
    days = {
        "dates.letter": ("the letter date", plan.letter_date),
        "dates.upload": ("the upload date", plan.upload_date),
        "dates.not_after": ("the day of the not-after time", _last_day(plan)),
    }
    seen = set()
    for place, (what, day) in days.items():
        if day not in seen and not calendar.is_working_day(day, almanac.bank_holidays):
            named = _with_holiday(day, almanac)
            said = f"{what}, {named}, is not a working day in England"
            yield place, said + (_following(plan, almanac) if place == "dates.letter" else "")
        seen.add(day)


def _following(plan: Plan, almanac: Almanac) -> str:
    """Name the next working day, and say whether the letters wait for it."""
    days = SendingTimes(closed=almanac.bank_holidays)
    following = weekday_in_words(days.next_day(plan.letter_date))
    if plan.sending_days is SendingDays.WORKING:
        return f": the letters would leave on the next one, {following}"
    return f"; the next is {following}"


def _with_holiday(day: date, almanac: Almanac) -> str:
    holiday = almanac.bank_holidays.get(day)
    return f"{weekday_in_words(day)} ({holiday})" if holiday else weekday_in_words(day)


def _last_day(plan: Plan) -> date:
    """Return the last day on which letters may leave; midnight belongs to the day before."""
    return (calendar.local(plan.not_after) - timedelta(microseconds=1)).date()


def _upload(plan: Plan, almanac: Almanac) -> Said:
    after = plan.upload_date - plan.letter_date
    if after > LONG_AFTER:
        day = weekday_in_words(plan.upload_date)
        yield (
            "dates.upload",
            f"the upload date, {day}, is {after.days} days after the letters: is it right?",
        )
        return
    between = calendar.working_days(plan.letter_date, plan.upload_date, almanac.bank_holidays)
    if between < FAR_ENOUGH:
        days = "1 working day" if between == 1 else f"{between} working days"
        yield (
            "dates.upload",
            f"the upload follows the letters after only {days}: little time to reach the rest",
        )


def _clocks(plan: Plan, _: Almanac) -> Said:
    """Yield the times that the clocks skip or show twice on the day for which they are meant."""
    sent = plan.letter_date, plan.send_at
    if calendar.is_skipped(*sent):
        leaves_at = moment_in_words(plan.release_at)
        yield "dates.send_at", f"{_no_such(*sent)}: the letters would leave at {leaves_at}"
    elif calendar.is_repeated(*sent):
        yield "dates.send_at", f"{_twice(*sent)}: {_first(plan.release_at)}"
    until = calendar.local(plan.not_after)
    if calendar.is_repeated(until.date(), until.time().replace(fold=0)):
        said = f"{_twice(until.date(), until.time())}: {_first(plan.not_after)}"
        yield "dates.not_after", said
    yield from _clocks_of_hours(plan)


def _clocks_of_hours(plan: Plan) -> Said:
    """Yield the sending hours that begin or end at a time which is skipped, or is there twice."""
    if plan.sending_hours is None:
        return
    for day in _changing_days(plan.letter_date, _last_day(plan)):
        for at in (plan.sending_hours.opens, plan.sending_hours.closes):
            if calendar.is_skipped(day, at):
                said = f"{_no_such(day, at)}: the sending hours go by 02:00 instead"
                yield "dates.sending_hours", said
            elif calendar.is_repeated(day, at):
                said = f"{_twice(day, at)}: the sending hours hold both times"
                yield "dates.sending_hours", said


def _no_such(day: date, at: time) -> str:
    return f"there is no {at:%H:%M} on {weekday_in_words(day)} in London, the clocks go forward"


def _twice(day: date, at: time) -> str:
    return f"{at:%H:%M} is there twice on {weekday_in_words(day)} in London, the clocks go back"


def _first(at: datetime) -> str:
    return f"the first is meant, {calendar.local(at):%H:%M %Z}"


def _changing_days(first: date, last: date) -> Iterator[date]:
    days = min(last - first, LONG_AFTER).days
    for day in (first + timedelta(days=n) for n in range(days + 1)):
        if calendar.changes_clocks(day):
            yield day


def _hours(plan: Plan, almanac: Almanac) -> Said:
    now = almanac.now
    if not now or not now < plan.not_after <= plan.leaves_at(now, almanac.bank_holidays):
        return
    if plan.sending_hours:
        said = f"the sending hours, {plan.sending_hours}, do not open again"
        place = "dates.sending_hours"
    else:
        said, place = "no working day begins", "dates.sending_days"
    yield place, f"{said} before the not-after time: no letter would leave"


def _reminders(plan: Plan, almanac: Almanac) -> Said:
    if plan.reminders is None or plan.upload_date - plan.letter_date > LONG_AFTER:
        return
    if Timetable(plan, plan.release_at, almanac.bank_holidays).next(plan.release_at) is None:
        yield "reminders", "no reminder is ever due between the letters and the upload"
    if not plan.reminders.is_working_days_only:  # clocks change on Sundays
        yield from _reminders_on_closed_days(plan, plan.reminders, almanac)


def _reminders_on_closed_days(plan: Plan, reminders: ReminderHours, almanac: Almanac) -> Said:
    length = (plan.upload_date - plan.letter_date).days
    days = [plan.letter_date + timedelta(days=n) for n in range(length + 1)]
    closed = [day for day in days if not calendar.is_working_day(day, almanac.bank_holidays)]
    if closed:
        named = listed([_with_holiday(day, almanac) for day in closed], MOST_DAYS)
        yield "reminders", f"reminders also go while offices are closed: {named}"
    for day, at in product(filter(calendar.changes_clocks, days), reminders.hours):
        if calendar.is_skipped(day, at):
            yield "reminders.hours", f"{_no_such(day, at)}: the reminder goes an hour later"
        elif calendar.is_repeated(day, at):
            yield "reminders.hours", f"{_twice(day, at)}: the reminder goes the first time"


MOST_DAYS: Final = 3
"""How many closed days are named before the others are only counted."""


def _unknown(plan: Plan, almanac: Almanac) -> Said:
    known = {day.year for day in almanac.bank_holidays}
    for year in sorted({plan.letter_date.year, plan.upload_date.year} - known):
        yield "dates", f"the bank holidays of {year} are not known: only weekends were looked at"


RULES: Final = (_past, _years_off, _closed, _upload, _clocks, _hours, _reminders)
"""What is looked for, with the plan's own holidays among the others."""
