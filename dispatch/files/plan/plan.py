"""Read a mailout's plan from its TOML file and the files beside it, or from a form's values.

A form gives the values that the file would have, and what the files beside it would hold: the rules
are the same.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from dispatch.domain import calendar
from dispatch.domain.errors import BadInput
from dispatch.domain.hours import (
    Holidays,
    ReminderHours,
    SendingDays,
    SendingTimes,
    sending_times,
)
from dispatch.domain.mailout import (
    SIMILAR,
    Attachment,
    Averaging,
    Inclusion,
    LanguageChoice,
    Plan,
    Signatory,
)
from dispatch.domain.register import period
from dispatch.domain.register.figures import Measure
from dispatch.domain.register.spelling import by_folded, folded
from dispatch.files import disk
from dispatch.files.holidays import ENGLAND, bank_holidays
from dispatch.files.plan import averages, enclosures, scheme, translations, written
from dispatch.files.plan.keys import DateKeys, PlanKeys, SignatoryKeys, keys_of
from dispatch.files.tables.faults import Faults, meant

T = TypeVar("T")

MOST_PARTS: Final = 50
KEY_PART: Final = rb"""(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
LONG_KEY: Final = re.compile(rb"(?:%s[ \t]*+\.[ \t]*+){%d}" % (KEY_PART, MOST_PARTS))
"""A key such as a.b.c with more parts than that: the parser takes quadratic time over them."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan, with the file that it was read from and the documents beside it."""

    plan: Plan
    name: str
    content: bytes
    documents: Mapping[str, tuple[str, bytes]]
    """Media type and bytes of each attachment, by SHA-256."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What holds of the keys that a file may leave out."""

    sending_days: SendingDays = SendingDays.WORKING
    first_letters_minutes: int = 0
    confirm_days: int = 0


NEW: Final = Unsaid()


@dataclass(frozen=True, slots=True)
class Beside:
    """What the files beside a plan hold."""

    bespoke: Mapping[str, str] = field(default_factory=dict)
    """Paragraphs in Markdown, by the code of their authority."""
    attachments: Mapping[str, Sequence[Attachment]] = field(default_factory=dict)
    averages: tuple[str, bytes] | None = None
    """The name and the bytes of the file of averages."""


def read_plan(
    path: Path,
    *,
    known: Collection[str] | None = None,
    unsaid: Callable[[str], Unsaid] = lambda _: NEW,
) -> PlanFile:
    """Return the plan in a TOML file, which names other files relative to itself.

    `known` has the codes of all authorities; without it codes are not checked. `unsaid` says, by a
    mailout's name, what holds of keys that its file leaves out. Raises `BadInput` with a line for
    everything that is wrong.
    """
    name, content = disk.load(path)
    faults = Faults(name)
    keys = _completed(keys_of(_table(name, content), faults), unsaid)
    folder = path.parent
    bespoke = enclosures.read_bespoke(folder / keys.bespoke, faults) if keys.bespoke else {}
    enclosed = (
        enclosures.read_attachments(folder / keys.attachments, faults)
        if keys.attachments
        else enclosures.Enclosures()
    )
    plan = _whole(keys, Beside(bespoke, enclosed.attachments), _Codes(known, faults), faults)
    if keys.averages.file is not None:
        given = _given_averages(keys, disk.load(folder / keys.averages.file))
        plan = replace(plan, given_averages=given)
    return PlanFile(plan, name, content, enclosed.documents)


def plan_of(
    table: Mapping[str, Any],
    beside: Beside,
    faults: Faults,
    *,
    known: Collection[str] | None = None,
) -> PlanFile:
    """Return the plan that a form describes: `table` has the values of the TOML file.

    The attachments are stored already. Everything that is wrong is noted in `faults`, each with the
    key of the file as its column; then, and for averages that cannot be read, it raises `BadInput`.
    """
    keys = _completed(keys_of(table, faults), lambda _: NEW)
    checked = replace(beside, bespoke=enclosures.checked_bespoke(beside.bespoke, faults))
    plan = _whole(keys, checked, _Codes(known, faults), faults)
    if beside.averages is not None:
        plan = replace(plan, given_averages=_given_averages(keys, beside.averages))
    return PlanFile(plan, faults.file, written.toml(plan), {})


def _whole(keys: PlanKeys, beside: Beside, codes: _Codes, faults: Faults) -> Plan:
    """Return the plan without given averages; raise `BadInput` if anything is wrong."""
    for column, value, rule in contradictions(keys):
        faults.add(rule, column=column, value=value)
    constants = {
        key: _constant(key, value, faults, is_told=keys.languages is None)
        for key, value in keys.constants.items()
    }
    bespoke = {
        language: codes.named("bespoke", texts)
        for language, texts in translations.bespoke(beside.bespoke).items()
    }
    for column, said, rule in translations.contradictions(keys, bespoke):
        faults.add(rule, column=column, value=said)
    plan = replace(
        _plan(keys, codes),
        constants=constants,
        bespoke=bespoke.get("", {}),
        translations=translations.read(keys, bespoke),
        attachments=codes.named("attachments", beside.attachments),
    )
    faults.settle()
    return plan


def _completed(keys: PlanKeys, unsaid: Callable[[str], Unsaid]) -> PlanKeys:
    """Return the keys of a file with those that it leaves out."""
    left_out = {
        name: value
        for name, value in asdict(unsaid(keys.name)).items()
        if getattr(keys.dates, name) is None
    }
    return keys.model_copy(update={"dates": keys.dates.model_copy(update=left_out)})


def _table(name: str, content: bytes) -> dict[str, Any]:
    if LONG_KEY.search(content):
        raise BadInput(f"{name}: cannot be read as TOML: a key has over {MOST_PARTS} parts")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(f"{name}: cannot be read as TOML: it is not in UTF-8") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is the former
        raise BadInput(f"{name}: cannot be read as TOML: {error}") from None


def contradictions(keys: PlanKeys) -> Iterator[tuple[str, str, str]]:
    """Yield each key that contradicts another: its place, its value, and the rule it breaks."""
    yield from _wrong_dates(keys)
    yield from scheme.contradictions(keys)
    to, cc = keys.recipients.to, keys.recipients.cc
    measures = [measure.key for measure in keys.measures]
    for column, values in (
        ("recipients", [*to, *cc]),
        ("measures", measures),
        ("groups", keys.groups),
        ("languages.order", keys.languages.order if keys.languages else []),
        ("figures.tables", [table.key for table in keys.figures.tables] if keys.figures else []),
        ("reminders.hours", [f"{hour:%H:%M}" for hour in _reminder_hours(keys)]),
    ):
        for value in _repeated(values):
            yield column, value, "is there twice"
    if (keys.averages.method == "given") != (keys.averages.file is not None):
        yield (
            "averages.method",
            keys.averages.method,
            "needs a file if it is given, and otherwise none",
        )


def _reminder_hours(keys: PlanKeys) -> list[time]:
    return sorted(keys.reminders.hours) if keys.reminders else []


def _wrong_dates(keys: PlanKeys) -> Iterator[tuple[str, str, str]]:
    dates = keys.dates
    is_calendar = period.kind(keys.year) == period.CALENDAR_YEAR
    if is_calendar and (keys.year_end.month, keys.year_end.day) != LAST_DAY:
        rule = "is not a year of data; write it as 2019-20, or let a calendar year end with it"
        yield "year", keys.year, rule
    elif not period.ends_in(keys.year, keys.year_end):
        is_year = period.kind(keys.year) == period.YEAR
        rule = f"is not in {'the second year of ' if is_year else ''}{keys.year}"
        yield "year_end", str(keys.year_end), rule
    if keys.year_end >= dates.letter:
        yield "dates.letter", str(dates.letter), f"is not after the year's end, {keys.year_end}"
    if dates.upload <= dates.letter:
        yield "dates.upload", str(dates.upload), f"is not after the letter date, {dates.letter}"
    yield from _wrong_hours(dates)
    until = dates.not_after
    if calendar.is_skipped(until.date(), until.time()):
        rule = f"is not there in London, the clocks go forward; write {_not_after_shown(dates)}"
        yield "dates.not_after", str(until), rule
    if dates.not_after > datetime.combine(dates.upload + timedelta(days=1), time()):
        yield "dates.not_after", str(dates.not_after), f"is after the upload day, {dates.upload}"


LAST_DAY: Final = (12, 31)


def _wrong_hours(dates: DateKeys) -> Iterator[tuple[str, str, str]]:
    release = calendar.moment(dates.letter, dates.send_at)
    times = _sending_times(dates)
    first = times.next_opening(release)
    too_early = "is not after the letters' release"
    if dates.sending_hours and not dates.sending_hours.is_open(release):
        rule = f"is outside the sending hours, {dates.sending_hours}"
        yield "dates.send_at", str(dates.send_at), rule
    if not times.is_day(dates.letter):
        yield "dates.letter", str(dates.letter), _closed(dates, times)
    if first > release:
        put_off = "days and hours" if dates.sending_hours else "days"
        if times.is_day(dates.letter):
            put_off = "hours"
        too_early += f", which the sending {put_off} put off to "
        too_early += f"{calendar.local(first):%Y-%m-%d %H:%M}"
    if _not_after(dates) <= first:
        yield "dates.not_after", str(dates.not_after), too_early


def _sending_times(dates: DateKeys) -> SendingTimes:
    days = dates.sending_days or NEW.sending_days
    return sending_times(dates.sending_hours, days, Holidays(ENGLAND, dates.extra_holidays))


def _closed(dates: DateKeys, times: SendingTimes) -> str:
    """Say why no letter leaves on the letter date, and on which day one does."""
    day = dates.letter
    holiday = dict(bank_holidays([day.year])).get(day)
    if day in dates.extra_holidays:
        holiday = holiday or "one of the extra holidays"
    named = f"{day:%A}" if holiday is None else f"{day:%A} ({holiday})"
    following = calendar.weekday_in_words(times.next_day(day))
    return (
        f"is a {named}, and letters leave on working days only; the next is {following}; or, if "
        f'letters are meant to leave that day, choose any day (sending_days = "any")'
    )


def _not_after_shown(dates: DateKeys) -> str:
    return f"{calendar.local(_not_after(dates)):%Y-%m-%dT%H:%M:%S}"


def _not_after(dates: DateKeys) -> datetime:
    return calendar.moment(dates.not_after.date(), dates.not_after.time())


def _repeated(values: Collection[str]) -> list[str]:
    """Return the names that are there twice, however they are spelt: as the last one is."""
    names = {folded(value): value for value in values}
    times = Counter(folded(value) for value in values)
    return [names[each] for each, count in times.items() if count > 1]


def _constant(key: str, value: object, faults: Faults, *, is_told: bool) -> object:
    """Return a value as a template prints it: days in words, also inside lists and tables.

    Where letters are in several languages (not `is_told`), a template puts days into words.
    """
    match value:
        case datetime() | time():
            faults.add("is a time; write it as text", column=f"constants.{key}", value=str(value))
        case float() if not math.isfinite(value):
            faults.add("is not a number", column=f"constants.{key}", value=str(value))
        case date():
            return calendar.day_in_words(value) if is_told else value.isoformat()
        case list():
            return [_constant(key, item, faults, is_told=is_told) for item in value]
        case dict():
            return {
                name: _constant(f"{key}.{name}", item, faults, is_told=is_told)
                for name, item in value.items()
            }
    return value


class _Codes:
    """The codes of authorities that a plan names, as the register spells them."""

    def __init__(self, known: Collection[str] | None, faults: Faults) -> None:
        """Look codes up among the known ones; without any, leave them as they are."""
        self._known = known
        self._faults = faults

    def named(self, column: str, values: Mapping[str, T]) -> dict[str, T]:
        """Return values by the registered code; note a fault for a code that there is not."""
        found: dict[str, T] = {}
        for code, value in values.items():
            registered = self._registered(column, code)
            if registered in found:
                rule = f"is {registered}, which is there twice"
                self._faults.add(rule, column=column, value=code)
            found[registered] = value
        return found

    def _registered(self, column: str, code: str) -> str:
        if self._known is None or code in self._known:
            return code
        if spelt := self._by_folded.get(folded(code)):
            return spelt
        rule = f"is not the code of an authority{meant(code, self._known)}"
        self._faults.add(rule, column=column, value=code)
        return code

    @cached_property
    def _by_folded(self) -> dict[str, str]:
        return by_folded(self._known or ())


def _plan(keys: PlanKeys, codes: _Codes) -> Plan:
    """Return the plan without its constants and without what other files add."""
    dates = keys.dates
    without = codes.named("inclusion.without", dict.fromkeys(keys.inclusion.without))
    substitutes = codes.named("signatory.substitutes", keys.signatory.substitutes)
    return Plan(
        name=keys.name,
        title=keys.title,
        template=keys.template,
        year=keys.year,
        year_end=keys.year_end,
        letter_date=dates.letter,
        send_at=dates.send_at,
        not_after=_not_after(dates),
        sending_hours=dates.sending_hours,
        sending_days=dates.sending_days or NEW.sending_days,
        extra_holidays=tuple(sorted(set(dates.extra_holidays))),
        first_letters_minutes=dates.first_letters_minutes or 0,
        confirm_days=dates.confirm_days or 0,
        reminders=_reminders(keys),
        upload_date=dates.upload,
        to_roles=tuple(keys.recipients.to),
        cc_roles=tuple(keys.recipients.cc),
        own_roles=tuple(keys.recipients.own_roles),
        is_auto_submitted=keys.auto_submitted,
        map=keys.map or "",
        inclusion=Inclusion(
            kinds=tuple(kind.casefold() for kind in keys.inclusion.kinds),
            minimum=keys.inclusion.minimum,
            without=frozenset(without),
            writes_below=keys.inclusion.below == "letter",
        ),
        groups=tuple(keys.groups),
        measures=_measures(keys),
        figures=scheme.figure_set(keys),
        averaging=Averaging(keys.averages.method),
        averages_called=keys.averages.called or SIMILAR,
        with_previous=keys.averages.with_previous,
        languages=tuple(keys.languages.order) if keys.languages else (),
        language_choice=LanguageChoice(
            keys.languages.by_contact if keys.languages else LanguageChoice.NOTHING
        ),
        is_one_pdf=keys.languages is not None and keys.languages.pdf == "one",
        pdf_name=keys.names.pdf or "",
        public_name=keys.names.public or "",
        signatory=_signatory(keys.signatory),
        substitutes={code: _signatory(each) for code, each in substitutes.items()},
    )


def _reminders(keys: PlanKeys) -> ReminderHours | None:
    """Return the reminders in the order of the day, in any order that they were written."""
    if keys.reminders is None:
        return None
    return ReminderHours(tuple(_reminder_hours(keys)), keys.reminders.working_days_only)


def _measures(keys: PlanKeys) -> tuple[Measure, ...]:
    return tuple(
        Measure(
            key=each.key,
            title=each.title,
            count=each.count,
            base=each.base,
            is_by_residents=each.by_residents,
        )
        for each in keys.measures
    )


def _signatory(keys: SignatoryKeys) -> Signatory:
    return Signatory(name=keys.name, lines=tuple(keys.lines), signature=keys.signature)


def _given_averages(keys: PlanKeys, file: tuple[str, bytes]) -> averages.Averages:
    return averages.read(*file, year=keys.year, groups=keys.groups, measures=_measures(keys))
