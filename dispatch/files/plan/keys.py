"""The keys of a plan's TOML file, each with the values it may have.

What must hold between several keys is in `plan`. `config/mailouts/` has a commented file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    ValidationError,
)

from dispatch.domain.hours import SendingDays, SendingHours
from dispatch.domain.letters.file_names import wrong_pattern
from dispatch.domain.register.period import read as period_of
from dispatch.domain.wording.characters import code_point
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Faults, Wrong, meant

LONGEST: Final = 300

LONGEST_WAIT: Final = 240
"""The most minutes that the others may wait after the first letters."""

LONGEST_NOTICE: Final = 90
"""The most days before the letters that contacts may be asked whether they are the right person."""

KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
NOT_IN_NAMES: Final = frozenset('<>:"/\\|?*')
"""What the name of a file must not have on every system."""
TIME: Final = r"((?:[01][0-9]|2[0-3]):[0-5][0-9])"
HOURS: Final = re.compile(f"{TIME}-{TIME}")


def key(value: str) -> str:
    """Return a name that a template can use."""
    if not KEY.fullmatch(value):
        raise Wrong("is not a key: use small letters, digits and underscores, a letter first")
    return value


def code(value: str) -> str:
    """Return an authority's code or slug, as it is written.

    Letter case is looked at once the codes of all authorities are known.
    """
    if not fields.CODE.fullmatch(value.upper()) and not fields.SLUG.fullmatch(value):
        raise Wrong("is not the code of an authority: three capital letters, or a slug")
    return value


def period(value: str) -> str:
    """Return the period that figures are for, as it is stored."""
    return period_of(fields.plain_dashes(value)) or fields.year(value)


def file_name(value: str) -> str:
    """Return the name of a file, without a folder."""
    for each in value:
        if each in NOT_IN_NAMES or not each.isprintable():
            raise Wrong(f"is not the plain name of a file: it has {_shown(each)} in it; rename it")
    if value != value.strip(" .") or not value:
        raise Wrong("is not the plain name of a file: it begins or ends with a full stop or space")
    return value


def pattern(value: str) -> str:
    """Return the pattern of a file's name, without its suffix."""
    if rule := wrong_pattern(value):
        raise Wrong(rule)
    return file_name(value)


def _shown(character: str) -> str:
    return character if character.isprintable() else code_point(character)


def hour(value: object) -> time:
    """Return an hour of the day, to the minute."""
    if not isinstance(value, str) or not re.fullmatch(TIME, value):
        raise Wrong('is not an hour of the day; write it as "09:00", with quotation marks')
    return time.fromisoformat(value)


def hours(value: object) -> SendingHours:
    """Return the hours of the day in which letters may leave."""
    found = HOURS.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise Wrong('is not hours of the day; write them as "08:00-18:00", with quotation marks')
    opens, closes = map(time.fromisoformat, found.groups())
    if opens >= closes:
        raise Wrong("must end later than it begins, on the same day")
    return SendingHours(opens, closes)


def days(value: object) -> SendingDays:
    """Return on which days letters may leave."""
    known = [each.value for each in SendingDays]
    if not isinstance(value, str) or value not in known:
        raise Wrong(f"is not one of these: {', '.join(known)}")
    return SendingDays(value)


Words = Annotated[str, Field(min_length=1), AfterValidator(fields.text(LONGEST))]
Slug = Annotated[str, AfterValidator(fields.slug)]
Year = Annotated[str, AfterValidator(period)]
Role = Annotated[str, AfterValidator(fields.role)]
Key = Annotated[str, AfterValidator(key)]
Code = Annotated[str, AfterValidator(code)]
Count = Annotated[str, Field(min_length=1)]
"""The name of a count. Which there are is looked at once the whole file is known."""
FileName = Annotated[str, AfterValidator(file_name)]
Language = Annotated[str, AfterValidator(fields.language)]
FileNamePattern = Annotated[str, AfterValidator(pattern)]
Hour = Annotated[time, BeforeValidator(hour)]
Hours = Annotated[SendingHours, BeforeValidator(hours)]
Days = Annotated[SendingDays, BeforeValidator(days)]


class Keys(BaseModel):
    """A table of keys. Others are refused: a misspelt one would silently have no effect."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DateKeys(Keys):
    """The table `dates`."""

    letter: date
    send_at: time
    sending_hours: Hours | None = None
    sending_days: Days | None = None
    extra_holidays: list[date] = []
    first_letters_minutes: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] | None = None
    confirm_days: Annotated[int, Field(ge=0, le=LONGEST_NOTICE)] | None = None
    not_after: NaiveDatetime
    upload: date


class ReminderKeys(Keys):
    """The table `reminders`."""

    hours: Annotated[list[Hour], Field(min_length=1)]
    working_days_only: bool = True


class RecipientKeys(Keys):
    """The table `recipients`."""

    to: Annotated[list[Role], Field(min_length=1)]
    cc: list[Role] = []
    own_roles: list[Role] = []


class InclusionKeys(Keys):
    """The table `inclusion`."""

    kinds: Annotated[list[Words], Field(min_length=1)]
    minimum: dict[Count, Annotated[int, Field(ge=0)]] = {}
    below: Literal["nothing", "letter"] = "nothing"
    without: list[Code] = []


class AverageKeys(Keys):
    """The table `averages`."""

    method: Literal["pooled", "mean", "given"]
    file: str | None = None
    with_previous: bool = False
    called: Words | None = None


class BreakdownKeys(Keys):
    """One table of `figures.tables`."""

    key: Key
    title: Words
    rows: dict[Key, Words] = {}


class FigureKeys(Keys):
    """The table `figures`."""

    counts: dict[Key, Words] = {}
    tables: list[BreakdownKeys] = []
    sums: dict[Key, Annotated[list[Count], Field(min_length=2)]] = {}
    shown: list[Count] = []
    not_above: list[Annotated[list[Count], Field(min_length=2, max_length=2)]] = []


class NameKeys(Keys):
    """The table `names`."""

    pdf: FileNamePattern | None = None
    public: FileNamePattern | None = None


class LanguageKeys(Keys):
    """The table `languages`."""

    order: Annotated[list[Language], Field(min_length=2)]
    by_contact: Literal["nothing", "first", "only"] = "nothing"
    pdf: Literal["each", "one"] = "each"


class TranslationKeys(Keys):
    """One table of `translations`, for one language."""

    words: dict[str, Words] = {}
    constants: dict[Key, Any] = {}


class MeasureKeys(Keys):
    """One table of `measures`."""

    key: Key
    title: Words
    count: Count
    base: Count
    by_residents: bool = False


class SignatoryKeys(Keys):
    """A person who signs."""

    name: Words
    lines: list[Words] = []
    signature: FileName | None = None


class SignatoriesKeys(SignatoryKeys):
    """The table `signatory`."""

    substitutes: dict[Code, SignatoryKeys] = {}


class PlanKeys(Keys):
    """The whole file."""

    name: Slug
    title: Words
    template: Slug
    year: Year
    year_end: date
    groups: list[Words] = []
    figures: FigureKeys | None = None
    bespoke: str | None = None
    attachments: str | None = None
    auto_submitted: bool = False
    map: Slug | None = None
    dates: DateKeys
    reminders: ReminderKeys | None = None
    recipients: RecipientKeys
    inclusion: InclusionKeys
    averages: AverageKeys
    measures: Annotated[list[MeasureKeys], Field(min_length=1)]
    names: NameKeys = NameKeys()
    languages: LanguageKeys | None = None
    translations: dict[Language, TranslationKeys] = {}
    signatory: SignatoriesKeys
    constants: dict[Key, Any] = {}


def keys_of(table: Mapping[str, Any], faults: Faults) -> PlanKeys:
    """Return the keys of a file. Raises `BadInput` with a line for each that is wrong."""
    try:
        return PlanKeys.model_validate(table)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            value = None if mistake["type"] in WITHOUT_VALUE else str(mistake["input"])
            faults.add(_rule(mistake), column=_key_path(mistake["loc"]), value=value)
        raise faults.refusal() from None


WITHOUT_VALUE: Final = frozenset({"missing", "extra_forbidden", "too_short"})

RULES: Final = {
    "missing": "is missing",
    "too_short": "is empty, and must not be",
    "string_too_short": "is empty, and must not be",
    "string_type": "is not text; put it in quotation marks",
    "list_type": "is not a list; put it in square brackets",
    "int_type": "is not a whole number; write it as 15, without quotation marks",
    "bool_type": "is neither true nor false",
    "date_type": "is not a day; write it as 2020-07-22, without quotation marks",
    "time_type": "is not a time; write it as 09:00:00, without quotation marks",
    "datetime_type": "is not a moment; write it as 2020-07-28T17:00:00, without quotation marks",
    "timezone_naive": "has an offset; leave it out, since London's time is meant",
}
"""Our words for the rules that people break most; the others keep pydantic's words."""

TABLES_OF_KEYS: Final[tuple[type[Keys], ...]] = (
    PlanKeys,
    DateKeys,
    ReminderKeys,
    RecipientKeys,
    InclusionKeys,
    FigureKeys,
    BreakdownKeys,
    NameKeys,
    LanguageKeys,
    TranslationKeys,
    AverageKeys,
    MeasureKeys,
    SignatoriesKeys,
)
EVERY_KEY: Final = frozenset(name for table in TABLES_OF_KEYS for name in table.model_fields)


def _rule(mistake: Mapping[str, Any]) -> str:
    match mistake["type"]:
        case "extra_forbidden":
            return f"is not a known key here{meant(mistake['loc'][-1], EVERY_KEY)}"
        case "value_error":
            return str(mistake["ctx"]["error"])
        case "greater_than_equal" | "less_than_equal":
            [(bound, number)] = mistake["ctx"].items()
            return f"is {'below' if bound == 'ge' else 'above'} {number}, which is the limit"
        case kind:
            message: str = mistake["msg"]
            return RULES.get(kind, message[:1].lower() + message[1:])


def _key_path(location: tuple[int | str, ...]) -> str:
    """Return where a key is, counting from 1: `measures[1].count`."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".").removesuffix(".[key]")
